import assert from "node:assert/strict";
import { LlamaError } from "#dist/errors.js";

/** For `assert.throws`: this package's own error, one sentence for a person with nothing raw of the system in it. */
export function sentence(code: string, says: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof LlamaError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, says);
    assert.match(error.message, /[.?]$/);
    assert.doesNotMatch(error.message, /[\p{Cc}\u202e]|\bE[A-Z]{3,}\b|\.tmp\b|syscall|errno/u);
    return true;
  };
}
