import { hashText } from "../base/random.ts";

export const partNames = ["train", "validation", "test"] as const;
export type PartName = (typeof partNames)[number];

/** How rows are dealt to the parts, and how much each gets; the shares add up to 1. */
export interface Split {
  readonly kind: "time" | "random";
  readonly shares: Readonly<Record<PartName, number>>;
}

/** 0 for training, 1 for validation, 2 for test, for each row of the stream. */
export type PartOfRow = (row: number) => 0 | 1 | 2;

/**
 * Deals `rows` rows of a stream to the three parts. By time, the parts follow one another in the stream's order. At
 * random, each row is dealt by a hash of its position, so that nothing has to be remembered.
 */
export function splitRows(rows: number, { kind, shares }: Split, seed: number): PartOfRow {
  if (kind === "time") {
    const validationFrom = Math.round(rows * shares.train);
    const testFrom = Math.round(rows * (shares.train + shares.validation));
    return (row) => (row < validationFrom ? 0 : row < testFrom ? 1 : 2);
  }
  const start = hashText(`split/${seed}`);
  return (row) => {
    const place = mixed(start, row) / 4294967296;
    return place < shares.train ? 0 : place < shares.train + shares.validation ? 1 : 2;
  };
}

/** Murmur3's 32-bit finaliser (Appleby) over the position. */
function mixed(start: number, row: number): number {
  let hash = (start + Math.imul(row, 0x9e3779b1)) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
