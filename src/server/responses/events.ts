import { newId } from "../answer/usage.js";
import { failureBody } from "../failure.js";
import type { StreamFormat } from "../response/streamed.js";
import { EVENT_STREAM } from "../response/streamed.js";
import { type CallItem, type MessageItem, type OutputItem, outputText } from "./output.js";

/** An event, with its name in the stream. */
export interface ResponseEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Events with names, and no mark at the end. */
export const RESPONSE_STREAM: StreamFormat = {
  ...EVENT_STREAM,
  item: (value) => `event: ${(value as ResponseEvent).type}\ndata: ${JSON.stringify(value)}\n\n`,
  failure: (failure) => {
    const { message, param = null, type: code } = failure;
    return `event: error\ndata: ${JSON.stringify({ type: "error", code, message, param, ...failureBody(failure) })}\n\n`;
  },
  end: "",
};

/** A delta of {@link CallStream}. */
export interface ChatDelta {
  readonly content?: string;
  readonly tool_calls?: readonly {
    readonly index: number;
    readonly id?: string;
    readonly function: { readonly name?: string; readonly arguments: string };
  }[];
}

/** Makes the events of the items of a response out of the deltas of a chat's answer. */
export class ItemEvents {
  readonly items: OutputItem[] = [];
  /** Places of calls in `items`, by their index among calls. */
  readonly #calls: number[] = [];
  #open: number | undefined;

  *push({ content, tool_calls: calls = [] }: ChatDelta): Generator<ResponseEvent, void, undefined> {
    if (content !== undefined && content !== "") yield* this.#say(content);
    for (const { index, id, function: called } of calls) {
      if (id !== undefined) yield* this.#begin(callItem(id, called.name ?? ""), index);
      if (called.arguments !== "") yield* this.#extend(this.#calls[index] ?? 0, called.arguments);
    }
  }

  /** Ends what is open; an answer that said nothing and called nothing is an empty message. */
  *end(isWhole: boolean): Generator<ResponseEvent, void, undefined> {
    if (this.items.length === 0) yield* this.#begin(messageItem());
    yield* this.#close(isWhole);
  }

  *#say(delta: string): Generator<ResponseEvent, void, undefined> {
    const isOpen = this.#open !== undefined && this.items[this.#open]?.type === "message";
    if (!isOpen) yield* this.#begin(messageItem());
    yield* this.#extend(this.items.length - 1, delta);
  }

  *#begin(item: OutputItem, call?: number): Generator<ResponseEvent, void, undefined> {
    yield* this.#close(true);
    const output_index = this.items.length;
    this.items.push(item);
    this.#open = output_index;
    if (call !== undefined) this.#calls[call] = output_index;
    yield {
      type: "response.output_item.added",
      output_index,
      item: item.type === "message" ? { ...item, content: [] } : item,
    };
    if (item.type !== "message") return;
    yield {
      type: "response.content_part.added",
      item_id: item.id,
      output_index,
      content_index: 0,
      part: outputText(""),
    };
  }

  *#extend(output_index: number, delta: string): Generator<ResponseEvent, void, undefined> {
    const item = this.items[output_index];
    if (item?.type === "message") {
      const text = (item.content[0]?.text ?? "") + delta;
      this.items[output_index] = { ...item, content: [outputText(text)] };
      const place = { item_id: item.id, output_index, content_index: 0 };
      yield { type: "response.output_text.delta", ...place, delta, logprobs: [] };
    } else if (item !== undefined) {
      this.items[output_index] = { ...item, arguments: item.arguments + delta };
      yield { type: "response.function_call_arguments.delta", item_id: item.id, output_index, delta };
    }
  }

  *#close(isWhole: boolean): Generator<ResponseEvent, void, undefined> {
    const output_index = this.#open;
    if (output_index === undefined) return;
    this.#open = undefined;
    const item = { ...this.items[output_index], status: isWhole ? "completed" : "incomplete" } as OutputItem;
    this.items[output_index] = item;
    if (item.type === "message") {
      const place = { item_id: item.id, output_index, content_index: 0 };
      const [part = outputText("")] = item.content;
      yield { type: "response.output_text.done", ...place, text: part.text, logprobs: [] };
      yield { type: "response.content_part.done", ...place, part };
    } else {
      const { id: item_id, name, arguments: written } = item;
      yield { type: "response.function_call_arguments.done", item_id, output_index, name, arguments: written };
    }
    yield { type: "response.output_item.done", output_index, item };
  }
}

function messageItem(): MessageItem {
  return { type: "message", id: newId("msg_"), status: "in_progress", role: "assistant", content: [outputText("")] };
}

function callItem(id: string, name: string): CallItem {
  return { type: "function_call", id: newId("fc_"), call_id: `call_${id}`, name, arguments: "", status: "in_progress" };
}
