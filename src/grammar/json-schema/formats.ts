import { decimal, ONE } from "./decimal.js";
import type { NumberSet } from "./numbers.js";
import { wholeStrings } from "./patterns.js";
import { refuse } from "./refusal.js";
import { intersectStrings, partial, type StringSet, stringsOfLength } from "./strings.js";
import { ALL_VALUES, type ValueSet } from "./value-set.js";

/**
 * What `format` allows, as the RFCs define the formats of the specification. Values of other types have every format. A
 * name that neither the specification nor OpenAPI defines is an annotation; one that is defined and cannot be checked
 * is refused.
 */
export function formatSet(format: string, pointer: string): ValueSet {
  const known = sets.get(format);
  if (known !== undefined) return known;
  const source = SOURCES.get(format);
  const limits = NUMERIC.get(format);
  let set = ALL_VALUES;
  if (source !== undefined) set = { ...ALL_VALUES, strings: source() };
  else if (limits !== undefined) set = { ...ALL_VALUES, numbers: limits };
  else if (UNCHECKED.has(format)) refuse(pointer, `the format "${format}" is not supported; use a pattern.`);
  else return ALL_VALUES;
  sets.set(format, set);
  return set;
}

const sets = new Map<string, ValueSet>();

const or = (...sources: readonly string[]) => `(?:${sources.join("|")})`;

const TWO = "[0-9]{2}";
/** Days by month; those of February as in the Gregorian calendar. RFC 3339, section 5.6 and appendix C. */
const LEAP_HUNDREDS = or("0[48]", "[2468][048]", "[13579][26]");
const LEAP_YEAR = or(`${TWO}${LEAP_HUNDREDS}`, `${or("00", LEAP_HUNDREDS)}00`);
const DATE = or(
  `[0-9]{4}-${or(
    `${or("0[13578]", "1[02]")}-${or("0[1-9]", "[12][0-9]", "3[01]")}`,
    `${or("0[469]", "11")}-${or("0[1-9]", "[12][0-9]", "30")}`,
    `02-${or("0[1-9]", "1[0-9]", "2[0-8]")}`,
  )}`,
  `${LEAP_YEAR}-02-29`,
);

const HOUR = or("[01][0-9]", "2[0-3]");
const SIXTY = "[0-5][0-9]";
const FRACTION = "(?:\\.[0-9]{1,20})?";

/**
 * Times of day with an offset. A leap second is one at 23:59:60 UTC, so its local minute follows from the offset: they
 * are listed, for offsets of whole quarters of an hour, which all offsets are that were in use while there were leap
 * seconds.
 */
