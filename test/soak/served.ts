import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../helpers/paths.js";

/** `llama2 serve` as a process of its own. */
export class ServedProcess {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;

  private constructor(child: ChildProcess, ended: Promise<number | null>, url: string) {
    this.#process = child;
    this.#ended = ended;
    this.url = url;
  }

  /** @throws Error with what it said, where it ends before it listens */
  static async start(model: string, flags: readonly string[], cwd = root): Promise<ServedProcess> {
    const args = [join(root, "bin/llama2.js"), "serve", "-m", model, "--port", "0", ...flags];
    const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    let said = "";
    const listening = new Promise<string>((resolve) => {
      createInterface({ input: child.stderr }).on("line", (line) => {
        if (said.length < 10_000) said += `${line}\n`;
        const url = /Listening at (\S+)/.exec(line)?.[1];
        if (url !== undefined) resolve(url);
      });
    });
    const url = await Promise.race([listening, ended.then(() => undefined)]);
    if (url === undefined) throw new Error(`the server ended: ${said}`);
    return new ServedProcess(child, ended, url);
  }

  /** What it has of the system; undefined where that does not tell. */
  get residentMiB(): number | undefined {
    return this.#read(() => {
      const status = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
      return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
    });
  }

  get files(): number | undefined {
    return this.#read(() => readdirSync(`/proc/${this.#process.pid}/fd`).length);
  }

  /** Answers under way. */
  async busy(): Promise<number> {
    const slots = (await (await fetch(`${this.url}/slots`)).json()) as { is_processing: boolean }[];
    return slots.filter((slot) => slot.is_processing).length;
  }

  /** Asks it to end; its exit code. */
  stop(): Promise<number | null> {
    this.kill("SIGTERM");
    return this.#ended;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  #read(look: () => number): number | undefined {
    try {
      return look();
    } catch {
      return undefined;
    }
  }
}
