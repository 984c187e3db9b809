import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatMessage } from "#dist/chat/message.js";
import { JinjaTemplate } from "#dist/chat/templates/jinja-template.js";
import { LlamaError } from "#dist/errors.js";
import { isWhole } from "../../helpers/long.js";

const MESSAGES: readonly ChatMessage[] = [{ role: "user", content: "Hi" }];

async function render(source: string, messages = MESSAGES): Promise<string> {
  const template = new JinjaTemplate("file", source, { bos: "<s>", eos: "</s>" });
  try {
    return await template.render(messages);
  } finally {
    template.dispose();
  }
}

const refusal = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof LlamaError, String(error));
  assert.equal(error.code, "template");
  assert.match(error.message, pattern);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(error.message, /[\u0000-\u001f\u007f-\u009f]/);
  return true;
};

/** Sets ns.v to what thirty doublings make of it. */
const doubled = (start: string, doubling: string) =>
  `{% set ns = namespace(v=${start}) %}{% for i in range(60) %}{% set ns.v = ${doubling} %}{% endfor %}`;

const ENDLESS = "{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}";

const BOMBS: Readonly<Record<string, readonly [source: string, reason: RegExp]>> = {
  "a loop without end": [ENDLESS, /longer than|steps/],
  "sorting without end": [
    "{% for i in range(9999) %}{% set x = range(99999) | sort %}{% endfor %}",
    /longer than|steps/,
  ],
  "range(1e9)": ["{% for i in range(1000000000) %}x{% endfor %}", /items/],
  "range of no number": ["{% for i in range('a') %}x{% endfor %}", /items/],
  "a text that doubles": [`${doubled("'abc'", "ns.v + ns.v")}{{ ns.v }}`, /characters/],
  "a text that doubles by ~": [`${doubled("'abc'", "ns.v ~ ns.v")}{{ ns.v }}`, /characters/],
  "a text that replace squares": [`${doubled("'aaaa'", "ns.v | replace('a', ns.v)")}{{ ns.v }}`, /characters/],
  "a text that indent blows up": [`${doubled("'a\\na'", "ns.v | indent(99999)")}{{ ns.v }}`, /characters/],
  "a list that doubles": [`${doubled("[1, 2]", "ns.v + ns.v")}{{ ns.v }}`, /items/],
  "a list of lists of lists": [`${doubled("[1, 2]", "[ns.v, ns.v]")}{{ ns.v | tojson }}`, /characters|memory|longer/],
  "10 MB of output": [
    "{% for i in range(99999) %}{{ 'x'.ljust(100) }}0123456789012345678901234567890{% endfor %}",
    /./,
  ],
  "wide indentation": ["{{ {'a': [1]} | tojson(indent=1000000000) }}", /characters/],
  "a macro that calls itself": ["{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}", /deep/],
  "sixty thousand parentheses": [`{{ ${"(".repeat(60_000)}1${")".repeat(60_000)} }}`, /deep/],
  "thirty thousand negations": [`{{ ${"not ".repeat(30_000)}1 }}`, /deep/],
  "a value that contains itself": [
    "{% set ns = namespace() %}{% set ns.d = {'a': ns} %}{{ ns | string }}{{ ns }}",
    /./,
  ],
};

for (const [name, [source, reason]] of Object.entries(BOMBS)) {
  test(`stops ${name}`, async () => {
    const template = new JinjaTemplate("file", source, { bos: "", eos: "" });
    const first = await template.render(MESSAGES).catch((error: unknown) => error);
    assert.ok(refusal(reason)(first));
    // What had to be stopped from outside is not tried again.
    const again = /takes/.test(String(first)) ? template.render(MESSAGES).catch((error: unknown) => error) : first;
    assert.equal(await again, first);
    template.dispose();
  });
}
test("refuses a source of a size that no template has", () => {
  assert.throws(
    () => new JinjaTemplate("file", "x".repeat(200_000), { bos: "", eos: "" }),
    refusal(/200000 characters/),
  );
});

test("gives templates no way to JavaScript's own objects", async () => {
  assert.equal(await render("{{ messages[0]['__proto__'] }}|{{ messages[0].constructor }}|{{ ''.constructor }}"), "||");
  await assert.rejects(render("{{ messages.constructor.constructor('return process')() }}"), refusal(/./));
  await assert.rejects(render("{{ ''['constructor']['constructor']('return 1')() }}"), refusal(/./));
  await assert.rejects(render("{% set messages[0].__proto__ = 3 %}"), refusal(/./));
  await assert.rejects(render("{% include '/etc/hostname' %}"), refusal(/./));
  await assert.rejects(render("{% import 'fs' as fs %}"), refusal(/./));
});

