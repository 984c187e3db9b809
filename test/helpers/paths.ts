import { fileURLToPath } from "node:url";

/** The root of the repository; compiled tests lie in build/test/. */
export const root: string = fileURLToPath(new URL("../../../", import.meta.url));
