/** The next larger double. */
export function above(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(1);
  const view = new Float64Array(bits.buffer);
  view[0] = value;
  bits[0]! += value > 0 ? 1n : -1n;
  return view[0];
}

/** The next smaller double. */
export function below(value: number): number {
  return -above(-value);
}
