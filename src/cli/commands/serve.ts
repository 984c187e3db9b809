import type { Command } from "commander";
import { LlamaError, printable } from "../../errors.js";
import { addLoadOptions } from "../flags/load.js";
import { collect, wholeNumberFrom } from "../flags/values.js";
import { modelAndWords, modelOrBundled } from "../model.js";
import { runServe, type ServeFlags } from "../serve/run-serve.js";
import type { Terminal } from "../terminal.js";

const PORT = wholeNumberFrom(0, 65_535);
const PARALLEL = wholeNumberFrom(1, 256);
const QUEUE = wholeNumberFrom(0, 100_000);

/** `llama2 serve`: a model for programs that speak to OpenAI, llama.cpp's server or ollama. */
export function addServeCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  const command = program
    .command("serve")
    .description("answer clients of OpenAI, llama.cpp's server and ollama, and show a page for chats")
    .argument("[model]", "the model's file, unless -m names it");
  addLoadOptions(command)
    .optionsGroup("Server:")
    .option("--host <address>", "address to listen at", "127.0.0.1")
    .option("--port <port>", "port to listen at, 0 is any that is free", PORT, 8080)
    .option("--parallel <count>", "answers computed at once, each with a KV cache (4)", PARALLEL)
    .option("--queue <count>", "requests that may wait for their turn (256)", QUEUE)
    .option("--embedding, --embeddings", "give embeddings, and answer nothing else")
    .option("-a, --alias <name>", "name that the model has for clients (that of its file)")
    .option("--api-key <key>", "ask for this key (repeatable; other users of this machine can see it)", collect)
    .option("--api-key-file <file>", "ask for one of the keys in this file, one a line")
    .option("--allowed-host <name>", "answer requests by this name, too (repeatable)", collect)
    .option("--allowed-origin <origin>", "let pages of this origin use the server (repeatable)", collect)
    .option("-v, --verbose", "say more about the model and the server");
  command.action(async (word: string | undefined, flags: ServeFlags) => {
    const { model, words } = modelAndWords(word === undefined ? [] : [word], flags);
    const [extra] = words;
    if (extra !== undefined) {
      throw new LlamaError(
        "option",
        `serve takes a model, and ${printable(extra, 100)} is none; give a GGUF file or hf:OWNER/REPO.`,
      );
    }
    await runServe(terminal, modelOrBundled(model, terminal, terminal.streams.env), flags, signal);
  });
}
