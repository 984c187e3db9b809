import { printable } from "../errors.js";

/** What is known of a failure beside its host. */
export interface FailureFacts {
  readonly status?: number;
  /** The hub's own word for it, such as `GatedRepo`. */
  readonly errorCode?: string | undefined;
  /** What the server, or the system, says; the clause that follows the host's name. */
  readonly detail?: string;
  /** What to do about it, where that is known; the last clause of the sentence. */
  readonly advice?: string | undefined;
  /** The same request may succeed later. */
  readonly isTransient?: boolean;
  /** The system says at once that there is no way to the host. */
  readonly isUnreachable?: boolean;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/** A request that failed; it stays within this room, whose callers get a `LlamaError`. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  readonly host: string;
  readonly status: number | undefined;
  readonly errorCode: string | undefined;
  readonly detail: string | undefined;
  readonly advice: string | undefined;
  readonly isTransient: boolean;
  readonly isUnreachable: boolean;
  readonly retryAfter: number | undefined;

  constructor(host: string, facts: FailureFacts) {
    super(`${host}: ${facts.detail ?? facts.status}`, { cause: facts.cause });
    this.host = host;
    this.status = facts.status;
    this.errorCode = facts.errorCode;
    this.detail = facts.detail;
    this.advice = facts.advice;
    this.isTransient = facts.isTransient ?? false;
    this.isUnreachable = facts.isUnreachable ?? false;
    this.retryAfter = facts.retryAfter;
  }

  /** Of a status that is neither success nor redirect. Bodies are not looked at: headers say all that helps. */
  static ofResponse({ status, headers }: Response, host: string): HttpFailure {
    return new HttpFailure(host, {
      status,
      errorCode: headers.get("x-error-code") ?? undefined,
      isTransient: TRANSIENT_STATUSES.has(status),
      retryAfter: readRetryAfter(headers),
    });
  }

  /** Of what `fetch`, or reading a body, throws. A `HttpFailure` is returned as it is. */
  static ofError(error: unknown, host: string): HttpFailure {
    if (error instanceof HttpFailure) return error;
    const clauses = rootCauses(error).map(clauseOf);
    // What may go better the next time says more than what the other addresses of the host failed with.
    const [clause] = clauses.toSorted((a, b) => Number(a.isUnreachable) - Number(b.isUnreachable) || a.rank - b.rank);
    return new HttpFailure(host, { ...clause, cause: error });
  }
}

const TRANSIENT_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * What the system says at once where there is no network, or nobody at the other end. Of several addresses that fail
 * with several of these the uppermost is told: a refusal says more than that there is no network of IPv6.
 */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  EHOSTUNREACH: "there is no route to it",
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name cannot be looked up",
  EADDRNOTAVAIL: "there is no network",
  ENETUNREACH: "there is no network",
  ENETDOWN: "there is no network",
};

const TIMEOUTS = new Set(["ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

interface Clause extends Pick<FailureFacts, "detail" | "advice"> {
  readonly isTransient: boolean;
  readonly isUnreachable: boolean;
  readonly rank: number;
}

function clauseOf(cause: unknown): Clause {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  const rank = Object.keys(UNREACHABLE).indexOf(code);
  const message = printable(cause instanceof Error ? cause.message : String(cause), 200);
  if (/CERT|SIGNATURE|ERR_TLS|ERR_SSL/.test(code)) {
    const detail = `its certificate is not accepted (${message})`;
    const advice = "add its certificate authority with NODE_EXTRA_CA_CERTS";
    return { detail, advice, isTransient: false, isUnreachable: false, rank };
  }
  const known = TIMEOUTS.has(code) ? "it does not answer" : UNREACHABLE[code];
  const isBadPort = message === "bad port"; // one that fetch asks nobody at
  return {
    detail: known ?? `the connection broke off (${message})`,
    isTransient: !isBadPort,
    isUnreachable: isBadPort || rank >= 0,
    rank,
  };
}

/** `fetch` wraps what happened, and where a name has several addresses, that is a list: one for each. */
function rootCauses(error: unknown, depth = 0): readonly unknown[] {
  if (depth < 4 && error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.flatMap((each) => rootCauses(each, depth + 1));
  }
  const isWrapped = depth < 4 && error instanceof Error && error.cause !== undefined;
  return isWrapped ? rootCauses(error.cause, depth + 1) : [error];
}

/** `Retry-After` in seconds or as a date, or the `t=` of the hub's `RateLimit`, in milliseconds. */
function readRetryAfter(headers: Headers): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? /(?:^|[;,\s])t=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1];
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
