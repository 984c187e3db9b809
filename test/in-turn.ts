import { after, describe } from "node:test";

/**
 * Runs the tests of some compiled files in this process, one file after another: each is a suite with its path as
 * title, and imported only when the suite before is over, with the hooks of its file.
 */
export async function runInTurn(files: readonly string[]): Promise<void> {
  for (const file of files) await runFile(file);
}

function runFile(file: string): Promise<void> {
  return new Promise((resolve) => {
    // Its promise says no more than that the suite is known.
    void describe(file, async () => {
      try {
        await import(new URL(file, import.meta.url).href);
        after(() => resolve());
      } catch (error) {
        resolve();
        throw error;
      }
    });
  });
}
