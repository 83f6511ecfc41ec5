/** 0 where the log states no usable number (unset, negative, not finite): the matrix holds finite values only. */
export function orZero(value: number): number {
  return value >= 0 && value < Infinity ? value : 0;
}

/** 1 where the log states no usable number. */
export function missing(value: number): number {
  return value >= 0 && value < Infinity ? 0 : 1;
}
