/**
 * Secret words that all hashes of one model depend on, so that nobody outside can choose addresses that collide in its
 * tables or hide from its sketches. Learned from the training rows: the same training gives the same key.
 */
export type HashKey = readonly [number, number, number, number];

/** One keyed round: a bijection of `word` for every `hash`, so single words never collide. 32 bits in and out. */
export function mixWord(hash: number, word: number): number {
  let mixed = Math.imul(hash ^ word, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77);
  return mixed ^ (mixed >>> 13);
}

/** Spreads every input bit over every output bit (the finaliser of MurmurHash3). */
export function finishHash(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Hash of an address: four words from `at`. IPv4 addresses never collide with each other. */
export function hashAddress(seed: number, words: Uint32Array, at: number): number {
  let hash = seed;
  const third = words[at + 2]!;
  if (words[at] !== 0 || words[at + 1] !== 0 || third !== 0xffff) {
    hash = mixWord(mixWord(mixWord(hash, words[at]!), words[at + 1]!), ~third);
  }
  return mixWord(hash, words[at + 3]!);
}
