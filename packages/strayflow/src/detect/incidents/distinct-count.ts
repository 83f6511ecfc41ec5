import { hashText } from "../../base/random.ts";
import type { DistinctList } from "./incident.ts";

/** Up to so many, the count is exact; beyond, it is estimated. */
const exactUpTo = 256;
/** Registers of the estimate: standard error 1.04 / sqrt(registers), 2.3 %. */
const registerBits = 11;
const registers = 1 << registerBits;

/** What a count remembers, as plain data (of structured clone). */
export interface DistinctState {
  readonly hashes: ReadonlySet<number>;
  readonly ranks: Uint8Array | undefined;
}

/**
 * Counts different texts in at most some 10 kB: exactly while they are few, then by HyperLogLog (Flajolet et al. 2007)
 * over the same 32-bit hashes. Beyond some hundred million texts the estimate falls short.
 */
export class DistinctCount {
  #hashes = new Set<number>();
  #ranks: Uint8Array | undefined;

  save(): DistinctState {
    return { hashes: this.#hashes, ranks: this.#ranks };
  }

  load({ hashes, ranks }: DistinctState): void {
    this.#hashes = new Set(hashes);
    this.#ranks = ranks;
  }

  add(text: string): void {
    this.#addHash(mixed(hashText(text)));
  }

  /** Takes over what another has counted. */
  merge(other: DistinctCount): void {
    for (const hash of other.#hashes) this.#addHash(hash);
    if (other.#ranks === undefined) return;
    const mine = this.#toRanks();
    other.#ranks.forEach((rank, i) => {
      if (rank > mine[i]!) mine[i] = rank;
    });
  }

  get isExact(): boolean {
    return this.#ranks === undefined;
  }

  get count(): number {
    return this.#ranks === undefined ? this.#hashes.size : estimate(this.#ranks);
  }

  #addHash(hash: number): void {
    if (this.#ranks !== undefined) addRank(this.#ranks, hash);
    else if (this.#hashes.size < exactUpTo || this.#hashes.has(hash)) this.#hashes.add(hash);
    else addRank(this.#toRanks(), hash);
  }

  #toRanks(): Uint8Array {
    if (this.#ranks === undefined) {
      this.#ranks = new Uint8Array(registers);
      for (const hash of this.#hashes) addRank(this.#ranks, hash);
      this.#hashes.clear();
    }
    return this.#ranks;
  }
}

function addRank(ranks: Uint8Array, hash: number): void {
  const register = hash >>> (32 - registerBits);
  const rank = Math.clz32((hash << registerBits) | (1 << (registerBits - 1))) + 1;
  if (rank > ranks[register]!) ranks[register] = rank;
}

function estimate(ranks: Uint8Array): number {
  let sum = 0;
  let empty = 0;
  for (const rank of ranks) {
    sum += 2 ** -rank;
    if (rank === 0) empty++;
  }
  const raw = ((0.7213 / (1 + 1.079 / registers)) * registers * registers) / sum;
  // Linear counting is better while registers are empty.
  const count = raw <= 2.5 * registers && empty > 0 ? registers * Math.log(registers / empty) : raw;
  return Math.max(exactUpTo, Math.round(count));
}

/** The finalizer of MurmurHash3 (Austin Appleby, public domain): FNV's high bits are not well mixed. */
function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export interface NamedState {
  readonly distinct: DistinctState;
  readonly names: ReadonlyMap<string, number>;
}

/** A count of different names, and some of them. */
export class NamedCount {
  readonly #distinct = new DistinctCount();
  readonly #names = new FollowedNames();

  save(): NamedState {
    return { distinct: this.#distinct.save(), names: this.#names.save() };
  }

  load({ distinct, names }: NamedState): void {
    this.#distinct.load(distinct);
    this.#names.load(names);
  }

  add(name: string): void {
    this.#distinct.add(name);
    this.#names.add(name);
  }

  merge(other: NamedCount): void {
    this.#distinct.merge(other.#distinct);
    this.#names.merge(other.#names);
  }

  list(): DistinctList {
    const { count, isExact } = this.#distinct;
    return { count, isExact, some: this.#names.most() };
  }
}

/** Names that are followed one by one, and names that are shown. */
const mostNames = 32;
const shownNames = 10;

/** How often the first few names come. */
export class FollowedNames {
  #alerts = new Map<string, number>();

  save(): ReadonlyMap<string, number> {
    return this.#alerts;
  }

  load(alerts: ReadonlyMap<string, number>): void {
    this.#alerts = new Map(alerts);
  }

  add(name: string, alerts = 1): void {
    const known = this.#alerts.get(name);
    if (known !== undefined) this.#alerts.set(name, known + alerts);
    else if (this.#alerts.size < mostNames) this.#alerts.set(name, alerts);
  }

  merge(other: FollowedNames): void {
    for (const [name, alerts] of other.#alerts) this.add(name, alerts);
  }

  /** Those that came most often; of equal ones the first. */
  most(): string[] {
    const sorted = [...this.#alerts].sort(([, a], [, b]) => b - a);
    return sorted.slice(0, shownNames).map(([name]) => name);
  }
}
