import { parsePartialJson } from "../typed/partial-json.js";
import { factsOf, type ToolFormat } from "./format.js";
import { type JsonMember, membersOf, skipSpace, valuesOfList } from "./json-members.js";

/** A call before anything is known of its tool. */
export interface WrittenCall {
  readonly id: string | undefined;
  readonly name: string;
  readonly argumentsText: string;
  readonly isWhole: boolean;
}

/** An answer divided. */
export interface WrittenAnswer {
  readonly content: string;
  /** The last may have come in part; where not even its name has, it is left out. */
  readonly calls: readonly WrittenCall[];
  /** Whether every call has come to its end. */
  readonly isWhole: boolean;
}

/**
 * Reads an answer, or where `partial` is true the beginning of one.
 * @throws SyntaxError where a call is badly written
 */
export type CallReader = (text: string, partial: boolean) => WrittenAnswer;

export function readerOf(format: ToolFormat, isJson: boolean): CallReader {
  const { trigger = "", argumentsKey } = factsOf(format);
  switch (format) {
    case "hermes":
      return marked(trigger, isJson, (text, at) =>
        readEach(text, at, trigger, (from) => hermesCall(text, from, argumentsKey)),
      );
    case "functionary-3.1":
      return marked(trigger, isJson, (text, at) => readEach(text, at, trigger, (from) => functionaryCall(text, from)));
    case "mistral":
      return marked(trigger, isJson, (text, at) => readList(text, skipSpace(text, at), argumentsKey));
    case "llama-3.1":
      return (text, partial) => readLlama(text, partial, argumentsKey);
    case "generic":
      return (text) => readGeneric(text, argumentsKey, isJson);
  }
}

type Calls = Omit<WrittenAnswer, "content">;

/** A call, and where it ends; `end` is undefined where the text ends before it. */
interface ReadCall {
  readonly call: WrittenCall | undefined;
  readonly end: number | undefined;
}

/** Says what stands in front of a marker, and reads calls behind it. */
function marked(trigger: string, isJson: boolean, read: (text: string, at: number) => Calls): CallReader {
  return (text, partial) => {
    // In a text of JSON the marker is a text like any other.
    const start = skipSpace(text, 0);
    const at = isJson && !text.startsWith(trigger, start) ? -1 : text.indexOf(trigger);
    if (at >= 0) return { content: text.slice(0, at).trimEnd(), ...read(text, at + trigger.length) };
    if (!partial || (isJson && !trigger.startsWith(text.slice(start))))
      return { content: text, calls: [], isWhole: true };
    // The beginning of a marker may become one, and space in front of one is no part of what is said.
    return { content: withoutBeginning(text, trigger).trimEnd(), calls: [], isWhole: true };
  };
}

/** The text without what stands at its end and may go on to be the word. */
function withoutBeginning(text: string, word: string): string {
  for (let length = Math.min(word.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(word.slice(0, length))) return text.slice(0, -length);
  }
  return text;
}

/** Calls that each have a marker in front. */
function readEach(text: string, at: number, trigger: string, read: (from: number) => ReadCall): Calls {
  const calls: WrittenCall[] = [];
  for (let from = at; ; ) {
    const { call, end } = read(from);
    if (call !== undefined) calls.push(call);
    if (end === undefined) return { calls, isWhole: false };
    const next = skipSpace(text, end);
    // What a model says behind its calls is about answers that it has not got yet.
    if (!text.startsWith(trigger, next)) return { calls, isWhole: true };
    from = next + trigger.length;
  }
}

function hermesCall(text: string, from: number, argumentsKey: string): ReadCall {
  const start = skipSpace(text, from);
  if (start === text.length) return { call: undefined, end: undefined };
  const { items, end, isWhole } = membersOf(text, start);
  const call = callOf(items, isWhole, argumentsKey);
  const close = "</tool_call>";
  const behind = skipSpace(text, end);
  if (!isWhole || behind === text.length) return { call, end: isWhole ? end : undefined };
  // The marker may be a control token of which there is no text.
  return { call, end: text.startsWith(close, behind) ? behind + close.length : end };
}

