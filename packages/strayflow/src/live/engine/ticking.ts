/**
 * The items of a source, and a tick wherever `wait()` milliseconds pass without one. No item is dropped for a tick. Ends with
 * the source.
 */
export async function* ticking<Item>(
  items: AsyncIterable<Item>,
  wait: () => number,
): AsyncGenerator<Item | "tick", void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  let isOver = false;
  try {
    let next = iterator.next();
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const tick = new Promise<"tick">((resolve) => {
        timer = setTimeout(() => resolve("tick"), Math.max(0, wait()));
      });
      const won = await Promise.race([next, tick]).catch((error: unknown) => {
        isOver = true;
        throw error;
      });
      clearTimeout(timer);
      if (won === "tick") {
        yield "tick";
        continue;
      }
      if (won.done === true) {
        isOver = true;
        return;
      }
      next = iterator.next();
      // It is waited for in the next round; until then a failure is nobody's.
      next.catch(() => undefined);
      yield won.value;
    }
  } finally {
    if (!isOver) await iterator.return?.();
  }
}
