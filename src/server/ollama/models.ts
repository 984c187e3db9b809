import { fingerprint } from "../../gguf/fingerprint.js";
import { packageVersion } from "../../package-version.js";
import type { Exchange } from "../exchange.js";
import { Fields } from "../request/fields.js";
import { jsonResponse } from "../response/json.js";
import type { Served } from "../served.js";

/** `/api/version`, which is that of this program. */
export function ollamaVersion(): Response {
  return jsonResponse({ version: packageVersion() });
}

/** `/api/tags`: the models there are, which is one. */
export function ollamaTags({ served }: Exchange): Response {
  return jsonResponse({ models: [describe(served)] });
}

/** `/api/ps`: the models that are loaded. None is ever unloaded, and none lies in a GPU. */
export function ollamaRunning({ served }: Exchange): Response {
  const model = { ...describe(served), expires_at: "0001-01-01T00:00:00Z", size_vram: 0 };
  return jsonResponse({ models: [{ ...model, context_length: served.llama.contextSize }] });
}

/** `/api/show`: what the file says of itself, but for lists, which are as long as the vocabulary. */
export function ollamaShow({ served }: Exchange, body: Readonly<Record<string, unknown>>): Response {
  const { metadata } = served.llama.file;
  const fields = new Fields(body);
  // Older clients call the model so.
  for (const name of ["model", "name"]) served.checkModel(fields.text(name));
  fields.only("verbose", false);
  fields.refuseRest();
  const info: Record<string, unknown> = { "general.parameter_count": parameters(served) };
  for (const [key, { value }] of metadata) {
    if (key === "tokenizer.chat_template" || typeof value === "object") continue;
    info[key] = typeof value === "bigint" ? Number(value) : value;
  }
  const { details, modified_at } = describe(served);
  const abilities = ["completion", "embedding", "tools"];
  return jsonResponse({
    modelfile: "",
    parameters: "",
    template: served.template,
    license: metadata.findString("general.license") ?? "",
    details,
    model_info: info,
    capabilities: served.llama.tokenizer.infill === undefined ? abilities : [...abilities, "insert"],
    modified_at,
  });
}

/** Names without a tag have this one, for ollama's clients. */
function tagged(name: string): string {
  return name.includes(":") ? name : `${name}:latest`;
}

function describe(served: Served) {
  const { file } = served.llama;
  const family = file.metadata.findString("general.architecture") ?? "";
  return {
    name: tagged(served.name),
    model: tagged(served.name),
    modified_at: new Date(served.created * 1000).toISOString(),
    size: file.tensors.reduce((sum, { bytes }) => sum + bytes, 0),
    digest: digestOf(served),
    details: {
      parent_model: "",
      format: "gguf",
      family,
      families: [family],
      parameter_size: shortCount(parameters(served)),
      quantization_level: commonType(served),
    },
  };
}

const digests = new WeakMap<Served, string>();

/** A name for what the model computes; a hash of the whole file would read all of it. */
function digestOf(served: Served): string {
  const known = digests.get(served) ?? fingerprint(served.llama.file);
  digests.set(served, known);
  return known;
}

function parameters({ llama }: Served): number {
  return llama.file.tensors.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0);
}

/** "1.1B", as ollama shortens it. */
function shortCount(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)}B`;
  return count >= 1e6 ? `${(count / 1e6).toFixed(2)}M` : `${(count / 1e3).toFixed(2)}K`;
}

/** The type that most of the weights have. */
function commonType({ llama }: Served): string {
  const bytes = new Map<string, number>();
  for (const tensor of llama.file.tensors) {
    bytes.set(tensor.type.name, (bytes.get(tensor.type.name) ?? 0) + tensor.bytes);
  }
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
}
