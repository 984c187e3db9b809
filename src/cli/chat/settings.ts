import { InvalidArgumentError, Option } from "commander";
import type { SendOptions } from "../../chat/options.js";
import { LlamaError, printable } from "../../errors.js";
import { nearest } from "../../nearest.js";
import { resolveSampling, type SamplingOptions } from "../../sampling/options.js";
import type { Form } from "../flags/form.js";
import { SAMPLING_FLAGS, type SamplingFlag, shownValue } from "../flags/sampling.js";
import { refused, tokenLimit } from "../flags/values.js";

/** What `/set` changes apart from the sampling. */
export interface ChatSwitches {
  /** Whether a line tells how fast each answer was. */
  stats: boolean;
  /** Whether answers are wrapped between words. */
  wordwrap: boolean;
  /** Whether what is typed is kept for the next run. */
  history: boolean;
  /** Whether answers go on where the model would end them. */
  ignoreEos: boolean;
  /** Tokens of an answer at most; -1 is no limit. */
  maxTokens: number;
  /** Texts that end an answer. */
  stop: readonly string[];
  /** The form that answers are held to. */
  form?: Form | undefined;
  /** Where tokens are guessed from. */
  speculation?: SendOptions["speculation"];
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

/** A setting with the way to change it; `value` undefined sets it back. */
interface ChangeableSetting extends Setting {
  readonly change: (value: string | undefined) => void;
}

export const DEFAULT_SWITCHES: Readonly<ChatSwitches> = {
  stats: false,
  wordwrap: true,
  history: true,
  ignoreEos: false,
  maxTokens: -1,
  stop: [],
};
/** The word that sets a setting back. */
export const RESET = "default";
/** The setting that {@link Settings.setForm} changes. */
export const FORM = "schema";
const ON_OFF: readonly string[] = ["on", "off"];
const ON_OFF_SWITCHES = {
  stats: ["stats", "show how fast each answer was"],
  wordwrap: ["wordwrap", "break lines between words"],
  history: ["history", "keep what is typed for the next run"],
  ignoreEos: ["ignore-eos", "keep generating where the model would end its answer"],
} as const;

/** The settings of a chat, by the names of the flags that they have on the command line. */
export class Settings {
  readonly #switches: ChatSwitches;
  #sampling: SamplingOptions;

  /** @throws LlamaError `option` where the sampling or the limit is out of range */
  constructor(switches: Partial<ChatSwitches>, sampling: SamplingOptions) {
    this.#switches = { ...DEFAULT_SWITCHES, ...switches };
    this.#switches.maxTokens = naming("n-predict", () => tokenLimit(String(this.#switches.maxTokens)));
    resolveSampling(sampling);
    this.#sampling = sampling;
  }

  get switches(): Readonly<ChatSwitches> {
    return this.#switches;
  }

  /** What an answer is made with. */
  get sendOptions(): SendOptions {
    const { maxTokens, ignoreEos, stop, form, speculation } = this.#switches;
    return { ...this.#sampling, maxTokens, ignoreEos, stop, grammar: form?.grammar, speculation };
  }

  /** Holds answers to a form from now on. */
  setForm(form: Form): void {
    if (this.#switches.ignoreEos) {
      throw new LlamaError("option", "ignore-eos is on, and contradicts a form: /set ignore-eos off first.");
    }
    this.#switches.form = form;
  }

  /** The seed that was asked for; undefined for a new one each time. */
  get seed(): number | undefined {
    const { seed } = this.#sampling;
    return seed === -1 ? undefined : seed;
  }

  get rows(): readonly Setting[] {
    return this.#rows();
  }

  /** @throws LlamaError `option` where there is no such setting, with the nearest name */
  row(name: string): Setting {
    return this.#find(name);
  }

  /**
   * Changes a setting; `default` sets it back. It is named as it was typed where the value is refused.
   * @throws LlamaError `option` with what was found and what was expected; the setting is as it was
   */
  set(name: string, text: string): void {
    const row = this.#find(name);
    naming(plainName(name), () => row.change(text.toLowerCase() === RESET ? undefined : text));
  }

  #find(name: string): ChangeableSetting {
    const rows = this.#rows();
    const wanted = plainName(name);
    const found = rows.find(({ names }) => names.includes(wanted));
    if (found !== undefined) return found;
    const like = nearest(
      wanted,
      rows.flatMap(({ names }) => names),
    );
    const hint = like === undefined ? "/set lists them all." : `did you mean ${like}?`;
    throw new LlamaError("option", `There is no setting "${printable(name)}"; ${hint}`);
  }

