import { z } from "zod";
import { finishHash, mixWord } from "../features/behavior/fingerprint.ts";
import { addressClass, isIpv4, PRIVATE } from "../features/connection/address-class.ts";
import { UNSET_BOOLEAN, type Batch, type TextColumn } from "../zeek/batch.ts";
import { CaptureCount, markFaults } from "./capture-faults.ts";

const rates = z.object({
  rows: z.number().int(),
  oneSided: z.number(),
  missed: z.number(),
  flipped: z.number(),
  midstream: z.number(),
});

/** Columns whose values are words of Zeek's, which a new version or another network brings. */
export const wordColumns = ["proto", "service", "conn_state"] as const;
export type WordColumn = (typeof wordColumns)[number];

/** What the rows that a model learned from had in common, beside their features. Plain data, as it stands in the manifest. */
export const trafficNormsSchema = z.object({
  /** Words of each column, most frequent first. */
  words: z.object({
    proto: z.array(z.string()),
    service: z.array(z.string()),
    conn_state: z.array(z.string()),
  }),
  /**
   * Subnets (/24 or /64) of the hosts of this network, as 32-bit hashes; of any originator where nothing says which hosts
   * those are; absent where they are too many to mean anything. `unseen` is the share of rows whose subnet was new, on rows
   * that were held back.
   */
  subnets: z
    .object({ of: z.enum(["inside", "originators"]), hashes: z.array(z.number().int()), unseen: z.number() })
    .optional(),
  /** How well the sensor saw TCP connections with data. */
  capture: rates,
});

export type TrafficNorms = z.infer<typeof trafficNormsSchema>;

/** Learns norms from the training rows, and how usual exceptions are from rows that were held back. */
export class NormsLearner {
  readonly #words: Readonly<Record<WordColumn, Map<string, number>>> = {
    proto: new Map(),
    service: new Map(),
    conn_state: new Map(),
  };
  readonly #inside = new SubnetLearner();
  readonly #originators = new SubnetLearner();
  readonly #capture = new CaptureCount();

  /** `part` is 0 for rows to learn from and not 0 for those held back. Held-back rows come after the others, or among them. */
  add(batch: Batch, part: Uint8Array): void {
    const include = part.map((one) => (one === 0 ? 1 : 0));
    for (const column of wordColumns) countWords(this.#words[column], batch[column], include);
    for (let row = 0; row < batch.rows; row++) {
      const isTraining = include[row] === 1;
      this.#originators.add(subnetHash(batch.orig_h, 4 * row), isTraining);
      if (isInside(batch.local_orig[row]!, batch.orig_h, 4 * row))
        this.#inside.add(subnetHash(batch.orig_h, 4 * row), isTraining);
      else if (isInside(batch.local_resp[row]!, batch.resp_h, 4 * row))
        this.#inside.add(subnetHash(batch.resp_h, 4 * row), isTraining);
    }
    const marks = new Uint8Array(batch.rows);
    markFaults(marks, batch);
    this.#capture.add(marks);
  }

  finish(): TrafficNorms {
    const inside = this.#inside.finish();
    const hasInside = this.#inside.rows >= LEAST_INSIDE * this.#originators.rows;
    const subnets = hasInside ? inside && { of: "inside" as const, ...inside } : this.#originators.finish();
    return {
      words: {
        proto: ranked(this.#words.proto),
        service: ranked(this.#words.service),
        conn_state: ranked(this.#words.conn_state),
      },
      subnets: subnets && { of: "originators", ...subnets },
      capture: this.#capture.rates(),
    };
  }
}

/** The words of each value of a column; a set, such as `http,ssl`, has several. */
export function wordsOf({ values }: TextColumn): readonly (readonly string[])[] {
  return values.map((value) => (value === "" ? [] : value.split(",")));
}

/** Adds how often each word of a column occurs. */
function countWords(counts: Map<string, number>, column: TextColumn, include: Uint8Array): void {
  const { codes, values } = column;
  const byCode = new Float64Array(values.length);
  for (let row = 0; row < codes.length; row++) if (include[row] === 1) byCode[codes[row]!]!++;
  for (const [code, words] of wordsOf(column).entries()) {
    if (byCode[code] === 0) continue;
    for (const word of words) {
      const before = counts.get(word);
      if (before !== undefined || counts.size < MOST_WORDS) counts.set(word, (before ?? 0) + byCode[code]!);
    }
  }
}

/** Hash of the /24 of an IPv4 address and of the /64 of an IPv6 address. */
export function subnetHash(words: Uint32Array, at: number): number {
  const mixed = isIpv4(words, at)
    ? mixWord(SUBNET_SEED, words[at + 3]! >>> 8)
    : mixWord(mixWord(~SUBNET_SEED, words[at]!), words[at + 1]!);
  return finishHash(mixed) >>> 0;
}

/** Whether an end belongs to the network that is watched: the log says so, or says nothing and the address is private. */
export function isInside(flag: number, words: Uint32Array, at: number): boolean {
  return flag === 1 || (flag === UNSET_BOOLEAN && addressClass(words, at) === PRIVATE);
}

class SubnetLearner {
  readonly #seen = new Set<number>();
  rows = 0;
  #held = 0;
  #unseen = 0;

  add(hash: number, isTraining: boolean): void {
    this.rows++;
    if (isTraining) {
      if (this.#seen.size <= MOST_SUBNETS) this.#seen.add(hash);
      return;
    }
    this.#held++;
    if (!this.#seen.has(hash)) this.#unseen++;
  }

  /** Undefined where there are too many subnets, or where new ones are so usual that they say nothing. */
  finish(): { readonly hashes: number[]; readonly unseen: number } | undefined {
    const unseen = this.#held > 0 ? this.#unseen / this.#held : 0;
    if (this.#seen.size === 0 || this.#seen.size > MOST_SUBNETS || unseen > MOST_UNSEEN) return undefined;
    return { hashes: [...this.#seen].sort((a, b) => a - b), unseen };
  }
}

function ranked(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([word]) => word);
}

const MOST_WORDS = 256;
const MOST_SUBNETS = 4096;
const MOST_UNSEEN = 0.2;
/** Where fewer rows have an end inside, the log does not know its network. */
const LEAST_INSIDE = 0.05;
/** Digits of e. */
const SUBNET_SEED = 0x2b7e1516;