const TIME = (() => {
  const pad = (value: number) => String(value).padStart(2, "0");
  const clock = (minutes: number) => `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
  const day = 24 * 60;
  const hours: string[] = [];
  for (let hour = 0; hour < 24; hour++) {
    const minutes: string[] = [];
    for (let minute = 14; minute < 60; minute += 15) {
      const ahead = (hour * 60 + minute + 1) % day;
      const zulu = ahead === 0 ? "[Zz]|" : "";
      minutes.push(`${minute}:60${FRACTION}(?:${zulu}\\+${clock(ahead)}|-${clock((day - ahead) % day)})`);
    }
    hours.push(`${pad(hour)}:${or(...minutes)}`);
  }
  return or(`${HOUR}:${SIXTY}:${SIXTY}${FRACTION}(?:[Zz]|[+-]${HOUR}:${SIXTY})`, ...hours);
})();

/** RFC 3339, appendix A: units follow one another without gaps; weeks stand alone. */
const DURATION = (() => {
  const n = (unit: string) => `[0-9]+${unit}`;
  const time = `T${or(`${n("H")}(?:${n("M")}(?:${n("S")})?)?`, `${n("M")}(?:${n("S")})?`, n("S"))}`;
  const date = or(`${n("Y")}(?:${n("M")}(?:${n("D")})?)?`, `${n("M")}(?:${n("D")})?`, n("D"));
  return `P${or(`${date}(?:${time})?`, time, n("W"))}`;
})();

const HEX = "[0-9A-Fa-f]";
const UUID = `${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}`;

const OCTET = or("25[0-5]", "2[0-4][0-9]", "1[0-9]{2}", "[1-9]?[0-9]");
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;

/** RFC 3986, appendix A: which of the groups of RFC 4291 a double colon stands for. */
const IPV6 = (() => {
  const group = `${HEX}{1,4}`;
  const last = or(`${group}:${group}`, IPV4);
  const forms = [`(?:${group}:){6}${last}`, `::(?:${group}:){5}${last}`];
  for (let before = 0; before < 7; before++) {
    const left = `(?:(?:${group}:){0,${before}}${group})?`;
    const right = before < 5 ? `(?:${group}:){${4 - before}}${last}` : before === 5 ? group : "";
    forms.push(`${left}::${right}`);
  }
  return or(...forms);
})();

/**
 * Labels of RFC 1123, of up to 63 characters. Those with hyphens as third and fourth character are names of other
 * alphabets, of which a regular language cannot tell the right ones: they are left out.
 */
const ALPHANUMERIC = "[A-Za-z0-9]";
const LABEL = `${ALPHANUMERIC}${or(
  `${ALPHANUMERIC}?`,
  // The third character is none of a pair of hyphens that starts there.
  `[A-Za-z0-9-]${ALPHANUMERIC}(?:[A-Za-z0-9-]{0,59}${ALPHANUMERIC})?`,
  `[A-Za-z0-9-]-${ALPHANUMERIC}(?:[A-Za-z0-9-]{0,58}${ALPHANUMERIC})?`,
)}`;
const HOSTNAME = `${LABEL}(?:\\.${LABEL})*`;

/** RFC 5321, section 4.1.2. */
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\-]+";
const QUOTED = '"(?:[ !#-\\[\\]-~]|\\\\[ -~])*"';
const LOCAL = or(`${ATOM}(?:\\.${ATOM})*`, QUOTED);
/** Of the domains those with a dot, which are what is meant where mail is sent across hosts. */
const DOMAIN = `${LABEL}(?:\\.${LABEL})+`;
const EMAIL = `${LOCAL}@${or(DOMAIN, `\\[${or(IPV4, `IPv6:${IPV6}`)}\\]`)}`;

/** RFC 3986, appendix A. */
const characters = (extra: string) => or(`[A-Za-z0-9._~\\-!$&'()*+,;=${extra}]`, `%${HEX}{2}`);
const SEGMENT = `${characters(":@")}*`;
const AUTHORITY = (() => {
  const future = "[vV][0-9A-Fa-f]+\\.[A-Za-z0-9._~\\-!$&'()*+,;=:]+";
  const host = or(`\\[${or(IPV6, future)}\\]`, `${characters("")}*`);
  return `//(?:${characters(":")}*@)?${host}(?::[0-9]*)?(?:/${SEGMENT})*`;
})();
const ABSOLUTE_PATH = `/(?:${characters(":@")}+(?:/${SEGMENT})*)?`;
const QUERY_AND_FRAGMENT = `(?:\\?${characters(":@/?")}*)?(?:#${characters(":@/?")}*)?`;
const uris = (isEmptyAllowed: boolean) => {
  const path = (first: string) => {
    const forms = [AUTHORITY, ABSOLUTE_PATH, `${characters(first)}+(?:/${SEGMENT})*`];
    return or(...forms, ...(isEmptyAllowed ? [""] : []));
  };
  const uri = `[A-Za-z][A-Za-z0-9+.\\-]*:${path(":@")}${QUERY_AND_FRAGMENT}`;
  return { uri, reference: or(uri, `(?:${path("@")})?${QUERY_AND_FRAGMENT}`) };
};
const URIS = uris(true);
/** A scheme and nothing else is a URI, but not one that anybody means, and one that many validators reject. */
const PREFERRED_URIS = uris(false);
const preferring = (all: string, preferred: string): StringSet => ({
  ...wholeStrings(all),
  preferred: wholeStrings(preferred).language,
});

/** RFC 4648, section 4, as OpenAPI's "byte" has it. */
const BASE64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?";

/** RFC 6901 and its relative form. */
const JSON_POINTER = "(?:/(?:[^~/]|~[01])*)*";
const RELATIVE_JSON_POINTER = `(?:0|[1-9][0-9]*)(?:#|${JSON_POINTER})`;

/** Host names have up to 253 characters. */
const hostnames = () => partial(intersectStrings(wholeStrings(HOSTNAME), stringsOfLength(0, 253)));

const SOURCES: ReadonlyMap<string, () => StringSet> = new Map<string, () => StringSet>([
  ["date", () => wholeStrings(DATE)],
  ["time", () => partial(wholeStrings(TIME))],
  ["date-time", () => partial(wholeStrings(`${DATE}[Tt]${TIME}`))],
  ["duration", () => wholeStrings(DURATION)],
  ["uuid", () => wholeStrings(UUID)],
  ["ipv4", () => wholeStrings(IPV4)],
  ["ip-address", () => wholeStrings(IPV4)],
  ["ipv6", () => wholeStrings(IPV6)],
  ["hostname", hostnames],
  ["host-name", hostnames],
  ["email", () => partial(wholeStrings(EMAIL))],
  ["uri", () => preferring(URIS.uri, PREFERRED_URIS.uri)],
  ["uri-reference", () => preferring(URIS.reference, PREFERRED_URIS.reference)],
  ["byte", () => wholeStrings(BASE64)],
  ["json-pointer", () => wholeStrings(JSON_POINTER)],
  ["relative-json-pointer", () => wholeStrings(RELATIVE_JSON_POINTER)],
]);

/** Whole numbers of a number of bits, as OpenAPI's registry has them. */
const signed = (bits: number): NumberSet => {
  const half = 2n ** BigInt(bits - 1);
  const [low, high] = [decimal(-half, 0), decimal(half - 1n, 0)];
  return [{ low: { value: low, open: false }, high: { value: high, open: false }, step: ONE, notSteps: [] }];
};
const NUMERIC: ReadonlyMap<string, NumberSet> = new Map([
  ["int32", signed(32)],
  ["int64", signed(64)],
]);

/** Formats of the specification that no regular language describes, or none that would be of use. */
const UNCHECKED = new Set(["idn-email", "idn-hostname", "iri", "iri-reference", "uri-template", "regex"]);
