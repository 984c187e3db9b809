import { type Axis, axisFor } from "./axis.js";

/** Lines over a common axis, for people and for readers of screens: what they show is said in words too. */
export interface LinePlot {
  readonly title: string;
  /** What can be seen, in a sentence. */
  readonly description: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

export interface Line {
  readonly name: string;
  readonly points: readonly PlotPoint[];
}

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  /** An interval around y. */
  readonly low?: number;
  readonly high?: number;
}

const [WIDTH, HEIGHT] = [640, 400];
const FRAME = { left: 64, right: 16, top: 40, bottom: 84 };
/** Lines differ in their dashes and marks as well as in their colors (Okabe and Ito, 2008: told apart by everyone). */
const DASHES = ["", "7 4", "2 3", "10 3 2 3"];

/** An SVG document that is readable on light and on dark ground. */
export function linePlot({ title, description, x, y, lines }: LinePlot): string {
  if (lines.length > DASHES.length)
    throw new RangeError(`a plot has at most ${DASHES.length} lines, not ${lines.length}`);
  const points = lines.flatMap((line) => line.points);
  const across = axisFor(
    points.map((point) => point.x),
    FRAME.left,
    WIDTH - FRAME.right,
  );
  const up = axisFor(
    points.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y]),
    HEIGHT - FRAME.bottom,
    FRAME.top,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title description">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(description)}</desc>
<style>${STYLE}</style>
<text class="title" x="${FRAME.left}" y="22">${escaped(title)}</text>
${gridOf(across, up)}
<text x="${(FRAME.left + WIDTH - FRAME.right) / 2}" y="${HEIGHT - FRAME.bottom + 38}" text-anchor="middle">${escaped(x)}</text>
<text transform="translate(14 ${(FRAME.top + HEIGHT - FRAME.bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y)}</text>
${lines.map((line, i) => drawn(line, i, across, up)).join("\n")}
${lines.map(({ name }, i) => legend(name, i, lines.length)).join("\n")}
</svg>
`;
}

const STYLE = `text{font:13px system-ui,sans-serif;fill:#222}.title{font-weight:600;font-size:15px}
.grid{stroke:#d0d0d0}.line{fill:none;stroke-width:2}.bar{stroke-width:1.5;opacity:.6}
.c0{stroke:#0072b2}.c1{stroke:#d55e00}.c2{stroke:#009e73}.c3{stroke:#cc79a7}
.f0{fill:#0072b2}.f1{fill:#d55e00}.f2{fill:#009e73}.f3{fill:#cc79a7}
@media(prefers-color-scheme:dark){text{fill:#e8e8e8}.grid{stroke:#484848}.c0{stroke:#56b4e9}.f0{fill:#56b4e9}
.c1{stroke:#e69f00}.f1{fill:#e69f00}.c2{stroke:#2fc79a}.f2{fill:#2fc79a}}`;

function gridOf(across: Axis, up: Axis): string {
  const [left, right] = [FRAME.left, WIDTH - FRAME.right];
  const [top, bottom] = [FRAME.top, HEIGHT - FRAME.bottom];
  return [
    ...across.ticks.map(
      ({ at, label }) =>
        `<path class="grid" d="M${at} ${top}V${bottom}"/><text x="${at}" y="${bottom + 18}" text-anchor="middle">${label}</text>`,
    ),
    ...up.ticks.map(
      ({ at, label }) =>
        `<path class="grid" d="M${left} ${at}H${right}"/><text x="${left - 6}" y="${at + 4}" text-anchor="end">${label}</text>`,
    ),
  ].join("\n");
}

function drawn({ points }: Line, i: number, across: Axis, up: Axis): string {
  const sorted = [...points].sort((a, b) => a.x - b.x);
  const path = sorted.map(({ x, y }, at) => `${at === 0 ? "M" : "L"}${across.at(x)} ${up.at(y)}`).join("");
  const bars = sorted
    .filter(({ low, high }) => low !== undefined && high !== undefined && low !== high)
    .map(({ x, low = 0, high = 0 }) => `M${across.at(x)} ${up.at(low)}V${up.at(high)}`)
    .join("");
  return [
    bars === "" ? "" : `<path class="bar c${i}" d="${bars}"/>`,
    `<path class="line c${i}" stroke-dasharray="${DASHES[i]}" d="${path}"/>`,
    ...sorted.map(({ x, y }) => mark(i, across.at(x), up.at(y))),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function mark(i: number, x: number, y: number): string {
  if (i === 0) return `<circle class="f0" cx="${x}" cy="${y}" r="4"/>`;
  if (i === 1) return `<rect class="f1" x="${x - 4}" y="${y - 4}" width="8" height="8"/>`;
  const shape = i === 2 ? `M${x} ${y - 5}l5 9h-10z` : `M${x} ${y - 5}l5 5-5 5-5-5z`;
  return `<path class="f${i}" d="${shape}"/>`;
}

function legend(name: string, i: number, count: number): string {
  const x = FRAME.left + (i * (WIDTH - FRAME.left - FRAME.right)) / count;
  const y = HEIGHT - 18;
  return `<path class="line c${i}" stroke-dasharray="${DASHES[i]}" d="M${x} ${y - 4}h28"/>${mark(i, x + 14, y - 4)}<text x="${x + 36}" y="${y}">${escaped(name)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
