/**
 * Finds a model in a process of its own: the arguments are its name and options in JSON. Says the path, or the error.
 */
import { findModel } from "#dist/hub/find-model.js";

const [name = "", options = "{}"] = process.argv.slice(2);
try {
  const onProgress = () => {
    if (process.env["STOP_AT_FIRST_BYTES"] === "1") process.kill(process.pid, "SIGKILL");
  };
  const { path } = await findModel(name, { ...JSON.parse(options), onProgress });
  console.log(path);
} catch (error) {
  console.error(error);
  process.exit(1);
}
