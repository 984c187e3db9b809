import { jsonResponse } from "../response/json.js";
import type { Served } from "../served.js";
import { headOf } from "./answer.js";

/** The answer to a request without a prompt, by which clients have a model loaded. It is. */
export function loadedResponse(served: Served, empty: object): Response {
  return jsonResponse({ ...headOf(served), ...empty, done: true, done_reason: "load" });
}
