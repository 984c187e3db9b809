import { isObject } from "../../json-object.js";
import { RequestFailure } from "../failure.js";

/** Deeper or larger values are not what anybody asks with; JSON.parse itself knows no bound. */
const MAX_DEPTH = 128;
const MAX_VALUES = 500_000;

/**
 * The object in a request's body.
 * @param limit in bytes
 * @param listField the field that a body stands for which is a list; undefined where it must be none
 * @throws RequestFailure where it is too large, no UTF-8, no JSON, no object, or too deep
 */
export async function readBody(
  request: Request,
  limit: number,
  listField?: string | undefined,
): Promise<Record<string, unknown>> {
  const text = await readText(request, limit);
  refuseDeep(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const where = text.trim() === "" ? "it is empty" : error instanceof Error ? error.message : "it cannot be read";
    throw wrong(`The body is not JSON: ${where.slice(0, 200)}.`);
  }
  if (Array.isArray(value) && listField !== undefined) return { [listField]: value };
  if (!isObject(value)) throw wrong("The body must be a JSON object.");
  return value;
}

async function readText(request: Request, limit: number): Promise<string> {
  const tooLarge = () =>
    new RequestFailure("invalid_request_error", `The body is larger than ${limit} bytes, which is the limit here.`, {
      status: 413,
    });
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge();
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new RequestFailure("invalid_request_error", "Bodies are read as they are; send this one uncompressed.", {
      status: 415,
    });
  }
  if (request.body === null) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > limit) throw tooLarge();
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw wrong("The body is not UTF-8, or it broke off.");
    throw error;
  }
}

/** Counts brackets and commas outside of strings, before anything is made of them. */
function refuseDeep(text: string): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      at = endOfString(text, at);
      values++;
    } else if (unit === 0x5b || unit === 0x7b) depth++;
    else if (unit === 0x5d || unit === 0x7d) depth--;
    else if (unit === 0x2c) values++;
    if (depth > MAX_DEPTH)
      throw wrong(`The body's values are nested deeper than ${MAX_DEPTH}, which is the limit here.`);
    if (values > MAX_VALUES) throw wrong(`The body has more than ${MAX_VALUES} values, which is the limit here.`);
  }
}

/** Where the string that begins at `at` ends. */
function endOfString(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    const unit = text.charCodeAt(end);
    if (unit === 0x5c) end++;
    else if (unit === 0x22) return end;
  }
  return text.length;
}

function wrong(message: string): RequestFailure {
  return new RequestFailure("invalid_request_error", message);
}
