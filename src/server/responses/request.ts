import type { ChatMessage } from "../../chat/message.js";
import { hasForm } from "../../generation/answer-form.js";
import { isObject } from "../../json-object.js";
import { type AnswerRequest, readAnswerRequest } from "../answer/request.js";
import { readTools, type ToolWish } from "../chat/tools.js";
import { wrongField } from "../failure.js";
import { Fields, wrongType } from "../request/fields.js";
import { readFormat } from "../request/form.js";
import type { Served } from "../served.js";
import { readInput } from "./input.js";

/** A request of OpenAI's responses API. */
export interface ResponsesRequest extends AnswerRequest {
  readonly messages: readonly ChatMessage[];
  readonly wish: ToolWish | undefined;
  readonly isStreamed: boolean;
  /** What its answer repeats of it. */
  readonly told: Readonly<Record<string, unknown>>;
}

/** @throws RequestFailure with the field that is wrong, unknown or not to be had here */
export function readResponsesRequest(body: Readonly<Record<string, unknown>>, served: Served): ResponsesRequest {
  const fields = new Fields(body);
  const instructions = fields.text("instructions");
  const messages = readInput(fields.take("input"), instructions);
  const format = readTextFormat(fields);
  const request = readAnswerRequest(fields, served, ["max_output_tokens"]);
  const wish = readTools(fields);
  const isStreamed = fields.boolean("stream") ?? false;
  refuseWhatIsKept(fields);
  fields.refuseRest();
  if (format !== undefined && hasForm(request.form)) {
    throw wrongField("text", "An answer has one form; give text.format, or grammar or json_schema.");
  }
  const form = format === undefined ? request.form : { jsonSchema: format };
  if (wish !== undefined && hasForm(form)) {
    throw wrongField("tools", "An answer that may call tools has their form; leave out text.format, or tools.");
  }
  const { temperature = null, top_p = null, tools = [], tool_choice = "auto", parallel_tool_calls = true } = body;
  const { metadata = {}, max_output_tokens = null, text = { format: { type: "text" } } } = body;
  const repeated = { temperature, top_p, tools, tool_choice, parallel_tool_calls, metadata, max_output_tokens, text };
  return { ...request, form, messages, wish, isStreamed, told: { instructions: instructions ?? null, ...repeated } };
}

/** Responses are not kept, and models here think aloud or not at all. */
function refuseWhatIsKept(fields: Fields): void {
  fields.only("background", false);
  fields.only("truncation", "disabled");
  fields.only("include", []);
  for (const name of ["previous_response_id", "conversation", "prompt"]) {
    if (fields.take(name) === undefined) continue;
    throw wrongField(name, `Responses are not kept here, so ${name} has nothing to name; send the items themselves.`);
  }
  const reasoning = fields.take("reasoning");
  if (reasoning !== undefined && !(isObject(reasoning) && Object.values(reasoning).every((value) => value === null))) {
    throw wrongField("reasoning", "Models here have no reasoning to set; leave it out.");
  }
}

/** The schema in `text.format`, whose fields lie beside its type. */
function readTextFormat(fields: Fields): unknown {
  const text = fields.object("text");
  const format = text?.take("format");
  text?.only("verbosity", "medium");
  text?.refuseRest();
  if (format === undefined) return undefined;
  if (!isObject(format)) throw wrongType("text.format", "an object", format);
  const { type, schema } = format;
  return readFormat(new Fields(type === "json_schema" ? { type, json_schema: { schema } } : { type }), "text.format");
}
