import { perSecond } from "../generation/generation.js";

/** What Prometheus is told, by the names of llama.cpp's server. */
export class Metrics {
  #promptTokens = 0;
  #promptMs = 0;
  #tokens = 0;
  #generateMs = 0;
  #answers = 0;

  /** @param promptTokens that were evaluated, without those that a KV cache held */
  count(promptTokens: number, promptMs: number, tokens: number, generateMs: number): void {
    this.#promptTokens += promptTokens;
    this.#promptMs += promptMs;
    this.#tokens += tokens;
    this.#generateMs += generateMs;
    this.#answers++;
  }

  /** Of a request without an answer, such as for an embedding. */
  countPrompt(tokens: number, milliseconds: number): void {
    this.#promptTokens += tokens;
    this.#promptMs += milliseconds;
  }

  /** In Prometheus' text format. */
  text(busy: number, waiting: number): string {
    return [
      ...metric("prompt_tokens_total", "counter", "Prompt tokens that were evaluated.", this.#promptTokens),
      ...metric("prompt_seconds_total", "counter", "Seconds that evaluating prompts took.", this.#promptMs / 1000),
      ...metric("tokens_predicted_total", "counter", "Tokens that were generated.", this.#tokens),
      ...metric("tokens_predicted_seconds_total", "counter", "Seconds that took.", this.#generateMs / 1000),
      ...metric("answers_total", "counter", "Answers that were generated.", this.#answers),
      ...metric(
        "prompt_tokens_seconds",
        "gauge",
        "Prompt tokens a second, on average.",
        perSecond(this.#promptTokens, this.#promptMs),
      ),
      ...metric(
        "predicted_tokens_seconds",
        "gauge",
        "Generated tokens a second of one answer, on average.",
        perSecond(this.#tokens, this.#generateMs),
      ),
      ...metric("requests_processing", "gauge", "Answers that are computed.", busy),
      ...metric("requests_deferred", "gauge", "Requests that wait for their turn.", waiting),
      "",
    ].join("\n");
  }
}

function metric(name: string, type: string, help: string, value: number): string[] {
  return [`# HELP llamacpp:${name} ${help}`, `# TYPE llamacpp:${name} ${type}`, `llamacpp:${name} ${value}`];
}
