import assert from "node:assert/strict";
import { test } from "node:test";
import { settingRows } from "#dist/cli/chat/facts.js";
import { Settings } from "#dist/cli/chat/settings.js";
import { LlamaError } from "#dist/errors.js";
import { nearest } from "#dist/nearest.js";

const settings = () => new Settings({}, { topK: 5 });

test("settings go by the names of their flags, and back to their defaults", () => {
  const subject = settings();
  subject.set("temp", "0.25");
  subject.set("--temperature", "0.5");
  subject.set("top_p", "0.9");
  subject.set("n", "10");
  subject.set("stats", "ON");
  subject.set("logit-bias", "5+1.5 7-inf");
  subject.set("samplers", "top_k;temp");
  subject.set("seed", "3");
  const { temperature, topP, topK, maxTokens, logitBias, samplers } = subject.sendOptions;
  assert.deepEqual([temperature, topP, topK, maxTokens], [0.5, 0.9, 5, 10]);
  assert.deepEqual(
    logitBias,
    new Map([
      [5, 1.5],
      [7, Number.NEGATIVE_INFINITY],
    ]),
  );
  assert.deepEqual(samplers, ["top_k", "temperature"]);
  assert.equal(subject.seed, 3);
  assert.ok(subject.switches.stats);
  assert.equal(subject.row("temperature").value, "0.5");
  assert.ok(!subject.row("temp").isDefault);
  for (const name of ["temp", "top-p", "n-predict", "stats", "logit-bias", "samplers", "seed"]) {
    subject.set(name, "default");
    assert.ok(subject.row(name).isDefault, name);
  }
  assert.equal(subject.row("temp").value, "0.8");
});

test("a setting that is refused stays as it was", () => {
  const subject = settings();
  subject.set("temp", "0.5");
  for (const [name, value] of [
    ["temp", "hot"],
    ["top-p", "7"],
    ["mirostat", "3"],
    ["stats", "yes"],
    ["n", "-3"],
    ["nothing", "1"],
  ] as const) {
    const isOption = (error: unknown) => error instanceof LlamaError && error.code === "option";
    assert.throws(() => subject.set(name, value), isOption, name);
  }
  assert.equal(subject.sendOptions.temperature, 0.5);
  assert.equal(subject.sendOptions.topP, undefined);
});

test("what ends an answer is a setting: the end token, and a text", () => {
  const subject = settings();
  assert.deepEqual([subject.sendOptions.ignoreEos, subject.sendOptions.stop], [false, []]);
  subject.set("ignore-eos", "on");
  subject.set("stop", "User:");
  assert.deepEqual([subject.sendOptions.ignoreEos, subject.sendOptions.stop], [true, ["User:"]]);
  assert.equal(subject.row("reverse-prompt").value, '"User:"');
  for (const text of ["\\n\\n", '"\\n\\n"']) {
    subject.set("stop", text);
    assert.deepEqual(subject.sendOptions.stop, ["\n\n"]);
  }
  subject.set("stop", "default");
  subject.set("ignore_eos", "default");
  assert.deepEqual([subject.sendOptions.ignoreEos, subject.sendOptions.stop], [false, []]);
  assert.deepEqual(new Settings({ stop: ["a", "b"] }, {}).row("stop").value, '"a" "b"');
});

test("a refusal names the setting as it was typed", () => {
  const says = (name: string, value: string, pattern: RegExp) =>
    assert.throws(
      () => settings().set(name, value),
      (error) => error instanceof LlamaError && pattern.test(error.message),
      name,
    );
  says("temp", "-1", /^temp must be 0 or more \(got -1\)\.$/);
  says("--temperature", "-0.5", /^temperature must be 0 or more \(got -0\.5\)\.$/);
  says("stats", "yes", /^stats must be on or off \(got "yes"\)\.$/);
  says("n", "-5", /^n must be a whole number of tokens, or -1 for no limit \(got -5\)\.$/);
});

test("-2 tokens are no limit, as llama.cpp has it", () => {
  assert.equal(new Settings({ maxTokens: -2 }, {}).sendOptions.maxTokens, -1);
});

test("the table marks what was changed, and can be of that alone", () => {
  const subject = settings();
  const marked = settingRows(subject).filter(([left]) => left.startsWith("*"));
  assert.equal(marked.length, 1);
  assert.match(marked[0]?.[0] ?? "", /^\* top-k +5$/);
  assert.match(settingRows(subject, { changedOnly: true })[0]?.[0] ?? "", /^\* top-k {2}5$/);
  assert.match(settingRows(subject).find(([left]) => left.includes(" stop "))?.[0] ?? "", /^ {2}stop +none$/);
});

test("the nearest name is the one that was meant, if any was", () => {
  const names = ["help", "set", "show", "save", "system", "temp", "top-k"];
  assert.equal(nearest("hlep", names), "help");
  assert.equal(nearest("sys", names), "system");
  assert.equal(nearest("shwo", names), "show");
  assert.equal(nearest("tpo-k", names), "top-k");
  assert.equal(nearest("xyzzy", names), undefined);
  assert.equal(nearest("x".repeat(1e6), names), undefined);
});
