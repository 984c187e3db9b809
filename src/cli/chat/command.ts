import type { Command } from "commander";
import type { Terminal } from "../terminal.js";
import { addChatOptions, type ChatFlags } from "./flags.js";

/** `llama2 chat`: a conversation. */
export function addChatCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  const command = program
    .command("chat")
    .description("chat with a model; each line piped in is one turn")
    .argument("[words...]", "the model's file, unless -m names it, and one message to answer");
  addChatOptions(command);
  command.action(async (words: string[], flags: ChatFlags) => {
    // Loaded only here, for 40 ms that other commands need not take to start.
    const { runChat } = await import("./run-chat.js");
    await runChat(terminal, words, flags, command, signal);
  });
}
