/** The platform of this build. */
export { nodePlatform as platform } from "./node/node-platform.js";
