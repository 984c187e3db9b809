export { halfToFloat } from "./half";
