/**
 * What several generators give, as it comes.
 * @param end tells them to end, however this one does: a generator at work would not hear of it before its next item
 */
export async function* merged<T>(
  generators: readonly AsyncGenerator<T, void, undefined>[],
  end: () => void,
): AsyncGenerator<T, void, undefined> {
  type Next = { readonly from: AsyncGenerator<T, void, undefined>; readonly result: IteratorResult<T, void> };
  const pending = new Map<AsyncGenerator<T, void, undefined>, Promise<Next>>();
  const advance = (from: AsyncGenerator<T, void, undefined>) => {
    pending.set(
      from,
      from.next().then((result) => ({ from, result })),
    );
  };
  for (const generator of generators) advance(generator);
  try {
    while (pending.size > 0) {
      const { from, result } = await Promise.race(pending.values());
      pending.delete(from);
      if (result.done === true) continue;
      yield result.value;
      advance(from);
    }
  } finally {
    end();
    await Promise.allSettled(pending.values());
  }
}
