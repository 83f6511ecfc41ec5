/**
 * Begins each item before the one before it is finished, so that what `begin` set going elsewhere is done by the time that
 * `finish` asks for it. Results come in the order of the items. Where the items fail, what was begun is still finished and
 * given before the failure is thrown.
 */
export async function* oneAhead<Item, Begun, Result>(
  items: AsyncIterable<Item>,
  begin: (item: Item) => Begun,
  finish: (begun: Begun) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  let waiting: { readonly begun: Begun } | undefined;
  let failure: { readonly error: unknown } | undefined;
  let isOver = false;
  try {
    while (!isOver || waiting !== undefined) {
      const ready = waiting;
      waiting = undefined;
      if (!isOver) {
        try {
          const next = await iterator.next();
          if (next.done === true) isOver = true;
          else waiting = { begun: begin(next.value) };
        } catch (error) {
          isOver = true;
          failure = { error };
        }
      }
      if (ready !== undefined) yield await finish(ready.begun);
    }
  } finally {
    if (!isOver) await iterator.return?.();
  }
  if (failure !== undefined) throw failure.error;
}
