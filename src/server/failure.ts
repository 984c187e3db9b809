import { LlamaError, type LlamaErrorCode } from "../errors.js";

/** The kinds of errors of OpenAI's API and of llama.cpp's server, with their statuses. */
const STATUSES = {
  invalid_request_error: 400,
  exceed_context_size_error: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  server_error: 500,
  not_supported_error: 501,
  unavailable_error: 503,
} as const;

export type FailureType = keyof typeof STATUSES;

/** A request that is not answered as it asks, told in a sentence. */
export class RequestFailure extends Error {
  override readonly name = "RequestFailure";
  readonly type: FailureType;
  readonly status: number;
  /** The field of the request that is wrong. */
  readonly param: string | undefined;

  constructor(
    type: FailureType,
    message: string,
    { param, status = STATUSES[type] }: { param?: string | undefined; status?: number } = {},
  ) {
    super(message);
    this.type = type;
    this.status = status;
    this.param = param;
  }
}

/** A request whose field is wrong. */
export function wrongField(param: string, message: string): RequestFailure {
  return new RequestFailure("invalid_request_error", message, { param });
}

const TYPES: Partial<Record<LlamaErrorCode, FailureType>> = {
  option: "invalid_request_error",
  grammar: "invalid_request_error",
  template: "invalid_request_error",
  answer: "server_error",
  context: "exceed_context_size_error",
  unsupported: "not_supported_error",
  memory: "unavailable_error",
  disposed: "unavailable_error",
};

/** What a request failed of. What nobody foresaw is told of without its details, which are the server's own. */
export function failureOf(error: unknown): RequestFailure {
  if (error instanceof RequestFailure) return error;
  if (error instanceof LlamaError) return new RequestFailure(TYPES[error.code] ?? "server_error", error.message);
  return new RequestFailure("server_error", "The server failed to answer; its log says more.");
}

/** The error of ollama's API. */
export function ollamaFailureBody({ message }: RequestFailure): object {
  return { error: message };
}

/** The error of OpenAI's API, with the status as llama.cpp's server has it beside. */
export function failureBody({ message, type, param, status }: RequestFailure): object {
  return { error: { message, type, param: param ?? null, code: status } };
}
