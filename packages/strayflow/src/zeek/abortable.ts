/**
 * Passes a stream on until the signal is aborted, then throws its reason at once, even where the stream is waiting for
 * bytes that may never come.
 */
export async function* abortable<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  if (signal === undefined) {
    yield* source;
    return;
  }
  const iterator = source[Symbol.asyncIterator]();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  // Nobody may be waiting when the abort comes.
  aborted.catch(() => {});
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  let isWaiting = false;
  try {
    signal.throwIfAborted();
    for (;;) {
      isWaiting = true;
      const next = await Promise.race([iterator.next(), aborted]);
      isWaiting = false;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    // An iterator that is waiting does not hear `return` before it has something; a stream can be ended from outside.
    if (!isWaiting) await iterator.return?.();
    else if ("destroy" in source && typeof source.destroy === "function") source.destroy();
    else void iterator.return?.();
  }
}
