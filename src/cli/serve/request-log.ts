import type { RequestEntry } from "../../server/options.js";
import { duration } from "../show/amounts.js";
import { withoutControls } from "../show/plain-text.js";

/** A line of the log: nothing that anybody said, no query and no key. */
export function requestLine(entry: RequestEntry): string {
  const { method, path, status, milliseconds, promptTokens, tokens, tokensPerSecond } = entry;
  const taken = milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : duration(milliseconds / 1000);
  const parts = [`${method} ${withoutControls(path).slice(0, 200)} ${status}`, taken];
  if (promptTokens > 0) parts.push(`prompt ${promptTokens}`);
  if (tokens > 0) parts.push(`answer ${tokens}`);
  if (tokensPerSecond > 0) parts.push(`${tokensPerSecond.toFixed(1)} tok/s`);
  return parts.join("  ");
}
