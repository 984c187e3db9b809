import { platform } from "./platform/current.js";

/** The version in package.json. */
export function packageVersion(): string {
  const file = platform.readPackageFile("package.json");
  return (JSON.parse(new TextDecoder().decode(file)) as { version: string }).version;
}
