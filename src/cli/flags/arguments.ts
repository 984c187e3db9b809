import type { Command, Option } from "commander";
import { LlamaError, printable } from "../../errors.js";
import { nearest } from "../../nearest.js";
import { ALIASES, type ForeignFlag, findForeignFlag } from "./llama-cpp.js";

/** The arguments of a command, read once against the flags that it has. */
export interface ReadArguments {
  /** For commander: flags by their own names, each with its value, then `--` and the words. */
  readonly args: readonly string[];
  /** Flags of llama.cpp that were taken and make no difference, a sentence each. */
  readonly notes: readonly string[];
  /** How the flags were spelled, by their long names. */
  readonly spellings: ReadonlyMap<string, string>;
}

/** Flags of one value of which a second would silently take the place of the first. */
const GIVEN_ONCE: readonly string[] = ["--model", "--prompt", "--file"];

/**
 * Reads the arguments behind a command's name. Flags of several letters behind a single dash are what llama.cpp calls
 * so, and never several flags in one; behind `--` there are no flags.
 * @throws LlamaError `option` for flags that are not known or lack their value
 */
export function readArguments(given: readonly string[], command: Command): ReadArguments {
  return new ArgumentReader(given, command).read();
}

class ArgumentReader {
  readonly #given: readonly string[];
  readonly #command: Command;
  readonly #flags: string[] = [];
  readonly #words: string[] = [];
  readonly #notes: string[] = [];
  readonly #spellings = new Map<string, string>();
  #next = 0;

  constructor(given: readonly string[], command: Command) {
    this.#given = given;
    this.#command = command;
  }

  read(): ReadArguments {
    while (this.#next < this.#given.length) {
      const argument = this.#given[this.#next++] as string;
      if (argument === "--") this.#words.push(...this.#given.slice(this.#next));
      if (argument === "--") break;
      if (isFlag(argument)) this.#flag(argument);
      else this.#words.push(argument);
    }
    return {
      args: [...this.#flags, "--", ...this.#words],
      notes: this.#notes,
      spellings: this.#spellings,
    };
  }

  #flag(argument: string): void {
    const equals = argument.indexOf("=");
    const typed = equals === -1 ? argument : argument.slice(0, equals);
    const inline = equals === -1 ? undefined : argument.slice(equals + 1);
    const name = this.#nameOf(typed);
    const option = this.#find(name);
    // -n5, as other programs have it: a letter and a number.
    const [, letter = "", value = ""] = /^(-[a-zA-Z])(-?[\d.].*)$/.exec(argument) ?? [];
    const short = letter === "" ? undefined : this.#find(letter);
    const foreign = findForeignFlag(typed, this.#command.name());
    if (option !== undefined) this.#own(option, typed, inline);
    else if (short?.required === true) this.#own(short, letter, value);
    else if (foreign !== undefined) this.#foreign(foreign, typed, inline);
    else throw this.#unknown(typed);
  }

  /** An alias of a flag that this command does not have stays what it is. */
  #nameOf(typed: string): string {
    const alias = ALIASES[typed];
    return alias !== undefined && this.#find(alias) !== undefined ? alias : typed;
  }

  #find(name: string): Option | undefined {
    const help = this.#command.createHelp().visibleOptions(this.#command);
    return [...this.#command.options, ...help].find(({ short, long }) => name === short || name === long);
  }

  #own(option: Option, typed: string, inline: string | undefined): void {
    const long = option.long ?? option.short ?? typed;
    if (this.#spellings.has(long) && GIVEN_ONCE.includes(long) && !takesSeveral(option)) {
      throw new LlamaError("option", `${typed} was given twice; give it once.`);
    }
    this.#spellings.set(long, typed);
    if (option.required) this.#flags.push(long, inline ?? this.#value(typed, option.flags));
    else if (!option.optional && inline !== undefined) {
      throw new LlamaError("option", `${typed} takes no value (got "${printable(inline)}").`);
    } else if (inline !== undefined) this.#flags.push(`${long}=${inline}`);
    else this.#flags.push(long, ...(option.optional ? this.#optionalValue() : []));
  }

  #value(typed: string, flags: string): string {
    const value = this.#given[this.#next++];
    if (value !== undefined) return value;
    const [placeholder = "<value>"] = /<.+>/.exec(flags) ?? [];
    throw new LlamaError("option", `${typed} needs a value: ${typed} ${placeholder}.`);
  }

  #optionalValue(): string[] {
    const following = this.#given[this.#next];
    if (following === undefined || isFlag(following)) return [];
    this.#next++;
    return [following];
  }

  #foreign({ value, ignored, refused }: ForeignFlag, typed: string, inline: string | undefined): void {
    if (refused !== undefined) throw new LlamaError("option", `${typed} is not supported: ${refused}.`);
    if (inline === undefined && value === "one") this.#value(typed, "<value>");
    const following = this.#given[this.#next];
    if (inline === undefined && Array.isArray(value) && value.includes(following)) this.#next++;
    this.#notes.push(`${typed} is ignored: ${ignored}.`);
  }

  #unknown(typed: string): LlamaError {
    const names = this.#command.options.flatMap(({ long, hidden }) => (long === undefined || hidden ? [] : [long]));
    const like = typed.startsWith("--") ? nearest(typed, names) : undefined;
    const help = `llama2 ${this.#command.name()} --help`;
    const hint = like === undefined ? `${help} lists the options.` : `did you mean ${like}?`;
    const one = /^-[^-\s]{2,}$/.test(typed) ? " (options of one letter are given one by one)" : "";
    return new LlamaError("option", `There is no option ${printable(typed)}${one}; ${hint}`);
  }
}

/** Whether an argument is a flag. Text in several words that begins with a dash is text. */
function isFlag(argument: string): boolean {
  return /^-[^\s\d.]/.test(argument) && !/^[^=]*\s/.test(argument);
}

function takesSeveral(option: Option): boolean {
  return option.variadic || /s>$/.test(option.flags);
}

/** A flag as the person knows it: as it was typed, with its long name where that was another. */
export function shownFlag(flags: string, spellings: ReadonlyMap<string, string>): string {
  const long = /--[\w-]+(?=\s*(?:[<[]|$))/.exec(flags)?.[0] ?? flags;
  const typed = spellings.get(long) ?? long;
  return typed === long || typed.startsWith("--") ? typed : `${typed}, ${long}`;
}
