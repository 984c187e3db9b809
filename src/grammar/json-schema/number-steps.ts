import { step as next } from "../regular/automaton.js";
import { bytes } from "../regular/build.js";
import { ByteSet } from "../regular/byte-set.js";
import { NOTHING, type Regular } from "../regular/regular.js";
import { texts } from "../regular/utf8.js";
import { choice, type GrammarNode, Rule, sequence, terminal } from "../rules.js";
import { COST, spend } from "../work.js";
import { decimal, decimalText, digitsAt, isMultiple } from "./decimal.js";
import { intervalText } from "./number-text.js";
import { multiples, type NumberRange } from "./numbers.js";
import { refuse } from "./refusal.js";

const MAX_STATES = 5000;
const MAX_LISTED = 1000n;
/** Digits before the point where multiples are left out: doubles of more digits are all multiples of many numbers. */
const WHOLE_DIGITS = 12;

const TOO_MANY = "its multipleOf needs too many states; use a simpler one, or bounds.";

/** What has been read of a number: where it is in the interval's language, and its remainders by the steps. */
interface State {
  readonly interval: Regular;
  /** Digits behind the point; undefined before it. */
  readonly fraction: number | undefined;
  readonly remainders: readonly number[];
  /** Whether a digit that is not 0 stands further behind the point than any multiple has one. */
  readonly isFiner: boolean;
}

/**
 * The numbers of a range with any steps, as JSON text without exponents: an automaton over digits, written as rules
 * that each read one digit.
 */
export function steppedText(range: NumberRange, pointer: string): GrammarNode {
  const listed = list(range);
  if (listed !== undefined) return terminal(texts(listed));
  const all = range.step === undefined ? range.notSteps : [range.step, ...range.notSteps];
  const scale = Math.max(...all.map((step) => step.scale));
  const moduli = all.map((step) => Number(digitsAt(step, scale)));
  if (moduli.some((modulus) => modulus > MAX_STATES)) refuse(pointer, TOO_MANY);
  const fractionDigits = range.step === undefined ? scale + 8 : scale;
  const wholeDigits = range.notSteps.length === 0 ? Number.POSITIVE_INFINITY : WHOLE_DIGITS;
  const interval = intervalText(range.low, range.high, wholeDigits, fractionDigits);
  const rules = new Map<string, [Rule, State]>();
  const ruleOf = (state: State): Rule => {
    const key = `${state.interval.id} ${state.fraction} ${state.remainders.join()} ${state.isFiner}`;
    let found = rules.get(key);
    if (found === undefined) {
      if (rules.size >= MAX_STATES) refuse(pointer, TOO_MANY);
      found = [new Rule(`multiple-${rules.size}`), state];
      rules.set(key, found);
    }
    return found[0];
  };
  const first = ruleOf({ interval, fraction: undefined, remainders: moduli.map(() => 0), isFiner: false });
  for (const [rule, state] of rules.values()) {
    const byTarget = new Map<Rule, number[]>();
    for (const byte of NUMBER_BYTES) {
      const after = advance(state, byte, moduli, scale);
      spend(COST.made);
      if (after === undefined) continue;
      const target = ruleOf(after);
      byTarget.set(target, [...(byTarget.get(target) ?? []), byte]);
    }
    const options: GrammarNode[] = [];
    for (const [target, from] of byTarget) options.push(sequence(terminal(bytes(ByteSet.of(...from))), target));
    if (isAccepted(state, moduli, scale, range.step !== undefined)) options.push(sequence());
    rule.body = choice(...options);
  }
  return withoutDeadEnds(
    [...rules.values()].map(([rule]) => rule),
    first,
  );
}

const [MINUS, POINT, ZERO_CODE] = [0x2d, 0x2e, 0x30];
const NUMBER_BYTES = [MINUS, POINT, ...Array.from({ length: 10 }, (_, i) => ZERO_CODE + i)];

function advance(state: State, byte: number, moduli: readonly number[], scale: number): State | undefined {
  const interval = next(state.interval, byte);
  if (interval === NOTHING) return undefined;
  if (byte === MINUS) return { ...state, interval };
  if (byte === POINT) return { ...state, interval, fraction: 0 };
  if (state.fraction !== undefined && state.fraction >= scale) {
    return { ...state, interval, isFiner: state.isFiner || byte !== ZERO_CODE };
  }
  const digit = byte - ZERO_CODE;
  const remainders = state.remainders.map((remainder, i) => (remainder * 10 + digit) % (moduli[i] as number));
  return { ...state, interval, remainders, fraction: state.fraction === undefined ? undefined : state.fraction + 1 };
}

function isAccepted(state: State, moduli: readonly number[], scale: number, hasStep: boolean): boolean {
  if (!state.interval.isNullable) return false;
  const missing = 10n ** BigInt(scale - (state.fraction ?? 0));
  return state.remainders.every((remainder, i) => {
    const divides = !state.isFiner && (BigInt(remainder) * missing) % BigInt(moduli[i] as number) === 0n;
    return hasStep && i === 0 ? divides : !divides;
  });
}

/** Rules from which no number can be finished are taken out, so that no text leads there. */
function withoutDeadEnds(rules: readonly Rule[], first: Rule): GrammarNode {
  const alive = new Set<GrammarNode>();
  for (let before = -1; before < alive.size; ) {
    before = alive.size;
    for (const rule of rules) {
      const options = optionsOf(rule);
      spend(1 + options.length);
      if (
        options.some((option) => option.kind === "sequence" && option.items.slice(1).every((item) => alive.has(item)))
      ) {
        alive.add(rule);
      }
    }
  }
  for (const rule of rules) {
    const options = optionsOf(rule).filter((option) => {
      return option.kind === "sequence" && option.items.slice(1).every((item) => alive.has(item));
    });
    rule.body = choice(...options);
  }
  return first;
}

function optionsOf(rule: Rule): readonly GrammarNode[] {
  return rule.body?.kind === "choice" ? rule.body.options : rule.body === undefined ? [] : [rule.body];
}

/** The multiples of a bounded range, where they are few. */
function list(range: NumberRange): string[] | undefined {
  const { low, high, step } = range;
  if (step === undefined) return undefined;
  const [first, last] = multiples(range, step);
  if (low === undefined || high === undefined || first === undefined || last === undefined) return undefined;
  if (last - first > MAX_LISTED) return undefined;
  const found: string[] = [];
  for (let n = first; n <= last; n++) {
    const value = decimal(step.digits * n, step.scale);
    if (!range.notSteps.some((notStep) => isMultiple(value, notStep))) found.push(decimalText(value));
  }
  return found;
}
