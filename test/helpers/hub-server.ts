import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";

/** What may go wrong with one answer. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly headers?: Record<string, string> }
  /** The connection ends after so many bytes of the body. */
  | { readonly kind: "cut"; readonly after: number }
  /** One byte of the body is another one. */
  | { readonly kind: "corrupt"; readonly at: number }
  /** The whole file, whatever range was asked for. */
  | { readonly kind: "no-ranges" }
  /** Nothing more comes after so many bytes, and the connection stays open. */
  | { readonly kind: "stall"; readonly after: number }
  /** A range that begins elsewhere. */
  | { readonly kind: "shifted" };

/** A request as it came in. */
export interface Seen {
  /** The hub itself, or the other host that its files are on. */
  readonly at: "hub" | "files";
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

interface Repo {
  readonly branches: Map<string, string>;
  readonly tags: Map<string, string>;
  readonly commits: Map<string, Map<string, RepoFile>>;
  /** Who may see it: everybody, who has accepted a licence, or whose token may. */
  access: "public" | "gated" | "private";
}

interface RepoFile {
  readonly bytes: Buffer;
  readonly isLfs: boolean;
}

export const TOKEN = "hf_thisIsTheSecretThatMustNotLeakAnywhere";

/**
 * A hub on this machine: `refs`, `tree` in pages, `revision`, and `resolve`, which redirects large files to another
 * host, as huggingface.co does. That host serves plain files too.
 */
export class HubServer {
  readonly seen: Seen[] = [];
  readonly repos = new Map<string, Repo>();
  /** Files of the other host that are in no repository, by path. */
  readonly files = new Map<string, { bytes: Buffer; etag?: string | undefined; lastModified?: string | undefined }>();
  /** Asked before every answer. */
  fault: (seen: Seen) => Fault | undefined = () => undefined;
  pageSize = 1000;
  endpoint = "";
  filesOrigin = "";
  readonly #servers: Server[] = [];
  readonly #stalled = new Set<ServerResponse>();

