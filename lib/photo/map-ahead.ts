/**
 * Maps items to results in order, and starts the next ones before they are asked for: what `map` does in other threads
 * continues while the caller works. At most `ahead` run at a time, so memory stays bounded.
 *
 * If the caller, an error or the signal ends it early, it closes `items` and waits for what it has started.
 *
 * @throws the signal's reason once that is aborted
 */
export async function* mapAhead<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  map: (item: Item) => Promise<Result>,
  { ahead, signal }: { ahead: number; signal?: AbortSignal | undefined },
): AsyncGenerator<Result, void, undefined> {
  const begun: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      signal?.throwIfAborted();
      const result = map(item);
      result.catch(() => undefined); // it may fail before anyone awaits it; whoever does still gets the error
      if (begun.push(result) < ahead) continue;
      yield (await begun.shift()) as Result;
      signal?.throwIfAborted();
    }
    while (begun.length > 0) {
      yield (await begun.shift()) as Result;
      signal?.throwIfAborted();
    }
  } finally {
    await Promise.allSettled(begun);
  }
}
