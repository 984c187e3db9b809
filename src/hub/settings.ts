import { readFileSync } from "node:fs";
import { statfs, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { LlamaError, printable } from "../errors.js";
import { homeFolder } from "../files/folders.js";
import { DEFAULT_ENDPOINT } from "./reference.js";

/** How models are found and fetched. Everything is optional. */
export interface HubOptions {
  /** Never asks the network: what is not on this machine is refused. `HF_HUB_OFFLINE` asks for the same. */
  readonly offline?: boolean | undefined;
  /**
   * The access token, sent to the hub's own host alone; by default `HF_TOKEN`, or what is in the file that
   * `HF_TOKEN_PATH` names or in `token` of the hub's folder.
   */
  readonly hfToken?: string | undefined;
  /** The hub's folder of repositories; by default where llama.cpp and Python have theirs ({@link hubFolder}). */
  readonly cacheFolder?: string | undefined;
  /** The hub's address; by default `MODEL_ENDPOINT`, `HF_ENDPOINT` or https://huggingface.co. */
  readonly endpoint?: string | undefined;
  /** Called as bytes arrive, and once when all are there. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Called with a sentence when something takes a while, or when the cache serves because the network does not. */
  readonly onNotice?: ((sentence: string) => void) | undefined;
  /** Ends a download, which goes on from there the next time; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** What is taken from the outside world; tests give their own. */
  readonly outside?: Partial<Outside> | undefined;
}

/** How far the files of a model have come. */
export interface DownloadProgress {
  /** The model's file, of a split the first. */
  readonly file: string;
  /** Bytes that are on the disk, of all parts. */
  readonly bytes: number;
  /** Bytes of all parts; undefined where the server does not say. */
  readonly total: number | undefined;
  /** The part of `bytes` that was there before, for a speed that is true. */
  readonly resumed: number;
}

/** The world outside of this room. */
export interface Outside {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly fetch: typeof fetch;
  /** Waits, unless the signal ends that. */
  readonly sleep: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Makes a link to a file, which Windows often forbids. */
  readonly symlink: (target: string, path: string) => Promise<void>;
  /** Bytes that may still be written in a folder. */
  readonly freeBytes: (folder: string) => Promise<number>;
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly stallTimeout: number;
  /** Milliseconds for the one question whether a cached branch has moved on. */
  readonly askTimeout: number;
}

/** {@link HubOptions} after the door: complete. */
export interface HubSettings extends Outside {
  readonly offline: boolean;
  readonly token: string | undefined;
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** `models--OWNER--REPO` are below it. */
  readonly hubFolder: string;
  /** Files of plain web addresses are below it. */
  readonly urlFolder: string;
  /** Where llama.cpp kept its models before it used the hub's folder. */
  readonly oldLlamaCppFolder: string;
  /** ollama's stores, the first that has a model counts. */
  readonly ollamaFolders: readonly string[];
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
  readonly onNotice: (sentence: string) => void;
  readonly signal: AbortSignal | undefined;
}

const WORLD: Outside = {
  env: process.env,
  platform: process.platform,
  fetch: (...args) => fetch(...args),
  sleep: async (milliseconds, signal) => {
    await setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal });
  },
  symlink: (target, path) => symlink(target, path, "file"),
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
  stallTimeout: 30_000,
  askTimeout: 3_000,
};

/** @throws LlamaError `option` where an option or a variable of the environment is malformed */
export function resolveHubSettings(options: HubOptions = {}): HubSettings {
  const outside = { ...WORLD, ...options.outside };
  const { env } = outside;
  let token: { readonly found: string | undefined } | undefined;
  return {
    ...outside,
    // Looked for when the network is asked: what is on this machine needs none, not even a sound one.
    get token() {
      token ??= { found: findToken(options.hfToken, outside) };
      return token.found;
    },
    offline: options.offline ?? isOn(env["HF_HUB_OFFLINE"]),
    endpoint: checkEndpoint(options.endpoint ?? firstSet(env, "MODEL_ENDPOINT", "HF_ENDPOINT") ?? DEFAULT_ENDPOINT),
    hubFolder: resolve(options.cacheFolder ?? hubFolder(outside)),
    urlFolder: resolve(firstSet(env, "LLAMA2_CACHE") ?? join(userCacheFolder(outside), "llama2")),
    oldLlamaCppFolder: resolve(firstSet(env, "LLAMA_CACHE") ?? join(userCacheFolder(outside), "llama.cpp")),
    ollamaFolders: ollamaFolders(outside),
    onProgress: options.onProgress,
    onNotice: options.onNotice ?? (() => {}),
    signal: options.signal,
  };
}

