const BINS = 50;

type Numbers = Float32Array | Float64Array;

/** Edges of bins that hold every positive value; at least one bin. */
export function logEdges(all: readonly Numbers[]): number[] {
  let low = Infinity;
  let high = 0;
  for (const values of all) {
    for (const value of values) {
      if (value > 0 && value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (high === 0) return [1, 10];
  // One value only is still a bin of some width.
  if (high / low < 1.01) return [low / 1.1, high * 1.1];
  const step = (high / low) ** (1 / BINS);
  const edges = Array.from({ length: BINS + 1 }, (_, i) => low * step ** i);
  edges[0] = low;
  edges[BINS] = high;
  return edges;
}

/** Each bin holds its lower edge, the last one both. */
export function binned(values: Numbers, edges: readonly number[]): number[] {
  const counts = Array.from({ length: edges.length - 1 }, () => 0);
  for (const value of values) {
    if (!(value > 0)) continue;
    let low = 0;
    let high = counts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (edges[middle]! <= value) low = middle;
      else high = middle - 1;
    }
    counts[low]!++;
  }
  return counts;
}
