export { LlamaError, type LlamaErrorCode } from "./errors.js";
