import { randomModel } from "#dist/benchmark/random-model.js";
import { getShape } from "#dist/benchmark/shapes.js";
import type { GenerateOptions } from "#dist/generation/options.js";

import { Metadata, type MetadataEntry } from "#dist/gguf/metadata.js";
import { openGguf } from "#dist/gguf/open.js";
import { Llama } from "#dist/llama.js";
import type { Candidates } from "#dist/sampling/candidates.js";
import type { SamplerStep } from "#dist/sampling/step.js";

const SCHEMA = {
  type: "object",
  properties: {
    customer_name: { type: "string" },
    delivery_address: {
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" }, postal_code: { type: "string" } },
      required: ["street", "city", "postal_code"],
      additionalProperties: false,
    },
    order_status: { enum: ["received", "in_progress", "delivered"] },
    total_amount: { type: "number" },
    is_express_delivery: { type: "boolean" },
  },
  required: ["customer_name", "delivery_address", "order_status", "total_amount", "is_express_delivery"],
  additionalProperties: false,
};

const VALUE = JSON.stringify({
  customer_name: "Ada Example",
  delivery_address: { street: "12 Mill Lane", city: "Bern", postal_code: "3011" },
  order_status: "in_progress",
  total_amount: 119.5,
  is_express_delivery: true,
});

const CODE = `import { readOrders, writeReport } from "./files.js";
import { formatPrice } from "./format.js";

/** What all items of an order cost together, in cents. */
export function total(items) {
  let sum = 0;
  for (const item of items) {
    sum += item.price * item.count;
  }
  return sum;
}

/** An order as it is printed: a line for each item, and the total. */
export function describe(order) {
  const lines = order.items.map((item) => \`\${item.count} x \${item.name}: \${formatPrice(item.price)}\`);
  return [...lines, \`Total: \${formatPrice(total(order.items))}\`].join("\\n");
}

/** Orders that were not paid within so many days, the oldest first. */
export function overdue(orders, days, now = Date.now()) {
  const limit = now - days * 24 * 60 * 60 * 1000;
  return orders
    .filter((order) => !order.isPaid && order.date < limit)
    .sort((a, b) => a.date - b.date);
}

export async function main(path) {
  const orders = await readOrders(path);
  for (const order of overdue(orders, 30)) {
    await writeReport(order.id, describe(order));
  }
}
`;

const STORY = `Once there was a small boat that lay by the river. Every morning the wind asked it to come along, and every
morning the boat said that its rope was too strong. One day a girl untied the knot to look at it, and before she could
tie it again the boat had gone. It saw a mill, two bridges and the open lake. In the evening it came back by itself, for
nobody had told it a story on the way.`;

/** Makes a model of random weights write a text: whatever it thinks, the next of these tokens is the likeliest. */
class Dictation implements SamplerStep {
  readonly name = "dictation";
  readonly #ids: readonly number[];
  #at: number;

  /** @param prompt tokens before the first of them */
  constructor(ids: readonly number[], prompt: number) {
    this.#ids = ids;
    this.#at = -prompt;
  }

  apply({ ids, logits }: Candidates): void {
    const wanted = this.#ids[this.#at];
    const index = wanted === undefined ? -1 : ids.indexOf(wanted);
    if (index >= 0) logits[index] = 1e6;
  }

  accept(): void {
    this.#at++;
  }
}

/**
 * Tokens a second of answers that are the same, token by token: JSON with and without its grammar, code that repeats
 * its prompt and a story with and without guessing.
 * @param files a GGUF file with a vocabulary, and a shape, joined by a comma; a made-up vocabulary is not of words
 */
export async function benchForms(files = ""): Promise<void> {
  const [vocabulary = "", shape = "1.1b"] = files.split(",");
  const model = randomModel(getShape(shape), "q4_0");
  const entries = new Map<string, MetadataEntry>(model.file.metadata);
  if (vocabulary !== "") {
    for (const [key, entry] of openGguf(vocabulary).metadata) {
      if (key.startsWith("tokenizer.")) entries.set(key, entry);
    }
  }
  const file = { ...model.file, metadata: new Metadata(entries) };
  const llama = await Llama.fromFile(file, { contextSize: 2048 }, model.origin);
  try {
    const edit = `Rename the function describe to print.\n\n${CODE}\n\n`;
    const edited = CODE.replaceAll("describe", "print");
    const trials: readonly (readonly [name: string, prompt: string, answer: string, options: GenerateOptions])[] = [
      ["JSON, by a grammar", "An order:\n", VALUE, { jsonSchema: SCHEMA }],
      ["edited code, guessed", edit, edited, { speculation: "ngram" }],
      ["a story, guessed", "A story:\n", STORY, { speculation: "ngram" }],
    ];
    const table: Record<string, object> = {};
    for (const [name, prompt, answer, options] of trials) {
      const ratios: number[] = [];
      let [plain, fast] = [0, 0];
      for (let round = 0; round < 5; round++) {
        plain = await speed(llama, prompt, answer, {});
        fast = await speed(llama, prompt, answer, options);
        ratios.push(fast / plain);
      }
      const [least, , median, , most] = ratios.sort((a, b) => a - b) as [number, number, number, number, number];
      table[name] = {
        "plain, tok/s": plain.toFixed(1),
        "tok/s": fast.toFixed(1),
        over: median.toFixed(2),
        from: least.toFixed(2),
        to: most.toFixed(2),
      };
    }
    console.log(`answers of a form, random ${shape} Q4_0, ${llama.threads} threads, ${llama.kernels}`);
    console.table(table);
  } finally {
    await llama.dispose();
  }
}

async function speed(llama: Llama, prompt: string, answer: string, options: GenerateOptions): Promise<number> {
  const { tokenizer } = llama;
  const ids = tokenizer.encode(answer, { addBos: false, addSpacePrefix: false });
  const asked = tokenizer.encode(prompt);
  const steps = [new Dictation(ids, asked.length)];
  const generation = llama.generate(asked, { ...options, temperature: 0, maxTokens: ids.length, steps });
  for await (const _ of generation);
  if (generation.text !== answer) throw new RangeError(`dictated ${answer}, and was told ${generation.text}`);
  return generation.stats.tokensPerSecond;
}
