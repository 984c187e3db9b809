import type { FormOptions } from "../../generation/answer-form.js";
import { isObject } from "../../json-object.js";
import { RequestFailure, wrongField } from "../failure.js";
import type { Fields } from "./fields.js";
import { wrongType } from "./fields.js";

/** Any JSON object: what OpenAI's `json_object` means. */
const ANY_OBJECT = { type: "object" };

/**
 * What an answer is held to: `response_format`, or llama.cpp's `grammar` and `json_schema`.
 * @throws RequestFailure where there are several, or one of an unknown kind
 */
export function readForm(fields: Fields): FormOptions {
  const grammar = fields.text("grammar");
  const schema = fields.take("json_schema");
  const format = readFormat(fields.object("response_format"), "response_format");
  const given = Object.entries({ grammar: grammar || undefined, json_schema: schema, response_format: format });
  const names = given.filter(([, value]) => value !== undefined).map(([name]) => name);
  if (names.length > 1) {
    throw new RequestFailure(
      "invalid_request_error",
      `An answer has one form, but ${names.join(" and ")} were given; give one of them.`,
      { param: names[1] },
    );
  }
  // llama.cpp's clients send an empty grammar for none.
  if (grammar !== undefined && grammar !== "") return { grammar };
  const jsonSchema = schema ?? format;
  return jsonSchema === undefined ? {} : { jsonSchema };
}

/**
 * The schema that a format of OpenAI's APIs asks for; undefined for free text.
 * @param name of the field that it was given in
 */
export function readFormat(format: Fields | undefined, name: string): unknown {
  if (format === undefined) return undefined;
  const type = format.text("type");
  switch (type) {
    case "text":
      format.refuseRest();
      return undefined;
    case "json_object": {
      const schema = format.take("schema");
      format.refuseRest();
      return schema ?? ANY_OBJECT;
    }
    case "json_schema": {
      const described = format.take("json_schema");
      format.refuseRest();
      if (!isObject(described)) throw wrongType(`${name}.json_schema`, "an object", described);
      const { schema } = described;
      if (schema === undefined) throw wrongField(name, `${name} asks for a JSON schema, and has none.`);
      return schema;
    }
    default:
      throw wrongType(`${name}.type`, '"text", "json_object" or "json_schema"', type);
  }
}
