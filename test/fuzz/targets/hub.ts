import { readGgufHead } from "#dist/gguf/remote.js";
import { chooseModelFiles } from "#dist/hub/choose-files.js";
import { listFiles, resolveRevision } from "#dist/hub/hub-api.js";
import { formatModelReference, parseModelReference } from "#dist/hub/reference.js";
import { readHead } from "#dist/hub/remote-file.js";
import { resolveHubSettings } from "#dist/hub/settings.js";
import { fixtureBytes, fixtureModel } from "../../helpers/model-fixture.js";
import { isRefusal, type Target, textOf, texts } from "../target.js";

/** What a person names a model by: read, written and read again it is the same. */
export const reference: Target = {
  name: "reference",
  modules: ["/hub/reference", "/hub/page", "/hub/repo-name"],
  seeds: () =>
    texts(
      "hf:owner/repo:Q4_K_M@main",
      "hf:owner/repo/folder/model.gguf",
      "https://huggingface.co/owner/repo/blob/main/model.gguf",
      "ollama:host.example/library/llama3:8b",
      "file:///models/a.gguf",
      "C:\\models\\a.gguf",
    ),
  words: texts(
    ..."hf: ollama: https:// file:// huggingface.co / : @ .. %2f %00 resolve blob tree main .gguf -00001-of-00002 \\ ?".split(
      " ",
    ),
  ),
  run(input) {
    const text = textOf(input);
    try {
      const found = parseModelReference(text);
      const written = formatModelReference(found);
      if (found.kind === "path") return;
      const again = parseModelReference(written);
      if (formatModelReference(again) !== written) throw new Error(`${JSON.stringify(written)} is read as another`);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  },
};

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** Settings with which every question is answered by the input: its first line as headers, the rest as the body. */
function answeredBy(input: Uint8Array) {
  const end = input.indexOf(10);
  const link = textOf(input.subarray(0, Math.max(0, end))).replace(/[^\x20-\x7e]/g, "");
  const body = input.slice(end + 1);
  let answers = 0;
  return resolveHubSettings({
    outside: {
      env: {},
      sleep: async () => undefined,
      fetch: async () => {
        if (++answers > 8) throw new Error("it asks and asks");
        return new Response(body, { headers: { link, "content-type": "application/json" } });
      },
    },
  });
}

/** What a server that poses as the hub says of a repository. */
export const listing: Target = {
  name: "listing",
  modules: ["/hub/hub-api", "/hub/choose-files", "/hub/http"],
  seeds: () =>
    texts(
      `\n[{"type":"file","path":"m-Q4_K_M.gguf","size":5,"oid":"${COMMIT}"},{"type":"file","path":"m-Q8_0-00001-of-00002.gguf","size":9,"lfs":{"oid":"${COMMIT}${COMMIT.slice(0, 24)}","size":9}}]`,
      `<https://huggingface.co/api/next>; rel="next"\n[]`,
      `\n{"branches":[{"name":"main","targetCommit":"${COMMIT}"}],"tags":[{"name":"v1","targetCommit":"${COMMIT}"}]}`,
      `\n{"sha":"${COMMIT}"}`,
    ),
  words: texts(
    '"path"',
    '"type"',
    '"file"',
    '"lfs"',
    '"oid"',
    '"size"',
    '"../a"',
    '"a/b.gguf"',
    "-00002-of-00002",
    "null",
    "[]",
    "1e99",
    'rel="next"',
    "<//x>",
  ),
  async run(input) {
    const patience = { timeout: 1000, tries: "once" } as const;
    try {
      const settings = answeredBy(input);
      for (const revision of [undefined, "v1"]) {
        const { commit } = await resolveRevision(settings, "owner/repo", revision, patience).catch((error) => {
          if (!isRefused(error)) throw error;
          return { commit: COMMIT };
        });
        if (!/^[0-9a-f]{40}$/.test(commit)) throw new Error(`${JSON.stringify(commit)} is taken as a commit`);
      }
      const files = await listFiles(answeredBy(input), "owner/repo", COMMIT, patience);
      for (const { path, size } of files) {
        if (/(^|[/\\])\.\.?([/\\]|$)|^[/\\]|\0/.test(path))
          throw new Error(`${JSON.stringify(path)} leaves the folder`);
        if (!(size >= 0)) throw new Error(`${size} is taken as a size`);
      }
      chooseModelFiles(files, { repo: "owner/repo" });
    } catch (error) {
      if (!isRefused(error)) throw error;
    }
  },
};

/** Failures of a request are said in sentences further out. */
function isRefused(error: unknown): boolean {
  return (error instanceof Error && error.constructor.name === "HttpFailure") || isRefusal(error);
}

/** The head of a model on a server, which may say of its size and ranges what it likes. */
export const remoteHead: Target = {
  name: "remote-head",
  modules: ["/hub/remote-file", "/hub/http", "/gguf/remote", "/gguf/reader"],
  seeds: () =>
    [fixtureBytes(fixtureModel()).subarray(0, 4096)].map((head) => withAnswer("206 bytes 0-4095/9000", head)),
  words: texts("200 ", "206 bytes 0-9/10", "206 bytes */5", "416 ", "bytes 5-4/1e9", "\n", "GGUF"),
  async run(input) {
    const end = input.indexOf(10);
    const line = textOf(input.subarray(0, Math.max(0, end))).replace(/[^\x20-\x7e]/g, "");
    const body = input.slice(end + 1);
    const status = Number(line.slice(0, 3));
    let answers = 0;
    const answer = async () => {
      if (++answers > 30) throw new Error("it asks and asks");
      const isEmpty = [204, 205, 304].includes(status);
      return new Response(isEmpty ? null : body, {
        status: status >= 200 && status <= 599 ? status : 200,
        headers: { "content-range": line.slice(4), etag: '"1"' },
      });
    };
    try {
      const outside = { env: {}, sleep: async () => undefined, fetch: answer };
      const head = await readHead("https://models.example/m.gguf", 2048, { outside });
      if (head.length > 1 << 28) throw new Error(`${head.length} bytes were taken`);
      await readGgufHead(body.length, async (start, stop) => body.subarray(start, stop));
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  },
};

function withAnswer(line: string, body: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(`${line}\n`), body]));
}
