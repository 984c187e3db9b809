import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { HubOptions, Outside } from "#dist/hub/settings.js";
import type { HubServer } from "./hub-server.js";
import { temporaryFolder } from "./temporary.js";

/** A person's machine: a home of its own, and what was said and waited for. */
export interface Home {
  readonly folder: string;
  readonly hub: string;
  readonly notices: string[];
  /** Milliseconds that were asked to be waited; they pass ten thousand times as fast. */
  readonly waits: number[];
  /** Options for this home and a hub. */
  options(more?: HubOptions): HubOptions;
}

const root = temporaryFolder();
let count = 0;

export function newHome(server: HubServer | undefined, env: Record<string, string> = {}): Home {
  const folder = join(root, `home-${count++}`);
  mkdirSync(folder);
  const notices: string[] = [];
  const waits: number[] = [];
  const outside: Partial<Outside> = {
    env: { HOME: folder, USERPROFILE: folder, LOCALAPPDATA: join(folder, "local"), ...env },
    sleep: async (milliseconds, signal) => {
      waits.push(milliseconds);
      await setTimeout(milliseconds / 10_000, undefined, signal === undefined ? {} : { signal });
    },
    stallTimeout: 10_000,
    askTimeout: 10_000,
  };
  return {
    folder,
    hub: join(folder, ".cache", "huggingface", "hub"),
    notices,
    waits,
    options: (more = {}) => ({
      endpoint: server?.endpoint,
      onNotice: (sentence) => notices.push(sentence),
      ...more,
      outside: { ...outside, ...more.outside },
    }),
  };
}
