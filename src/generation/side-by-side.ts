/** Under way at once: enough that short texts fill a batch, few enough that their KV caches stay small. */
const SIDE_BY_SIDE = 8;

/** Does something with every item, a few at a time; results are in the items' order. The first failure ends it. */
export async function sideBySide<T, R>(
  items: readonly T[],
  action: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < items.length; index = next++) {
      try {
        results[index] = await action(items[index] as T, index);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, items.length) }, work));
  return results;
}
