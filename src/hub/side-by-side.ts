import type { HubSettings } from "./settings.js";
import { linkedController } from "./watchdog.js";

/** More connections to one host than these gain nothing. */
const MAX_CONNECTIONS = 4;

/**
 * Runs an action on every item, a few at a time; results are in the items' order. When one fails the others are stopped
 * by the signal in their settings, and awaited, before the failure is passed on.
 */
export async function sideBySide<T, R>(
  items: readonly T[],
  settings: HubSettings,
  action: (item: T, index: number, settings: HubSettings) => Promise<R>,
): Promise<R[]> {
  const { controller, unlink } = linkedController(settings.signal);
  const waiting = [...items.entries()];
  const results: R[] = [];
  const failures: unknown[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, item] = next;
      try {
        results[index] = await action(item, index, { ...settings, signal: controller.signal });
      } catch (error) {
        failures.push(error);
        waiting.length = 0;
        controller.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_CONNECTIONS, items.length) }, work));
  unlink();
  settings.signal?.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  return results;
}
