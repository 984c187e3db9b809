import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { after } from "node:test";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import xterm from "@xterm/headless";
import { root } from "./paths.js";

/** For node:test: real terminals come from util-linux's `script`, which every Linux has and no other system. */
export const needsTerminal: { readonly skip: string | false } = {
  skip: process.platform === "linux" || hasScript() ? false : "there is no util-linux `script` to make a terminal with",
};

function hasScript(): boolean {
  return spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;
}

/** What keys send. */
export const KEYS = {
  enter: "\r",
  altEnter: "\x1b\r",
  tab: "\t",
  up: "\x1b[A",
  down: "\x1b[B",
  left: "\x1b[D",
  home: "\x1b[H",
  end: "\x1b[F",
  backspace: "\x7f",
  ctrlC: "\x03",
  ctrlD: "\x04",
  ctrlG: "\x07",
  ctrlL: "\x0c",
  ctrlR: "\x12",
  ctrlU: "\x15",
  ctrlZ: "\x1a",
} as const;

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Longer than anything here takes on a busy machine; nothing waits for it to pass. */
const TIMEOUT_MS = 30_000;

/**
 * The command line in a terminal of its own, as a person has it: keys go in, and the screen is what a terminal
 * emulator makes of what comes out.
 */
export class PseudoTerminal {
  /** The exit code of the command, once it has ended. */
  readonly exit: Promise<number | null>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #emulator: InstanceType<typeof xterm.Terminal>;
  readonly #watchers = new Set<() => void>();
  #raw = "";
  /** The terminal's device and the command's process, which the shell names in its first line. */
  #head: RegExpExecArray | null = null;
  #hasEnded = false;

  private constructor(args: readonly string[], { columns = 60, rows = 20, env = {} }: TerminalOptions) {
    this.#emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 10_000 });
    this.#emulator.loadAddon(new Unicode11Addon());
    this.#emulator.unicode.activeVersion = "11";
    const command = [process.execPath, join(root, "bin", "llama2.js"), ...args].map(quoted).join(" ");
    const shell = `stty cols ${columns} rows ${rows}; echo "$(tty) $$ ready"; exec ${command}`;
    const { CI: _, NO_COLOR: __, ...inherited } = process.env;
    this.#child = spawn("script", ["-qfec", shell, "/dev/null"], {
      env: { ...inherited, TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
    });
    this.#child.stdin.on("error", () => undefined);
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => this.#take(text));
    this.exit = new Promise((resolve, reject) => {
      this.#child.on("error", reject).on("close", (code) => {
        this.#hasEnded = true;
        this.#emulator.write("", () => {
          this.#notify();
          resolve(code);
        });
      });
    });
  }

  /** Starts `llama2` with these arguments; it is ended with the tests of the file. */
  static async open(args: readonly string[], options: TerminalOptions = {}): Promise<PseudoTerminal> {
    const terminal = new PseudoTerminal(args, options);
    after(() => void terminal.#child.kill("SIGKILL"));
    await terminal.#until(() => terminal.#head !== null, "the shell");
    return terminal;
  }

  /** All that came out of the command, escape codes included. */
  get raw(): string {
    return this.#raw.slice((this.#head?.index ?? 0) + (this.#head?.[0].length ?? 0));
  }

  /** The lines on the screen and those that have left it, without the empty ones at the end. */
  get lines(): string[] {
    const { active } = this.#emulator.buffer;
    const lines = Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? "");
    return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
  }

  get text(): string {
    return this.lines.join("\n");
  }

  /** Sends keys, or text as it would be typed. */
  type(...keys: readonly string[]): void {
    for (const key of keys) this.#child.stdin.write(key);
  }

  /** Sends text as terminals do when it is pasted. */
  paste(text: string): void {
    this.type(`\x1b[200~${text.replaceAll("\n", "\r")}\x1b[201~`);
  }

  /** Types a line and ends it. */
  enter(text: string): void {
    this.type(text, KEYS.enter);
  }

  /** Waits until the text on the screen, or above it, is as wanted. */
  async shows(wanted: RegExp | string | ((text: string) => boolean)): Promise<void> {
    const isShown = () => {
      const { text } = this;
      if (typeof wanted === "function") return wanted(text);
      return typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
    };
    await this.#until(isShown, String(wanted));
  }

  /** Waits until the cursor stands in a column, from 0. */
  async cursorIn(column: number): Promise<void> {
    await this.#until(() => this.#emulator.buffer.active.cursorX === column, `the cursor in column ${column}`);
  }

  /** Waits for a prompt with nothing behind it, the `count`-th since the beginning. */
  async prompts(count: number): Promise<void> {
    const isReady = (text: string) => text.split("\n").filter((line) => /^>/.test(line)).length >= count;
    await this.shows((text) => isReady(text) && /(^|\n)> ?$/.test(text));
  }

  resize(columns: number, rows: number): void {
    this.#emulator.resize(columns, rows);
    execFileSync("stty", ["-F", this.#head?.[1] ?? "", "cols", String(columns), "rows", String(rows)]);
  }

  /** Sends a signal to the command. */
  signal(name: NodeJS.Signals): void {
    process.kill(Number(this.#head?.[2]), name);
  }

  /** Closes the terminal under the command, as closing its window does. */
  hangUp(): void {
    this.#child.kill("SIGKILL");
  }

  #take(text: string): void {
    this.#raw += text;
    if (this.#head !== null) {
      this.#emulator.write(text, () => this.#notify());
      return;
    }
    this.#head = /(\S+) (\d+) ready\r\n/.exec(this.#raw);
    this.#emulator.write(this.raw, () => this.#notify());
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #until(isDone: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => settle(() => reject(new Error(`${why} ${what}; it shows:\n${this.text}`)));
      const timer = setTimeout(() => fail("the terminal never showed"), TIMEOUT_MS);
      const settle = (done: () => void) => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        done();
      };
      const watcher = () => {
        if (isDone()) settle(resolve);
        else if (this.#hasEnded) fail("the command ended before it showed");
      };
      this.#watchers.add(watcher);
      watcher();
    });
  }
}

function quoted(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