  #rows(): ChangeableSetting[] {
    const switches = Object.keys(ON_OFF_SWITCHES) as (keyof typeof ON_OFF_SWITCHES)[];
    return [
      ...switches.map((name) => this.#switchRow(name)),
      this.#maxTokensRow(),
      this.#stopRow(),
      this.#formRow(),
      ...SAMPLING_FLAGS.map((flag) => this.#samplingRow(flag)),
    ];
  }

  #switchRow(key: keyof typeof ON_OFF_SWITCHES): ChangeableSetting {
    const [name, about] = ON_OFF_SWITCHES[key];
    const isOn = this.#switches[key];
    return {
      names: [name],
      about,
      value: isOn ? "on" : "off",
      isDefault: isOn === DEFAULT_SWITCHES[key],
      choices: [...ON_OFF, RESET],
      change: (text) => {
        const isWanted = text === undefined ? DEFAULT_SWITCHES[key] : onOrOff(text);
        if (key === "ignoreEos" && isWanted && this.#switches.form !== undefined) {
          throw new LlamaError("option", `ignore-eos contradicts the form of the answers: /set ${FORM} default first.`);
        }
        this.#switches[key] = isWanted;
      },
    };
  }

  #maxTokensRow(): ChangeableSetting {
    const { maxTokens } = this.#switches;
    return {
      names: ["n-predict", "n"],
      about: "longest answer in tokens, -1 is no limit",
      value: String(maxTokens),
      isDefault: maxTokens === DEFAULT_SWITCHES.maxTokens,
      choices: [RESET],
      change: (text) => {
        this.#switches.maxTokens = text === undefined ? DEFAULT_SWITCHES.maxTokens : tokenLimit(text);
      },
    };
  }

  #stopRow(): ChangeableSetting {
    const { stop } = this.#switches;
    return {
      names: ["stop", "reverse-prompt", "r"],
      about: 'text that ends an answer ("\\n" is a line break)',
      value: stop.map((text) => JSON.stringify(text)).join(" "),
      isDefault: stop.length === 0,
      choices: [RESET],
      change: (text) => {
        this.#switches.stop = text === undefined ? DEFAULT_SWITCHES.stop : [stopText(text)];
      },
    };
  }

  #formRow(): ChangeableSetting {
    const { form } = this.#switches;
    return {
      names: [FORM],
      about: "answers are JSON with these fields, e.g. name, age int, tags [string]",
      value: form?.source ?? "",
      isDefault: form === undefined,
      choices: [RESET],
      change: (text) => {
        if (text !== undefined) throw new TypeError("a form is set by setForm");
        this.#switches.form = undefined;
      },
    };
  }

  #samplingRow(flag: SamplingFlag): ChangeableSetting {
    const resolved = resolveSampling({ ...this.#sampling, seed: this.seed ?? 0 });
    const isSeedless = flag.option === "seed" && this.seed === undefined;
    return {
      names: namesOf(flag),
      about: flag.about,
      value: isSeedless ? "-1" : shownValue(resolved[flag.option]),
      isDefault: this.#sampling[flag.option] === undefined,
      choices: [RESET],
      change: (text) => {
        const sampling = { ...this.#sampling, [flag.option]: text === undefined ? undefined : parseAll(flag, text) };
        resolveSampling(sampling);
        this.#sampling = sampling;
      },
    };
  }
}

/** Puts the setting's name in front of what is wrong with its value. */
function naming<T>(name: string, change: () => T): T {
  try {
    return change();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new LlamaError("option", `${name} ${error.message}`, { cause: error });
  }
}

/** A name as it may be typed, with the dashes of the flag or the underscores of the library. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/^-+/, "").replaceAll("_", "-");
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
  const isRepeatable = flag.option === "logitBias" || flag.option === "drySequenceBreakers";
  if (isRepeatable) return text.split(/\s+/).reduce<unknown>((before, word) => flag.parse(word, before), undefined);
  const value = flag.parse(text);
  // The library takes it for 0, as llama.cpp does; whoever types it means something else.
  if (flag.option === "temperature" && Number(value) < 0) throw refused("0 or more", text);
  return value;
}

function onOrOff(text: string): boolean {
  const wanted = text.toLowerCase();
  if (ON_OFF.includes(wanted)) return wanted === "on";
  throw refused("on or off", text);
}

/** A text as it is typed, or in quotes with its escapes. */
function stopText(text: string): string {
  const isQuoted = text.length > 1 && text.startsWith('"') && text.endsWith('"');
  try {
    const stop: unknown = isQuoted ? JSON.parse(text) : text.replaceAll("\\n", "\n");
    if (typeof stop === "string" && stop !== "") return stop;
  } catch {
    // Said below.
  }
  throw refused('a text, or a text in quotes such as "\\n\\n"', text);
}
