import type { SendOptions } from "../../chat/options.js";
import { flushed, isOutputGone } from "../interrupt.js";
import { counted, tokensPerSecond } from "../show/amounts.js";
import { toJson } from "../show/json.js";
import { Spinner, type Terminal } from "../terminal.js";
import type { Endpoint } from "./address.js";
import { RemoteAnswer } from "./answer.js";
import { onlyModel } from "./client.js";
import { reportOf } from "./partner.js";
import { requestOptions } from "./request-options.js";

/** How a text is continued by a server, and shown. */
export interface RemoteGeneration {
  readonly endpoint: Endpoint;
  /** Its name there; where there is none, the server is asked. */
  readonly model: string | undefined;
  readonly prompt: string;
  readonly options: SendOptions;
  readonly isJson: boolean;
  readonly showsStats: boolean;
  /** Called before the first piece of the answer. */
  readonly onFirst: () => void;
}

/** `llama2 generate --endpoint`: continues a text elsewhere. */
export async function generateRemotely(
  terminal: Terminal,
  { endpoint, model: named, prompt, options, isJson, showsStats, onFirst }: RemoteGeneration,
  signal: AbortSignal,
): Promise<void> {
  requestOptions(options);
  const spinner = isJson ? new Spinner() : await terminal.spinner("Waiting for the server");
  let answer: RemoteAnswer;
  try {
    const model = named ?? (await onlyModel(endpoint, signal));
    answer = new RemoteAnswer({ endpoint, model, prompt }, { ...options, signal });
    let isFirst = true;
    for await (const text of answer) {
      if (isFirst) {
        spinner.stop();
        onFirst();
      }
      isFirst = false;
      if (!isJson) terminal.print(text);
    }
    if (!isJson && !isFirst) terminal.write("\n");
  } finally {
    spinner.stop();
  }
  if (isJson) terminal.write(`${toJson(reportOf(answer))}\n`);
  else if (showsStats) {
    await flushed(terminal.streams.stdout);
    if (isOutputGone(signal)) return;
    const { tokens, stats } = answer;
    const speed = `generated ${counted(tokens.length, "token")}, ${tokensPerSecond(stats.tokensPerSecond)}`;
    terminal.note(terminal.style("dim", speed));
  }
}
