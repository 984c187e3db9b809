import { Ajv, type Options } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";

const OPTIONS: Options = {
  strict: false,
  validateSchema: false,
  logger: false,
  multipleOfPrecision: 6,
  // What every object inherits, such as its constructor, is no property of a JSON value.
  ownProperties: true,
  formats: {
    // ajv-formats knows neither quoted local parts nor addresses in brackets, which RFC 5321 allows.
    email: /^(?:"(?:[^"\\]|\\.)*"|[^\s@"]+)@(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+|\[[0-9a-f.:]+\]|\[IPv6:[0-9a-f.:]+\])$/i,
  },
};

/** A validator, or undefined for a schema that ajv reads otherwise than its draft says, or not at all. */
export function validatorOf(schema: unknown): ((value: unknown) => boolean) | undefined {
  const text = JSON.stringify(schema);
  const dialect = typeof schema === "object" ? (schema as { $schema?: string }).$schema : undefined;
  if (dialect?.includes("draft-04") && /"id"|exclusiveM[a-z]+":(true|false)/.test(text)) return undefined;
  if (dialect?.includes("2019")) return undefined;
  const ajv = dialect === undefined || dialect.includes("2020") ? new Ajv2020(OPTIONS) : new Ajv(OPTIONS);
  const known = ajv.formats["email"];
  formats.default(ajv);
  if (known !== undefined) ajv.addFormat("email", known);
  const copy = structuredClone(schema);
  if (typeof copy === "object") delete (copy as { $schema?: string }).$schema;
  try {
    return ajv.compile(copy as object);
  } catch {
    return undefined;
  }
}
