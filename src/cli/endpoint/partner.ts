import { printable } from "../../errors.js";
import type { Answer, Partner } from "../chat/partner.js";
import type { Settings } from "../chat/settings.js";
import type { Terminal } from "../terminal.js";
import type { Endpoint } from "./address.js";
import type { RemoteAnswer } from "./answer.js";
import { RemoteChat } from "./chat.js";
import { onlyModel } from "./client.js";
import { requestOptions } from "./request-options.js";

/**
 * A server that answers. Where no model is named, it is asked which it has.
 * @throws LlamaError `option` for settings that a server would ignore; as {@link onlyModel}
 */
export async function remotePartner(
  terminal: Terminal,
  endpoint: Endpoint,
  named: string | undefined,
  system: string | undefined,
  settings: Settings,
  signal: AbortSignal,
): Promise<Partner> {
  requestOptions(settings.sendOptions);
  const model = named ?? (await asked(terminal, endpoint, signal));
  const line = `${printable(model, 128)} at ${endpoint.base}`;
  return { chat: new RemoteChat(endpoint, model, system), line, facts: [line], report: reportOf };
}

/** The members of `--json`; of tokens a server tells the number alone. */
export function reportOf(answer: Answer): object {
  const { text, model, finishReason, seed, promptTokens, tokens, stats } = answer as RemoteAnswer;
  const usage = { promptTokens: promptTokens.length, tokens: tokens.length };
  const { promptMs, promptPerSecond, generateMs, tokensPerSecond } = stats;
  return {
    text,
    model,
    finishReason,
    seed,
    usage,
    stats: { promptMs, promptPerSecond, generateMs, tokensPerSecond },
  };
}

async function asked(terminal: Terminal, endpoint: Endpoint, signal: AbortSignal): Promise<string> {
  const spinner = await terminal.spinner("Asking the server for its model");
  try {
    return await onlyModel(endpoint, signal);
  } finally {
    spinner.stop();
  }
}
