import { finishHash, hashAddress, mixWord } from "../../features/behavior/fingerprint.ts";
import type { Batch, TextColumn } from "../../zeek/batch.ts";

/** Digits of pi. */
const FIRST_SEED = 0x243f6a88;
const SECOND_SEED = 0x85a308d3 | 0;

/**
 * The two 32-bit words that name a host, a service or a target before a model's secret is mixed in: the low word from one
 * seed, the high word from another.
 */
export function hostLow(words: Uint32Array, at: number): number {
  return finishHash(hashAddress(FIRST_SEED, words, at));
}

export function hostHigh(words: Uint32Array, at: number): number {
  return finishHash(hashAddress(SECOND_SEED, words, at));
}

/** `service` inverted for the high word, so that the two are independent. */
export function targetWord(origin: number, response: number, service: number): number {
  return finishHash(mixWord(mixWord(origin, response), service));
}

export function serviceWord(response: number, service: number): number {
  return finishHash(mixWord(response, service));
}

export function printOf(secret: number, low: number, high: number): number {
  return finishHash(mixWord(mixWord(secret, low), high)) >>> 0;
}

/** Protocol and `id.resp_p` in one word; for ICMP the type, which Zeek writes as `id.orig_p`. */
export function serviceOf({ proto, orig_p, resp_p }: Batch, row: number, protocols: Int32Array): number {
  const word = protocols[proto.codes[row]!]!;
  return mixWord(word, word === ICMP || word === ICMP6 ? orig_p[row]! : resp_p[row]!);
}

/** A word for each of the batch's protocols. */
export function protocolWords(proto: TextColumn): Int32Array {
  return Int32Array.from(proto.values, protocolWord);
}

function protocolWord(name: string): number {
  let word = SECOND_SEED;
  for (let i = 0; i < name.length; i++) word = mixWord(word, name.charCodeAt(i));
  return word;
}

const ICMP = protocolWord("icmp");
const ICMP6 = protocolWord("icmp6");
