import { isObject } from "../../json-object.js";
import { COST, spend } from "../work.js";
import { type Dialect, dialectOf, SUBSCHEMAS } from "./dialect.js";
import { quoted, refuse, step } from "./refusal.js";

/** A JSON object of the schema. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A schema of the document that is not a boolean, with what is needed to read it. */
export interface Place {
  readonly schema: JsonObject;
  /** JSON pointer from the root of the document. */
  readonly pointer: string;
  /** Absolute URI that $ref is resolved against. */
  readonly base: string;
  readonly dialect: Dialect;
}

const MAX_DEPTH = 512;
const MAX_VALUES = 500_000;
/** The URI of a document that gives itself none. */
const NO_URI = "schema://document/";

/** The schema document: where its schemas are, and what their references mean. */
export class Document {
  /** The place of the whole document, unless it is a boolean. */
  readonly rootPlace: Place | undefined;
  readonly #places = new Map<object, Place>();
  /** Resources by absolute URI without fragment, and anchors by `URI#name`. */
  readonly #resources = new Map<string, Place>();
  readonly #anchors = new Map<string, Place>();
  /** URIs that more than one schema gives itself. */
  readonly #ambiguous = new Set<string>();
  readonly #dynamicAnchors = new Map<string, number>();

  constructor(root: unknown) {
    checkSize(root);
    if (!isObject(root)) return;
    const place = { schema: root, pointer: "", base: NO_URI, dialect: dialectOf(root["$schema"], "") };
    this.#resources.set(NO_URI, place);
    this.rootPlace = this.#index(place);
  }

  /** The place of a schema reached through a keyword of `parent`. */
  place(schema: JsonObject, pointer: string, parent: Place): Place {
    spend(COST.found);
    return this.#places.get(schema) ?? this.#index({ ...parent, schema, pointer });
  }