test("says what a damaged or unwilling template says, without its control characters", async () => {
  await assert.rejects(render("{% for"), refusal(/cannot write this conversation/));
  await assert.rejects(render("{{ raise_exception('no \\u001b[31m') }}"), refusal(/no .*; choose another template\.$/));
  await assert.rejects(render("{{ raise_exception('\u001b[2Jno') }}"), refusal(/\\u001b\[2Jno/));
});

test("an unwilling template goes on to serve other conversations", async () => {
  const source =
    "{% if messages[0].content == 'a' %}{{ raise_exception('not a') }}{% endif %}{{ messages[0].content }}";
  const template = new JinjaTemplate("file", source, { bos: "", eos: "" });
  await assert.rejects(template.render([{ role: "user", content: "a" }]), refusal(/not a/));
  assert.equal(await template.render([{ role: "user", content: "b" }]), "b");
  template.dispose();
  await assert.rejects(template.render(MESSAGES), (error) => error instanceof LlamaError && error.code === "disposed");
});

test("a conversation that cannot be written changes nothing for those beside it", async () => {
  const source =
    "{% if tools is not none %}tools {% endif %}{% for m in messages %}" +
    "{% if m.role == 'system' %}{{ raise_exception('No.') }}{% endif %}{{ m.content }}{% endfor %}";
  const template = new JinjaTemplate("file", source, { bos: "<s>", eos: "</s>" });
  const unwilling = () => template.render([{ role: "system", content: "x" }, ...MESSAGES]);
  const [refused, ...written] = await Promise.allSettled([
    unwilling(),
    ...Array.from({ length: 5 }, () => template.render(MESSAGES)),
  ]);
  assert.equal(refused?.status, "rejected");
  for (const result of written) assert.deepEqual(result, { status: "fulfilled", value: "Hi" });
  await assert.rejects(unwilling());
  assert.equal(await template.render(MESSAGES), "Hi");
  template.dispose();
});

test("a template that wants a list of tools where there are none gets one from then on", async () => {
  const template = new JinjaTemplate("file", "{{ tools | length }}", { bos: "<s>", eos: "</s>" });
  assert.deepEqual(await Promise.all([template.render(MESSAGES), template.render(MESSAGES)]), ["0", "0"]);
  template.dispose();
});

test("a template is not at fault where this thread was busy for longer than it may take", {
  skip: !isWhole,
}, async () => {
  const template = new JinjaTemplate("file", "{{ messages[0].content }}", { bos: "<s>", eos: "</s>" });
  await template.render(MESSAGES);
  // Of two immediates the second comes when the first has posted its request, and before any message or timer.
  const rendered = new Promise<string>((resolve, reject) => {
    setImmediate(() => void template.render(MESSAGES).then(resolve, reject));
  });
  setImmediate(() => {
    const end = performance.now() + 5600;
    while (performance.now() < end);
  });
  assert.equal(await rendered, "Hi");
  assert.equal(await template.render(MESSAGES), "Hi");
  template.dispose();
});

test("what a long conversation takes too much is its own fault: others are still written", async () => {
  const source =
    "{% for a in messages %}{% if a.role == 'user' %}{% for b in messages %}{% endfor %}{% endif %}{% endfor %}{{ messages[0].content }}";
  const template = new JinjaTemplate("file", source, { bos: "", eos: "" });
  const many = Array.from({ length: 3000 }, (): ChatMessage => ({ role: "user", content: "a" }));
  const [long, short] = await Promise.allSettled([template.render(many), template.render(MESSAGES)]);
  assert.ok(long.status === "rejected" && refusal(/so long a conversation: it takes .*; shorten it\.$/)(long.reason));
  assert.deepEqual(short, { status: "fulfilled", value: "Hi" });
  assert.equal(await template.render(MESSAGES), "Hi");
  template.dispose();
});

test("a long conversation is no bomb", async () => {
  const source = "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] | trim + eos_token }}{% endfor %}";
  const content = "word ".repeat(1000).trim();
  const messages = Array.from(
    { length: 1000 },
    (_, i): ChatMessage => ({ role: i % 2 ? "assistant" : "user", content }),
  );
  const text = await render(source, messages);
  assert.equal(text.length, 500 * (content.length * 2 + "<|user|></s><|assistant|></s>".length));
});

test("blocks take their line with them, as Hugging Face's tokenizers set Jinja", async () => {
  assert.equal(await render("a\n  {% if true %}\n  b\n  {% endif %}\nc\n"), "a\n  b\nc");
});

test("knows the day, as some templates want it", async () => {
  assert.equal(await render("{{ strftime_now('%Y %%') }}"), `${new Date().getFullYear()} %`);
});