function functionaryCall(text: string, from: number): ReadCall {
  const nameEnd = text.indexOf(">", from);
  if (nameEnd < 0) return { call: undefined, end: undefined };
  const name = text.slice(from, nameEnd);
  const start = skipSpace(text, nameEnd + 1);
  if (start === text.length) {
    return { call: { id: undefined, name, argumentsText: "", isWhole: false }, end: undefined };
  }
  const { end, isWhole } = membersOf(text, start);
  const call = { id: undefined, name, argumentsText: text.slice(start, end), isWhole };
  const close = "</function>";
  const behind = skipSpace(text, end);
  if (!isWhole) return { call, end: undefined };
  return { call, end: text.startsWith(close, behind) ? behind + close.length : end };
}

function readList(text: string, at: number, argumentsKey: string): Calls {
  if (at === text.length) return { calls: [], isWhole: false };
  const { items, isWhole } = valuesOfList(text, at);
  const calls = items.flatMap((from) => {
    const read = membersOf(text, from);
    return callOf(read.items, read.isWhole, argumentsKey) ?? [];
  });
  return { calls, isWhole };
}

const PYTHON_TAG = "<|python_tag|>";

function readLlama(text: string, partial: boolean, argumentsKey: string): WrittenAnswer {
  const said = { content: text, calls: [], isWhole: true };
  const tagged = text.trimStart();
  const isTagged = tagged.startsWith(PYTHON_TAG);
  const start = skipSpace(text, isTagged ? text.indexOf(PYTHON_TAG) + PYTHON_TAG.length : 0);
  const isCall = beginsAsCall(text, start, argumentsKey);
  if (isCall === true) {
    const { items, isWhole } = membersOf(text, start);
    const call = callOf(items, isWhole, argumentsKey);
    return { content: "", calls: call === undefined ? [] : [call], isWhole };
  }
  const mayBeCall = isCall === undefined || PYTHON_TAG.startsWith(tagged);
  return partial && mayBeCall ? { ...said, content: "" } : said;
}

/** Whether a call begins there; undefined where the text ends too soon to say. */
function beginsAsCall(text: string, start: number, argumentsKey: string): boolean | undefined {
  let at = start;
  for (const wanted of ["{", '"name"', ":", NAME, ",", JSON.stringify(argumentsKey), ":"]) {
    at = skipSpace(text, at);
    const rest = text.slice(at);
    const length = typeof wanted === "string" ? (rest.startsWith(wanted) ? wanted.length : 0) : lengthOf(wanted, rest);
    if (length === 0)
      return (typeof wanted === "string" ? wanted.startsWith(rest) : BEGINNING.test(rest)) ? undefined : false;
    at += length;
  }
  return true;
}

/** A function's name, and what may become one. */
const NAME = /^"[^"\\]*"/;
const BEGINNING = /^(?:"[^"\\]*)?$/;

function lengthOf(pattern: RegExp, text: string): number {
  return pattern.exec(text)?.[0].length ?? 0;
}

/** The whole answer is an object: of calls, or of what is said. */
function readGeneric(text: string, argumentsKey: string, isJson: boolean): WrittenAnswer {
  const start = skipSpace(text, 0);
  if (start === text.length) return { content: "", calls: [], isWhole: false };
  const { items, isWhole } = membersOf(text, start);
  const [member] = items;
  if (member === undefined) return { content: "", calls: [], isWhole };
  if (member.key === "response") {
    if (isJson) return { content: member.value, calls: [], isWhole };
    if (!/^(?:"|$)/.test(member.value)) throw new SyntaxError("the response is no text");
    const said: unknown = parsePartialJson(member.value);
    return { content: typeof said === "string" ? said : "", calls: [], isWhole };
  }
  if (member.key !== "tool_calls") throw new SyntaxError("it begins with neither tool_calls nor response");
  if (member.value === "") return { content: "", calls: [], isWhole };
  return { content: "", calls: readList(member.value, 0, argumentsKey).calls, isWhole };
}

/** A call from the members of its object; undefined as long as it has no name. */
function callOf(members: readonly JsonMember[], isWhole: boolean, argumentsKey: string): WrittenCall | undefined {
  const find = (key: string) => members.find((member) => member.key === key);
  const name = find("name");
  if (name?.isWhole !== true) {
    if (isWhole) throw new SyntaxError("it names no function");
    return undefined;
  }
  const id = find("id");
  return {
    id: id?.isWhole === true ? textOf(id.value) : undefined,
    name: textOf(name.value),
    argumentsText: find(argumentsKey)?.value ?? (isWhole ? "{}" : ""),
    isWhole,
  };
}

function textOf(json: string): string {
  const value: unknown = JSON.parse(json);
  if (typeof value !== "string") throw new SyntaxError("a name is no text");
  return value;
}