  /** Two servers, which end with the tests of the file. */
  static async start(): Promise<HubServer> {
    const hub = new HubServer();
    hub.endpoint = await hub.#listen("hub", "127.0.0.1", (request, response, seen) =>
      hub.#answerHub(request, response, seen),
    );
    hub.filesOrigin = await hub.#listen("files", "localhost", (request, response, seen) =>
      hub.#answerFiles(request, response, seen),
    );
    after(() => hub.stop());
    return hub;
  }

  /** Ends the connections on which nothing more comes. A client that has had their bytes loses none of them. */
  cut(): void {
    for (const response of this.#stalled) response.destroy();
    this.#stalled.clear();
  }

  stop(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  /** Adds a commit to a branch of a repository, which is made if need be; returns the commit. */
  commit(repo: string, files: Record<string, Buffer | string>, branch = "main"): string {
    const { branches, commits } = this.repo(repo);
    const commit = createHash("sha1").update(`${repo} ${branch} ${commits.size}`).digest("hex");
    const entries = Object.entries(files).map(([path, bytes]): [string, RepoFile] => {
      return [path, { bytes: Buffer.from(bytes), isLfs: !/\.(md|json|txt)$/.test(path) }];
    });
    commits.set(commit, new Map(entries));
    branches.set(branch, commit);
    return commit;
  }

  repo(name: string): Repo {
    let repo = this.repos.get(name);
    if (repo === undefined) {
      repo = { branches: new Map(), tags: new Map(), commits: new Map(), access: "public" };
      this.repos.set(name, repo);
    }
    return repo;
  }

  async #listen(
    at: Seen["at"],
    host: string,
    answer: (request: IncomingMessage, response: ServerResponse, seen: Seen) => ServerResponse,
  ): Promise<string> {
    const server = createServer((request, response) => {
      const { authorization, range } = request.headers;
      const seen = { at, path: request.url ?? "", range, authorization };
      this.seen.push(seen);
      const fault = this.fault(seen);
      if (fault?.kind === "status") {
        response.writeHead(fault.status, fault.headers);
        response.end("no");
      } else answer(request, response, seen);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://${host}:${(server.address() as AddressInfo).port}`;
  }

  #answerHub(request: IncomingMessage, response: ServerResponse, seen: Seen): ServerResponse {
    const url = new URL(seen.path, this.endpoint);
    const api = /^\/api\/models\/([^/]+\/[^/]+)\/(refs|tree|revision)(?:\/(.+))?$/.exec(url.pathname);
    const resolve = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
    const name = api?.[1] ?? resolve?.[1] ?? "";
    const repo = this.repos.get(name);
    const isKnown = seen.authorization === `Bearer ${TOKEN}`;
    if (seen.authorization !== undefined && !isKnown) return refuse(response, 401);
    if (repo === undefined || (repo.access === "private" && !isKnown)) {
      return refuse(response, isKnown ? 404 : 401, "RepoNotFound");
    }
    if (resolve && repo.access === "gated") return refuse(response, isKnown ? 403 : 401, "GatedRepo");
    if (api?.[2] === "refs") {
      const list = (refs: Map<string, string>) => [...refs].map(([ref, targetCommit]) => ({ name: ref, targetCommit }));
      return sendJson(response, { branches: list(repo.branches), tags: list(repo.tags), converts: [] });
    }
    if (api?.[2] === "revision") {
      const wanted = decodeURIComponent(api[3] ?? "");
      const sha = [...repo.commits.keys()].find((commit) => commit.startsWith(wanted));
      return sha === undefined ? refuse(response, 404, "RevisionNotFound") : sendJson(response, { sha });
    }
    const files = repo.commits.get(api?.[3] ?? resolve?.[2] ?? "");
    if (files === undefined) return refuse(response, 404, "RevisionNotFound");
    if (api) return this.#sendTree(response, url, files);
    const path = decodeURIComponent(resolve?.[3] ?? "");
    const file = files.get(path);
    if (file === undefined) return refuse(response, 404, "EntryNotFound");
    if (!file.isLfs) return this.#sendFile(request, response, file.bytes, { etag: `"${oidOf(file)}"` }, seen);
    // Signed, as the addresses of the other host are.
    const location = `${this.filesOrigin}/repo/${name}/${resolve?.[2]}/${encodeURI(path)}?signature=abc`;
    response.writeHead(302, { location, "x-linked-etag": `"${oidOf(file)}"`, "x-linked-size": `${file.bytes.length}` });
    return response.end();
  }

  #sendTree(response: ServerResponse, url: URL, files: Map<string, RepoFile>): ServerResponse {
    const entries = [...files].map(([path, file]) => {
      const { bytes, isLfs } = file;
      const oid = oidOf(file);
      const size = bytes.length;
      return isLfs
        ? { type: "file", path, size, oid: gitSha1(Buffer.from("a pointer")), lfs: { oid, size, pointerSize: 130 } }
        : { type: "file", path, size, oid };
    });
    const folders = [
      ...new Set([...files.keys()].filter((path) => path.includes("/")).map((path) => path.split("/")[0])),
    ];
    const all = [...folders.map((path) => ({ type: "directory", path, size: 0, oid: "0".repeat(40) })), ...entries];
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const next = from + this.pageSize;
    if (next < all.length) {
      url.searchParams.set("cursor", String(next));
      response.setHeader("link", `<${url.href}>; rel="next"`);
    }
    return sendJson(response, all.slice(from, next));
  }

  #answerFiles(request: IncomingMessage, response: ServerResponse, seen: Seen): ServerResponse {
    const { pathname } = new URL(seen.path, this.filesOrigin);
    const plain = this.files.get(decodeURI(pathname));
    if (plain !== undefined) return this.#sendFile(request, response, plain.bytes, plain, seen);
    const [, name = "", commit = "", path = ""] = /^\/repo\/([^/]+\/[^/]+)\/([^/]+)\/(.+)$/.exec(pathname) ?? [];
    const file = this.repos.get(name)?.commits.get(commit)?.get(decodeURI(path));
    if (file === undefined) return refuse(response, 404);
    return this.#sendFile(request, response, file.bytes, { etag: `"${gitSha1(file.bytes)}"` }, seen);
  }

  #sendFile(
    request: IncomingMessage,
    response: ServerResponse,
    bytes: Buffer,
    version: { readonly etag?: string | undefined; readonly lastModified?: string | undefined },
    seen: Seen,
  ): ServerResponse {
    const fault = this.fault({ ...seen, path: `body ${seen.path}` });
    const { etag, lastModified } = version;
    if (etag !== undefined) response.setHeader("etag", etag);
    if (lastModified !== undefined) response.setHeader("last-modified", lastModified);
    if (etag !== undefined && request.headers["if-none-match"] === etag) {
      return response.writeHead(304).end();
    }
    const condition = request.headers["if-range"];
    const isSame = condition === undefined || condition === etag || condition === lastModified;
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const isPart = range !== null && isSame && fault?.kind !== "no-ranges";
    let from = isPart ? Number(range[1]) : 0;
    const to = isPart && range[2] !== "" ? Math.min(Number(range[2]) + 1, bytes.length) : bytes.length;
    if (isPart && from >= bytes.length) {
      return response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
    }
    if (fault?.kind === "shifted" && isPart && from > 0) from--;
    const body = Buffer.from(bytes.subarray(from, to));
    if (fault?.kind === "corrupt" && body.length > 0)
      body.writeUInt8(body.readUInt8(fault.at % body.length) ^ 1, fault.at % body.length);
    if (fault?.kind !== "no-ranges") response.setHeader("accept-ranges", "bytes");
    response.setHeader("content-length", body.length);
    if (isPart) response.setHeader("content-range", `bytes ${from}-${to - 1}/${bytes.length}`);
    response.writeHead(isPart ? 206 : 200);
    if (fault?.kind !== "cut" && fault?.kind !== "stall") return response.end(body);
    response.flushHeaders();
    const sent = body.subarray(0, fault.after % (body.length + 1));
    if (fault.kind === "stall") this.#stalled.add(response);
    response.write(sent, () => {
      if (fault.kind === "cut") setTimeout(() => response.destroy(), 1);
    });
    if (sent.length === 0 && fault.kind === "cut") response.destroy();
    return response;
  }
}

/** The hub's name for a file's bytes. */
export function oidOf({ bytes, isLfs }: RepoFile): string {
  return isLfs ? sha256(bytes) : gitSha1(bytes);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function gitSha1(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

function refuse(response: ServerResponse, status: number, code?: string): ServerResponse {
  response.writeHead(status, code === undefined ? {} : { "x-error-code": code });
  return response.end(JSON.stringify({ error: `refused with ${TOKEN}` }));
}

function sendJson(response: ServerResponse, json: unknown): ServerResponse {
  response.writeHead(200, { "content-type": "application/json" });
  return response.end(JSON.stringify(json));
}
