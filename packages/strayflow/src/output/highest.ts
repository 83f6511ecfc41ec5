/** The `limit` highest of many, in memory for `limit`; of equal scores the earlier stays. */
export interface Highest<T> {
  /** Whether an item of this score would be kept now: ask before building a dear item. */
  accepts(score: number): boolean;
  add(score: number, item: T): void;
  /** Highest first; equal scores in order of arrival. */
  ranked(): T[];
}

interface Entry<T> {
  readonly score: number;
  readonly order: number;
  readonly item: T;
}

/** A binary heap with the weakest kept item on top. */
export function keepHighest<T>(limit: number): Highest<T> {
  const heap: Entry<T>[] = [];
  let arrived = 0;
  return {
    accepts: (score) => heap.length < limit || (limit > 0 && score > heap[0]!.score),
    add(score, item) {
      if (!this.accepts(score)) return;
      const entry = { score, order: arrived++, item };
      if (heap.length < limit) {
        heap.push(entry);
        siftUp(heap, heap.length - 1);
      } else {
        heap[0] = entry;
        siftDown(heap);
      }
    },
    ranked: () => [...heap].sort((a, b) => (isWeaker(a, b) ? 1 : -1)).map(({ item }) => item),
  };
}

function isWeaker<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.score < b.score || (a.score === b.score && a.order > b.order);
}

function siftUp<T>(heap: Entry<T>[], from: number): void {
  let at = from;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isWeaker(heap[at]!, heap[parent]!)) return;
    swap(heap, at, parent);
    at = parent;
  }
}

function siftDown<T>(heap: Entry<T>[]): void {
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const right = left + 1;
    let weakest = at;
    if (left < heap.length && isWeaker(heap[left]!, heap[weakest]!)) weakest = left;
    if (right < heap.length && isWeaker(heap[right]!, heap[weakest]!)) weakest = right;
    if (weakest === at) return;
    swap(heap, at, weakest);
    at = weakest;
  }
}

function swap<T>(heap: Entry<T>[], a: number, b: number): void {
  const item = heap[a]!;
  heap[a] = heap[b]!;
  heap[b] = item;
}
