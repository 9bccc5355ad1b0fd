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
  const stop = stopper(signal);
  try {
    for (;;) {
      while (!ended && begun.length < ahead) {
        const next = await stop.orAbort(Promise.resolve(iterator.next()));
        if (next.done) ended = true;
        else begun.push(quietly(map(next.value)));
      }
      const first = begun.shift();
      if (!first) return;
      yield await stop.orAbort(first);
    }
  } finally {
    stop.release();
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

/** Lets promises be awaited only until the signal is aborted. */
function stopper(signal: AbortSignal | undefined): {
  orAbort: <T>(promise: Promise<T>) => Promise<T>;
  release: () => void;
} {
  if (!signal) return { orAbort: (promise) => promise, release: () => undefined };
  let onAbort = (): void => undefined;
  const aborted = quietly(
    new Promise<never>((_resolve, reject) => {
      onAbort = () => {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason is the caller's
        reject(signal.reason);
      };
    }),
  );
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    orAbort: (promise) => {
      void quietly(promise);
      signal.throwIfAborted();
      return Promise.race([promise, aborted]);
    },
    release: () => {
      signal.removeEventListener('abort', onAbort);
    },
  };
}
