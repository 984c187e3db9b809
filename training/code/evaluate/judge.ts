import { CodeError } from "../language/code-error.js";
import { Interpreter } from "../language/interpreter.js";
import { parseProgram } from "../language/parser.js";

/** Whether a program can be read, runs within its limits, and all that it asserts is so. */
export function passes(program: string): boolean {
  try {
    new Interpreter(parseProgram(program)).run();
    return true;
  } catch (error) {
    if (error instanceof CodeError) return false;
    throw error;
  }
}
