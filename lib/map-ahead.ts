export interface MapAheadOptions {
  /** Most results that are being made or wait to be taken. */
  ahead: number;
  /** Stops at once: the generator throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Maps items to results in their order, and begins the next ones before they are asked for: what `map` does in other
 * threads goes on while the caller works. Never more than `ahead` at a time, so memory stays bounded.
 *
 * Ended early, by the caller, an error or the signal, it closes `items` and waits for what it has begun.
 */
export async function* mapAhead<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  map: (item: Item) => Promise<Result>,
  { ahead, signal }: MapAheadOptions,
): AsyncGenerator<Result, void, undefined> {
  const iterator =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const begun: Promise<Result>[] = [];
  let ended = false;
  try {
    for (;;) {
      while (!ended && begun.length < ahead) {
        signal?.throwIfAborted();
        const next = await untilAborted(Promise.resolve(iterator.next()), signal);
        if (next.done) ended = true;
        else begun.push(quietly(map(next.value)));
      }
      const [first] = begun;
      if (!first) return;
      const result = await untilAborted(first, signal);
      void begun.shift();
      yield result;
    }
  } finally {
    if (!ended) {
      const closed = quietly(Promise.resolve(iterator.return?.()));
      // Items that hang, which may be why the work was aborted, would not let themselves be closed.
      if (!signal?.aborted) await closed;
    }
    await Promise.allSettled(begun);
  }
}

/** A promise that may fail before anyone awaits it; whoever awaits it still gets the error. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/**
 * Waits for a promise, but no longer than until the signal is aborted; then it throws the signal's reason.
 *
 * Not `Promise.race` with a promise that stands for the signal: each race would stay with that promise, and keep its
 * result in memory, as long as the signal lives.
 */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    void promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
