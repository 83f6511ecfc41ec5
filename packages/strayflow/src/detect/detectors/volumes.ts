import { ln } from "../../features/behavior/logarithm.ts";

/**
 * How much goes to one place in a day, as a histogram of cases: an octave of bytes a bin, then the sum of all. Halved when
 * there are many, so that it follows a change of habit. Below 1 KiB and from 2 TiB on nothing is told apart.
 */
export const VOLUME_WORDS = 33;

/** Counts a case of so many bytes in the histogram at `at`, which holds fewer than about `most`. */
export function countCase(counts: Float32Array, at: number, bytes: number, most: number): void {
  const end = at + SUM;
  if (counts[end]! >= most) for (let i = at; i <= end; i++) counts[i]! *= 0.5;
  counts[at + binOf(bytes)]! += 1;
  counts[end]! += 1;
}

/** A case that has been counted has grown. */
export function moveCase(counts: Float32Array, at: number, before: number, now: number): void {
  const from = at + binOf(before);
  const to = at + binOf(now);
  if (from === to) return;
  // It may have been halved since.
  const moved = Math.min(1, counts[from]!);
  counts[from]! -= moved;
  counts[to]! += moved;
}

/** Cases that are as large, those of the same octave in part. */
function asLarge(counts: Float32Array, at: number, bytes: number): number {
  const place = octaveOf(bytes);
  const bin = Math.floor(place);
  let cases = counts[at + bin]! * (bin + 1 - place);
  for (let i = bin + 1; i < SUM; i++) cases += counts[at + i]!;
  return cases;
}

/** As `asLarge`, but for one case of `grown` bytes that was counted too. */
export function othersAsLarge(counts: Float32Array, at: number, bytes: number, grown: number): number {
  const mine = grown > 0 ? overlap(octaveOf(bytes), octaveOf(grown)) : 0;
  return Math.max(0, asLarge(counts, at, bytes) - mine);
}

/** Number of cases. */
export function casesIn(counts: Float32Array, at: number): number {
  return counts[at + SUM]!;
}

/**
 * Bytes that no case reaches, but for one of `grown` bytes: the end of the highest octave that holds others; 1 KiB where
 * there are none.
 */
export function beyondOthers(counts: Float32Array, at: number, grown: number): number {
  const mine = grown > 0 ? binOf(grown) : -1;
  let bin = SUM - 1;
  while (bin > 0 && counts[at + bin]! - (bin === mine ? 1 : 0) < LEAST_CASE) bin--;
  return SMALLEST * 2 ** (bin + 1);
}

const SUM = VOLUME_WORDS - 1;
/** Bytes: half of where the second bin begins. */
const SMALLEST = 512;
/** Of a case that was halved time and again. */
const LEAST_CASE = 0.1;

function octaveOf(bytes: number): number {
  const octave = ln(bytes / SMALLEST) / Math.LN2;
  return octave > 0 ? Math.min(octave, SUM - 1e-6) : 0;
}

function binOf(bytes: number): number {
  return Math.floor(octaveOf(bytes));
}

/** The part with which a case counts as being as large as another, both as octaves. */
function overlap(place: number, grown: number): number {
  const bin = Math.floor(place);
  const own = Math.floor(grown);
  return own > bin ? 1 : own === bin ? bin + 1 - place : 0;
}
