import { serverEvents } from "#dist/event-stream.js";
import { type Target, texts } from "../target.js";

async function eventsOf(input: Uint8Array, size: number): Promise<string> {
  async function* chunks() {
    for (let at = 0; at < input.length; at += size) yield input.subarray(at, at + size);
  }
  const events: string[] = [];
  for await (const event of serverEvents(chunks())) events.push(event);
  return JSON.stringify(events);
}

/** What a server streams: the same events wherever the network cuts it. */
export const events: Target = {
  name: "events",
  modules: ["/event-stream"],
  seeds: () =>
    texts('data: {"choices": []}\n\ndata: [DONE]\n\n', ": x\r\n\r\nevent: a\rdata: b\rdata:c\r\r", "data\n\n"),
  words: texts("data", "data:", "data: ", ":", "\n", "\r", "\r\n", "\n\n", "\ufeff", "ü", "😀", "event: "),
  async run(input) {
    const whole = await eventsOf(input, Math.max(1, input.length));
    for (const size of [1, 2, 3, 7]) {
      if ((await eventsOf(input, size)) !== whole) throw new Error(`other events where chunks have ${size} bytes`);
    }
  },
};