/**
 * The folder that Python's huggingface_hub, huggingface.js and llama.cpp share: `LLAMA_CACHE` (of llama.cpp),
 * `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE`, `HF_HOME/hub`, `XDG_CACHE_HOME/huggingface/hub`, `~/.cache/huggingface/hub`,
 * on Windows too.
 */
export function hubFolder(outside: Outside): string {
  const named = firstSet(outside.env, "LLAMA_CACHE", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE");
  return named === undefined ? join(hubHome(outside), "hub") : expanded(named, outside);
}

function hubHome(outside: Outside): string {
  const { env } = outside;
  const named = firstSet(env, "HF_HOME");
  if (named !== undefined) return expanded(named, outside);
  const caches = firstSet(env, "XDG_CACHE_HOME");
  return join(caches === undefined ? join(home(outside), ".cache") : expanded(caches, outside), "huggingface");
}

/** Where programs of this system keep what they can fetch again. */
function userCacheFolder(outside: Outside): string {
  const { env, platform } = outside;
  if (platform === "win32") return firstSet(env, "LOCALAPPDATA") ?? join(home(outside), "AppData", "Local");
  if (platform === "darwin") return join(home(outside), "Library", "Caches");
  return firstSet(env, "XDG_CACHE_HOME") ?? join(home(outside), ".cache");
}

function ollamaFolders(outside: Outside): string[] {
  const named = firstSet(outside.env, "OLLAMA_MODELS");
  if (named !== undefined) return [resolve(expanded(named, outside))];
  const own = join(home(outside), ".ollama", "models");
  return outside.platform === "linux" ? [own, "/usr/share/ollama/.ollama/models"] : [own];
}

function home({ env, platform }: Outside): string {
  return firstSet(env, platform === "win32" ? "USERPROFILE" : "HOME") ?? homeFolder();
}

function expanded(path: string, outside: Outside): string {
  return path.replace(/^~(?=$|[/\\])/, () => home(outside));
}

function firstSet(env: Outside["env"], ...names: readonly string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== "");
}

/** As Python's huggingface_hub reads its switches. */
function isOn(value: string | undefined): boolean {
  return ["1", "on", "yes", "true"].includes(value?.toLowerCase() ?? "");
}

function checkEndpoint(text: string): string {
  const malformed = () =>
    new LlamaError(
      "option",
      `The hub's endpoint is ${printable(text, 256)}; expected an address such as ${DEFAULT_ENDPOINT}.`,
    );
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw malformed();
  }
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!["https:", "http:"].includes(url.protocol) || !isPlain) throw malformed();
  return url.href.replace(/\/+$/, "");
}

/** Python's order of precedence. A token in the wrong place must not be sent, nor ever shown. */
function findToken(option: string | undefined, outside: Outside): string | undefined {
  const { env } = outside;
  if (option !== undefined) return checkToken(option, "the option hfToken");
  if (isOn(env["HF_HUB_DISABLE_IMPLICIT_TOKEN"])) return undefined;
  for (const name of ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]) {
    const token = checkToken(env[name] ?? "", name);
    if (token !== undefined) return token;
  }
  const path = firstSet(env, "HF_TOKEN_PATH") ?? join(hubHome(outside), "token");
  try {
    return checkToken(readFileSync(expanded(path, outside), "utf8"), printable(path, 256));
  } catch (error) {
    if (error instanceof LlamaError) throw error;
    return undefined; // no such file, as for most people
  }
}

function checkToken(text: string, source: string): string | undefined {
  const token = text.trim();
  if (token === "") return undefined;
  if (/^[\x21-\x7e]{1,4096}$/.test(token)) return token;
  throw new LlamaError(
    "option",
    `The access token from ${source} has spaces or other characters that a token cannot have; copy it again from the hub's settings.`,
  );
}
