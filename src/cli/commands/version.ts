import type { Command } from "commander";
import { runnableBuilds } from "../../kernels/load.js";
import { packageVersion } from "../../package-version.js";
import type { Terminal } from "../terminal.js";

/** `llama2 version`: what a report of a defect should name. */
export function addVersionCommand(program: Command, terminal: Terminal): void {
  program
    .command("version")
    .description("print the version of llama2 and of what it runs on")
    .action(() => {
      const { version, platform, arch } = process;
      const [build = "no"] = runnableBuilds();
      terminal.write(`llama2 ${packageVersion()}\nNode ${version}, ${platform} ${arch}, ${build} kernels\n`);
    });
}