  /** What `$ref` of a schema points to: a place, or a boolean schema. */
  resolve(reference: string, from: Place, keyword = "$ref"): Place | boolean {
    const at = step(from.pointer, keyword);
    const [uri, fragment] = split(absolute(reference, from.base, at));
    const resource = this.#resources.get(uri);
    if (this.#ambiguous.has(uri))
      refuse(at, `the reference ${quoted(reference)} names what two schemas call themselves.`);
    if (resource === undefined) {
      refuse(at, `the reference ${quoted(reference)} leaves the document; put what it names into $defs.`);
    }
    if (fragment === "" || fragment.startsWith("/")) return this.#follow(resource, fragment, reference, at);
    const anchor = this.#anchors.get(`${uri}#${fragment}`);
    if (anchor === undefined) refuse(at, `the reference ${quoted(reference)} names an anchor that is not there.`);
    return anchor;
  }

  /**
   * Whether `$dynamicRef` to this anchor can only mean one place, as it then is a plain reference; without an anchor,
   * whether `$recursiveRef` can.
   */
  isStatic(anchor: string | undefined): boolean {
    if (anchor === undefined) return this.#resources.size <= 2;
    return (this.#dynamicAnchors.get(anchor) ?? 0) <= 1;
  }

  #follow(resource: Place, path: string, reference: string, at: string): Place | boolean {
    let value: unknown = resource.schema;
    let [pointer, last] = [resource.pointer, resource];
    for (const part of path.split("/").slice(1)) {
      spend(10);
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      pointer = step(pointer, key);
      const there = (isObject(value) || Array.isArray(value)) && Object.hasOwn(value, key);
      value = there ? (value as JsonObject)[key] : undefined;
      if (value === undefined) refuse(at, `the reference ${quoted(reference)} points to nothing.`);
      last = (isObject(value) ? this.#places.get(value) : undefined) ?? last;
    }
    if (typeof value === "boolean") return value;
    if (!isObject(value)) refuse(at, `the reference ${quoted(reference)} points to something that is not a schema.`);
    return this.place(value, pointer, last);
  }

  /** Finds every schema below a place, and the names they go by. */
  #index(first: Place): Place {
    const waiting: Place[] = [first];
    let result: Place | undefined;
    for (let parent = waiting.pop(); parent !== undefined; parent = waiting.pop()) {
      const place = this.#named(parent);
      result ??= place;
      if (this.#places.has(place.schema)) continue;
      this.#places.set(place.schema, place);
      spend(COST.made);
      for (const [keyword, kind] of SUBSCHEMAS) {
        const value = Object.hasOwn(place.schema, keyword) ? place.schema[keyword] : undefined;
        if (value === undefined) continue;
        const pointer = step(place.pointer, keyword);
        if (kind === "one" || (kind === "one-or-list" && isObject(value))) {
          if (isObject(value)) waiting.push({ ...place, schema: value, pointer });
        } else if ((kind === "map" && isObject(value)) || (kind !== "map" && Array.isArray(value))) {
          for (const [key, schema] of Object.entries(value)) {
            if (isObject(schema)) waiting.push({ ...place, schema, pointer: step(pointer, key) });
          }
        }
      }
    }
    return result ?? first;
  }

  /** The place with its own $id, $anchor and $schema taken into account. */
  #named(place: Place): Place {
    const { schema, pointer } = place;
    let { base, dialect } = place;
    if (pointer !== "" && typeof schema["$schema"] === "string") dialect = dialectOf(schema["$schema"], pointer);
    const idKeyword = dialect === "draft-04" ? "id" : "$id";
    const id = schema[idKeyword];
    const alone = typeof schema["$ref"] === "string" && (dialect === "draft-06" || dialect === "draft-07");
    let anchor = schema["$anchor"];
    if (typeof id === "string" && !alone) {
      if (id.startsWith("#")) anchor ??= id.slice(1);
      else base = split(absolute(id, base, step(pointer, idKeyword)))[0];
    }
    const found = { schema, pointer, base, dialect };
    if (base !== place.base) {
      const other = this.#resources.get(base);
      if (other !== undefined && other.schema !== schema) this.#ambiguous.add(base);
      this.#resources.set(base, found);
    }
    if (typeof anchor === "string" && anchor !== "") this.#anchors.set(`${base}#${anchor}`, found);
    const dynamic = schema["$dynamicAnchor"];
    if (typeof dynamic === "string") {
      this.#anchors.set(`${base}#${dynamic}`, found);
      this.#dynamicAnchors.set(dynamic, (this.#dynamicAnchors.get(dynamic) ?? 0) + 1);
    }
    return found;
  }
}

function absolute(reference: string, base: string, at: string): string {
  spend(COST.made + (reference.length + base.length) / 8);
  try {
    return new URL(reference, base).href;
  } catch {
    return refuse(at, `${quoted(reference)} is not a valid URI reference.`);
  }
}

function split(uri: string): [uri: string, fragment: string] {
  const hash = uri.indexOf("#");
  if (hash < 0) return [uri, ""];
  const fragment = uri.slice(hash + 1);
  try {
    return [uri.slice(0, hash), decodeURIComponent(fragment)];
  } catch {
    return [uri.slice(0, hash), fragment];
  }
}

/** Refuses what is not JSON, or too large; without recursion, as the depth is what is in doubt. */
function checkSize(root: unknown): void {
  if (typeof root !== "boolean" && !isObject(root)) refuse("", "a schema must be an object or a boolean.");
  const waiting: [value: unknown, pointer: string, depth: number][] = [[root, "", 0]];
  let count = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [value, pointer, depth] = next;
    spend(10);
    if (++count > MAX_VALUES) refuse("", `it holds more than ${MAX_VALUES} values.`);
    if (depth > MAX_DEPTH) refuse(pointer.slice(0, 100), `it is nested more than ${MAX_DEPTH} levels deep.`);
    if (typeof value === "object" && value !== null) {
      for (const [key, part] of Object.entries(value)) waiting.push([part, step(pointer, key), depth + 1]);
    } else if (typeof value === "number" ? !Number.isFinite(value) : !["string", "boolean"].includes(typeof value)) {
      if (value !== null && value !== undefined) refuse(pointer, "it holds a value that JSON does not have.");
    }
  }
}
