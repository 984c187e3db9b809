import { LlamaError, printable } from "../errors.js";
import type { HttpFailure } from "./http-failure.js";
import type { HubSettings } from "./settings.js";

/** What was asked for when a request failed. */
export interface Subject {
  /** `OWNER/REPO` */
  readonly repo: string;
  readonly revision?: string | undefined;
  readonly file?: string | undefined;
}

/** The failure of a request to the hub, in a sentence that says what to do. */
export function explainHubFailure(failure: HttpFailure, settings: HubSettings, subject: Subject): LlamaError {
  const { repo, revision, file } = subject;
  const page = `${settings.endpoint}/${repo}`;
  const tokens = `${settings.endpoint}/settings/tokens`;
  const hasToken = settings.token !== undefined;
  const error = (code: "access" | "not-found", message: string) => new LlamaError(code, message, { cause: failure });
  const isOwn = failure.host === new URL(settings.endpoint).host;
  if (!isOwn || failure.status === undefined) return explainFailure(failure);
  if (failure.errorCode === "GatedRepo" || (failure.status === 403 && failure.errorCode === undefined)) {
    return hasToken && failure.status === 403
      ? error(
          "access",
          `${repo} is gated, and the account of the token has no access to it; accept the license at ${page}.`,
        )
      : error(
          "access",
          `${repo} is gated: accept the license at ${page}, then set HF_TOKEN to a token from ${tokens}${hasToken ? ", as the present one is not accepted" : ""}.`,
        );
  }
  if (failure.errorCode === "DisabledRepo") return error("access", `${repo} was disabled by the hub; see ${page}.`);
  if (failure.status === 401 && hasToken && failure.errorCode !== "RepoNotFound") {
    return error("access", `${failure.host} does not accept the access token; make a new one at ${tokens}.`);
  }
  if (failure.status === 404 && (failure.errorCode === "EntryNotFound" || (failure.errorCode === undefined && file))) {
    return error("not-found", `There is no file ${printable(file ?? "", 256)} in ${repo} at ${revision ?? "main"}.`);
  }
  if (failure.errorCode === "RevisionNotFound") return noRevision(subject, failure);
  if (failure.status === 401 || failure.status === 404) {
    const hint = hasToken
      ? "check the name, and that the account of the token may see it"
      : `check the name; if it is private, set HF_TOKEN to a token from ${tokens}`;
    return error("not-found", `There is no public model ${repo} on ${failure.host}; ${hint}.`);
  }
  return explainFailure(failure);
}

export function noRevision({ repo, revision }: Subject, cause?: unknown): LlamaError {
  return new LlamaError(
    "not-found",
    `${repo} has no branch, tag or commit ${printable(revision ?? "main", 256)}; leave @REVISION out for its main branch.`,
    { cause },
  );
}

/** The failure of any request, in a sentence. */
export function explainFailure(failure: HttpFailure): LlamaError {
  const { host, status, retryAfter } = failure;
  const fail = (code: "network" | "access" | "not-found", message: string) =>
    new LlamaError(code, message, { cause: failure });
  if (status === 429) {
    const when = retryAfter === undefined ? "later" : `in ${Math.ceil(retryAfter / 1000)} s`;
    return fail(
      "network",
      `${host} has had too many requests from here; try again ${when}, or with a token (HF_TOKEN).`,
    );
  }
  if (status === 401 || status === 403) return fail("access", `${host} refuses access (HTTP status ${status}).`);
  if (status === 404 || status === 410) return fail("not-found", `${host} has no such file; check the address.`);
  if (status !== undefined) {
    const advice = failure.isTransient ? "try again later" : "check the address";
    return fail("network", `${host} answers with HTTP status ${status}; ${advice}.`);
  }
  if (failure.isUnreachable) {
    return fail(
      "network",
      `${host} cannot be reached: ${failure.detail}; check the network, or use a model on this machine.`,
    );
  }
  const usual = failure.isTransient ? "run the same command again to resume" : "check the address";
  return fail("network", `${host} failed: ${failure.detail}; ${failure.advice ?? usual}.`);
}
