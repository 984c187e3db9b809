import { InvalidArgumentError, Option } from "commander";
import type { SendOptions } from "../../chat/options.js";
import { LlamaError, printable } from "../../errors.js";
import { nearest } from "../../nearest.js";
import { resolveSampling, type SamplingOptions } from "../../sampling/options.js";
import { wholeNumber } from "../flags/load.js";
import { SAMPLING_FLAGS, type SamplingFlag, shownValue } from "../flags/sampling.js";

/** What `/set` changes beside the sampling. */
export interface ChatSwitches {
  /** Whether a line tells how fast each answer was. */
  stats: boolean;
  /** Whether answers are wrapped between words. */
  wordwrap: boolean;
  /** Whether what is typed is kept for the next run. */
  history: boolean;
  /** Tokens of an answer at most; -1 is no limit. */
  maxTokens: number;
}

/** One row of `/set`. */
export interface Setting {
  /** The flag's name without its dashes, and other names for it. */
  readonly names: readonly string[];
  readonly about: string;
  readonly value: string;
  readonly isDefault: boolean;
  /** Values that Tab offers. */
  readonly choices: readonly string[];
}

const DEFAULTS: ChatSwitches = { stats: false, wordwrap: true, history: true, maxTokens: -1 };
const ON_OFF: readonly string[] = ["on", "off"];
const DEFAULT = "default";
const SWITCHES = {
  stats: "say how fast each answer was",
  wordwrap: "break lines between words",
  history: "keep what is typed for the next run",
} as const;
const MAX_TOKENS = { names: ["n-predict", "n"], about: "tokens of an answer at most, -1 is no limit" } as const;

/** The settings of a chat, by the names of the flags that they have on the command line. */
export class Settings {
  readonly #switches: ChatSwitches;
  /** What stays as it is. */
  readonly #fixed: SendOptions;
  #sampling: SamplingOptions;

  /**
   * @param options the sampling, and whatever else answers are made with
   * @throws LlamaError `option` where the sampling or the limit is out of range
   */
  constructor(switches: ChatSwitches, options: SendOptions) {
    tokenLimit(switches.maxTokens);
    resolveSampling(options);
    this.#switches = { ...switches };
    this.#fixed = options;
    this.#sampling = Object.fromEntries(SAMPLING_FLAGS.map(({ option }) => [option, options[option]]));
  }

  get switches(): Readonly<ChatSwitches> {
    return this.#switches;
  }

  /** What an answer is made with. */
  get sendOptions(): SendOptions {
    return { ...this.#fixed, ...this.#sampling, maxTokens: this.#switches.maxTokens };
  }

  /** The seed that was asked for; undefined for a new one each time. */
  get seed(): number | undefined {
    const { seed } = this.#sampling;
    return seed === -1 ? undefined : seed;
  }

  get rows(): readonly Setting[] {
    const { maxTokens } = this.#switches;
    const resolved = resolveSampling(this.#sampling);
    return [
      ...switchNames().map((name) => this.#switchRow(name)),
      {
        ...MAX_TOKENS,
        value: String(maxTokens),
        isDefault: maxTokens === DEFAULTS.maxTokens,
        choices: [DEFAULT],
      },
      ...SAMPLING_FLAGS.map((flag): Setting => {
        const isDefault = this.#sampling[flag.option] === undefined;
        const value = flag.option === "seed" && this.seed === undefined ? "-1" : shownValue(resolved[flag.option]);
        return { names: namesOf(flag), about: flag.about, value, isDefault, choices: [DEFAULT] };
      }),
    ];
  }

  /** @throws LlamaError `option` where there is no such setting, with the nearest name */
  row(name: string): Setting {
    const wanted = name.toLowerCase().replace(/^-+/, "").replaceAll("_", "-");
    const found = this.rows.find(({ names }) => names.includes(wanted));
    if (found !== undefined) return found;
    const like = nearest(
      wanted,
      this.rows.flatMap(({ names }) => names),
    );
    const hint = like === undefined ? "/set alone lists them" : `did you mean ${like}?`;
    throw new LlamaError("option", `There is no setting "${printable(name)}"; ${hint}${like === undefined ? "." : ""}`);
  }

  /**
   * Changes a setting; `default` sets it back.
   * @throws LlamaError `option` with what was found and what was wanted
   */
  set(name: string, text: string): void {
    const [known = ""] = this.row(name).names;
    const isDefault = text.toLowerCase() === DEFAULT;
    if (isSwitch(known)) {
      this.#switches[known] = isDefault ? DEFAULTS[known] : onOrOff(known, text);
    } else if (known === MAX_TOKENS.names[0]) {
      this.#switches.maxTokens = isDefault ? DEFAULTS.maxTokens : tokenLimit(parsed(known, () => wholeNumber(text)));
    } else {
      const flag = SAMPLING_FLAGS.find((each) => namesOf(each)[0] === known) as SamplingFlag;
      const value = isDefault ? undefined : parsed(known, () => parseAll(flag, text));
      const sampling = { ...this.#sampling, [flag.option]: value };
      resolveSampling(sampling);
      this.#sampling = sampling;
    }
  }

  #switchRow(name: keyof typeof SWITCHES): Setting {
    const isOn = this.#switches[name];
    return {
      names: [name],
      about: SWITCHES[name],
      value: isOn ? "on" : "off",
      isDefault: isOn === DEFAULTS[name],
      choices: ON_OFF,
    };
  }
}

function switchNames(): (keyof typeof SWITCHES)[] {
  return Object.keys(SWITCHES) as (keyof typeof SWITCHES)[];
}

function isSwitch(name: string): name is keyof typeof SWITCHES {
  return Object.hasOwn(SWITCHES, name);
}

/** The flag's names without their dashes, the long ones first. */
function namesOf({ flags }: SamplingFlag): string[] {
  const { short, long } = new Option(flags);
  const names = [short, long].filter((name) => typeof name === "string");
  return names
    .sort((a, b) => Number(b.startsWith("--")) - Number(a.startsWith("--")))
    .map((name) => name.replace(/^-+/, ""));
}

/** Flags that may be given several times take several words; all others take the text whole. */
function parseAll(flag: SamplingFlag, text: string): unknown {
  const isSeveral = flag.option === "logitBias" || flag.option === "drySequenceBreakers";
  if (!isSeveral) return flag.parse(text);
  return text.split(/\s+/).reduce<unknown>((before, word) => flag.parse(word, before), undefined);
}

function onOrOff(name: string, text: string): boolean {
  const wanted = text.toLowerCase();
  if (ON_OFF.includes(wanted)) return wanted === "on";
  throw new LlamaError("option", `The setting ${name} is "${printable(text)}", and on or off was wanted.`);
}

function tokenLimit(count: number): number {
  if (count >= -1) return count;
  throw new LlamaError("option", `The setting n-predict is ${count}, and -1 (no limit) or more was wanted.`);
}

function parsed<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new LlamaError("option", `The setting ${name} was not changed: ${lowerFirst(error.message)}`, {
      cause: error,
    });
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
