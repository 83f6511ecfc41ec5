import type { ByteReader, ByteWriter } from "../../base/bytes.ts";

/**
 * A set of things by 32 bits of their hash, with some quantised amounts for each. Of n things, one that is not in the
 * set is found in it with probability n / 2^32: 6e-5 when it is full at 262,144.
 */
export interface KnownSet {
  /** Ascending, distinct. */
  readonly prints: Uint32Array;
  /** Amounts a thing. */
  readonly stride: number;
  /** `levelOf` each amount: `levels[index * stride + i]`. */
  readonly levels: Uint8Array;
}

/** Makes a set of unsorted prints; of two equal ones the first counts. `levels` has `stride` entries for each. */
export function knownSet(prints: readonly number[], stride: number, levels: readonly number[]): KnownSet {
  const order = Array.from(prints.keys()).sort((a, b) => prints[a]! - prints[b]! || a - b);
  const distinct = order.filter((index, i) => i === 0 || prints[index] !== prints[order[i - 1]!]);
  return {
    prints: Uint32Array.from(distinct, (index) => prints[index]!),
    stride,
    levels: Uint8Array.from(distinct.flatMap((index) => levels.slice(index * stride, (index + 1) * stride))),
  };
}

/** Place of a print in the set, from 1; 0 for a stranger. */
export function findKnown({ prints }: KnownSet, print: number): number {
  let low = 0;
  let high = prints.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (prints[middle]! < print) low = middle + 1;
    else high = middle;
  }
  return low < prints.length && prints[low] === print ? low + 1 : 0;
}

/** One amount of the thing at a place, 0 for a stranger. */
export function knownAmount({ levels, stride }: KnownSet, place: number, which: number): number {
  return place === 0 ? 0 : 2 ** (levels[(place - 1) * stride + which]! / LEVELS_PER_OCTAVE) - 1;
}

/** An amount of 0 to 2^63 in 8 bits, within 9 %. */
export function levelOf(amount: number): number {
  return Math.min(255, Math.round(LEVELS_PER_OCTAVE * Math.log2(1 + amount)));
}

export function encodeKnownSet({ prints, levels }: KnownSet, out: ByteWriter): void {
  out.uint32Array(prints);
  out.bytes(levels);
}

export function decodeKnownSet(input: ByteReader, stride: number): KnownSet {
  const prints = input.uint32Array();
  const levels = input.bytes();
  input.expect(
    levels.length === prints.length * stride,
    `it has ${levels.length} amounts for ${prints.length} things of ${stride}`,
  );
  for (let i = 1; i < prints.length; i++)
    input.expect(prints[i - 1]! < prints[i]!, "its hashes are not in order");
  return { prints, stride, levels };
}

const LEVELS_PER_OCTAVE = 4;
