/**
 * The data of each event of a stream of server-sent events (HTML standard, 9.2.6), as they arrive.
 * @param body UTF-8, cut anywhere
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += decoder.decode(value, { stream: !done });
      // A carriage return at the end may be the first half of a line's end.
      const complete = done ? rest : rest.replace(/\r$/, "");
      const held = rest.slice(complete.length);
      const lines = complete.split(/\r\n|\n|\r/);
      rest = (lines.pop() ?? "") + held;
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield data.join("\n");
          data = [];
        } else if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
      }
      if (done) return;
    }
  } finally {
    // Who stops reading lets the server stop, too.
    await reader.cancel().catch(() => undefined);
  }
}
