import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LlamaError, printable } from "../errors.js";
import { fileSize, namesIn } from "./local-file.js";
import { formatModelReference, type OllamaReference } from "./reference.js";
import type { HubSettings } from "./settings.js";

const MODEL_LAYER = "application/vnd.ollama.image.model";
const MAX_MANIFEST = 1 << 20;

/**
 * The model file of a model in ollama's store, read in place: `manifests/HOST/NAMESPACE/MODEL/TAG` is JSON that names
 * `blobs/sha256-DIGEST`.
 * @throws LlamaError `not-found` with the models that there are
 */
export function findOllamaModel(reference: OllamaReference, settings: HubSettings): string {
  const { host, namespace, model, tag } = reference;
  for (const store of settings.ollamaFolders) {
    const manifest = join(store, "manifests", host, namespace, model, tag);
    if ((fileSize(manifest) ?? MAX_MANIFEST) >= MAX_MANIFEST) continue;
    const blob = modelBlob(store, manifest);
    if (blob !== undefined) return blob;
    throw new LlamaError(
      "format",
      `${printable(manifest, 256)} names no model file that is there; fetch the model again with "ollama pull".`,
    );
  }
  const names = listOllama(settings).map((entry) => formatModelReference(entry.reference));
  const listed = names.length === 0 ? "there are none" : `there are ${names.slice(0, 40).join(", ")}`;
  throw new LlamaError(
    "not-found",
    `There is no model ${formatModelReference(reference)} in ollama's store on this machine (${printable(settings.ollamaFolders.join(", "), 256)}); ${listed}.`,
  );
}

/** A model in ollama's store. */
export interface OllamaModel {
  readonly reference: OllamaReference;
  readonly path: string;
}

export function listOllama(settings: HubSettings): OllamaModel[] {
  const found: OllamaModel[] = [];
  for (const store of settings.ollamaFolders) {
    const manifests = join(store, "manifests");
    for (const host of namesIn(manifests)) {
      for (const namespace of namesIn(join(manifests, host))) {
        for (const model of namesIn(join(manifests, host, namespace))) {
          for (const tag of namesIn(join(manifests, host, namespace, model))) {
            const path = modelBlob(store, join(manifests, host, namespace, model, tag));
            if (path !== undefined) found.push({ reference: { kind: "ollama", host, namespace, model, tag }, path });
          }
        }
      }
    }
  }
  return found;
}

function modelBlob(store: string, manifest: string): string | undefined {
  if ((fileSize(manifest) ?? MAX_MANIFEST) >= MAX_MANIFEST) return undefined;
  let layers: unknown;
  try {
    ({ layers } = JSON.parse(readFileSync(manifest, "utf8")) as { layers?: unknown });
  } catch {
    return undefined;
  }
  if (!Array.isArray(layers)) return undefined;
  const layer = layers.find((entry: unknown) => (entry as { mediaType?: unknown } | null)?.mediaType === MODEL_LAYER) as
    | { digest?: unknown }
    | undefined;
  const digest = /^sha256:([0-9a-f]{64})$/.exec(String(layer?.digest))?.[1];
  const path = digest === undefined ? undefined : join(store, "blobs", `sha256-${digest}`);
  return path !== undefined && fileSize(path) !== undefined ? path : undefined;
}
