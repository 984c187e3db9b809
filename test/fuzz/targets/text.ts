import { decodeText } from "#dist/files/text.js";
import { isRefusal, type Target, texts } from "../target.js";

/** A text file: UTF-8 comes back whole, anything else is refused with its encoding. */
export const text: Target = {
  name: "text",
  modules: ["/files/text"],
  seeds: () => [
    ...texts("plain\n", "\ufeffmarked", "Gr\u00fc\u00dfe"),
    Uint8Array.of(0xff, 0xfe, 65, 0),
    Uint8Array.of(71, 114, 252, 0xdf),
  ],
  words: [
    Uint8Array.of(0xff, 0xfe),
    Uint8Array.of(0xfe, 0xff),
    Uint8Array.of(0xef, 0xbb, 0xbf),
    Uint8Array.of(0),
    Uint8Array.of(0xe4),
  ],
  run(input) {
    try {
      const decoded = decodeText(input, "input");
      const bytes = Buffer.from(input);
      const marked = bytes.subarray(0, 3).equals(Buffer.from("\ufeff"));
      if (!Buffer.from(decoded).equals(bytes.subarray(marked ? 3 : 0)))
        throw new Error("the text is not what was there");
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  },
};
