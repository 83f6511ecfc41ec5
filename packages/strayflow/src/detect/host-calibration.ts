import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import { finishHash, hashAddress, type HashKey } from "../features/behavior/fingerprint.ts";
import { KeyTable } from "../features/behavior/key-table.ts";
import { StreamClock } from "../features/behavior/stream-clock.ts";
import { addressClass, LINK_LOCAL, PRIVATE } from "../features/connection/address-class.ts";
import type { Batch } from "../zeek/index.ts";

/**
 * Turns the p-values of the network as a whole into p-values of the host that opened the connection, as far as its own
 * history carries: what is rare on the network may be a daily habit of one host.
 *
 * Each host keeps a histogram of its recent p-values. With `own` of its `count` kept values at least as rare,
 *
 *     p(host) = max(p(network), (PRIOR * p(network) + own) / (PRIOR + count)),
 *
 * the network's p-value weighing as much as `PRIOR` connections of the host (the mean of a Dirichlet posterior). A host's
 * history only ever excuses it: letting it accuse as well cost twice the alarms on real traffic and found nothing more.
 *
 * An attacker must not be able to teach it that an attack is normal:
 * - a host adds at most `MOST_A_STEP` values in `STEP_SECONDS`, so that sending more does not teach more;
 * - once it has `GRACE` values, those that are rare on the network are added at the rate at which they should occur, and
 *   before that those in and after the ten minutes in which a named detector spoke of it. A new host is judged with care
 *   otherwise, but a scan has a name;
 * - only hosts of this network specialise: local or private ones, or such as have called several others.
 *
 * A stranger that knocks here is judged by all strangers of training that spoke the same transport, in the same way
 * (a Mondrian conformal p-value, Vovk et al. 2003): pings were rare in a week without them, and remain ordinary in one that is
 * full of them. What strangers do later teaches nothing.
 */
export class HostCalibration {
  readonly #key: HashKey;
  readonly #table = new KeyTable(MOST_HOSTS);
  readonly #clock = new StreamClock();
  #memory = new Int32Array(0);
  /** Hosts that training did not know have no say (their p-value is 1) once it has ended. */
  readonly #onlyNatives: boolean;
  #isSettled = false;
  /** What strangers of each transport did in training: a histogram and its sum each. */
  #strangers = new Int32Array(TRANSPORTS * (BINS + 1));

  constructor(key: HashKey, { onlyNatives = false }: { readonly onlyNatives?: boolean } = {}) {
    this.#key = key;
    this.#onlyNatives = onlyNatives;
  }

  /** Ends training: the hosts that have a history now are natives. */
  settle(): void {
    this.#isSettled = true;
    for (let slot = 0; slot < this.#table.used; slot++) {
      const at = slot * STRIDE;
      this.#memory[at + NATIVE] = this.#memory[at + LIFETIME]! >= LEAST_HISTORY ? 1 : 0;
    }
  }

  /**
   * Replaces the network's p-values of one batch, in place, by those of its hosts, and remembers them. Batches come in the
   * stream's order; where it is cut does not matter.
   *
   * @param history filled with the number of values that each row's host had, for remarks on how far to trust it;
   * `NOT_BY_HISTORY` for strangers
   * @param include rows with `include[row] === 0` are passed over
   * @param named 1 for rows of which a named detector speaks
   */
  specialise(
    batch: Batch,
    pValue: Float64Array,
    history: Uint16Array,
    {
      include,
      named,
    }: { readonly include?: Uint8Array | undefined; readonly named?: Uint8Array | undefined } = {},
  ): void {
    const { orig_h, resp_h, ts, duration, local_orig, proto, rows } = batch;
    const transports = Uint8Array.from(proto.values, transportOf);
    const [seed, other] = this.#key;
    for (let row = 0; row < rows; row++) {
      if (include !== undefined && include[row] === 0) continue;
      this.#clock.advance(ts[row]!, duration[row]!);
      const claimed = this.#table.claim(
        finishHash(hashAddress(seed, orig_h, 4 * row)),
        finishHash(hashAddress(other, orig_h, 4 * row)),
      );
      const slot = claimed < 0 ? ~claimed : claimed;
      const at = slot * STRIDE;
      if (at + STRIDE > this.#memory.length) this.#grow(slot + 1);
      if (claimed < 0) this.#memory.fill(0, at, at + STRIDE);
      const memory = this.#memory;

      const network = pValue[row]!;
      const rarity = rarityOf(network);
      const home =
        notePeer(memory, at, hashAddress(seed, resp_h, 4 * row)) >= HOME_PEERS ||
        local_orig[row] === 1 ||
        isInside(orig_h, 4 * row);
      const count = memory[at + COUNT]!;
      const step = Math.floor(this.#clock.now / STEP_SECONDS);
      if (named?.[row] === 1) memory[at + NAMED] = step;
      // What else a host does while it scans belongs to it as a rule.
      const isNamed = memory[at + NAMED]! > 0 && memory[at + NAMED]! >= step - 1;
      history[row] = home ? Math.min(count, NOT_BY_HISTORY - 1) : NOT_BY_HISTORY;
      if (this.#onlyNatives && this.#isSettled && memory[at + NATIVE] === 0) pValue[row] = 1;
      else if (home && !(isNamed && count < LEAST_HISTORY))
        pValue[row] = hostPValue(memory, at, network, rarity);
      const isHeard = takesTurn(memory, at, step);
      if (!home) {
        const of = transports[proto.codes[row]!]! * (BINS + 1);
        if (!this.#onlyNatives)
          pValue[row] = mixed(this.#strangers, of, this.#strangers[of + BINS]!, network, rarity);
        if (isHeard && !this.#isSettled) {
          this.#strangers[of + Math.floor(rarity)]!++;
          this.#strangers[of + BINS]!++;
        }
      }
      if (isHeard) learn(memory, at, network, rarity, isNamed);
    }
  }

  write(out: ByteWriter): void {
    this.#table.write(out);
    this.#clock.write(out);
    out.uint8(this.#isSettled ? 1 : 0);
    out.uint32Array(new Uint32Array(this.#strangers.buffer));
    const words = this.#table.used * STRIDE;
    out.uint32Array(new Uint32Array(this.#memory.buffer, 0, words));
  }

  read(input: ByteReader): void {
    this.#table.read(input);
    this.#clock.read(input);
    this.#isSettled = input.uint8() === 1;
    const strangers = input.uint32Array();
    input.expect(strangers.length === this.#strangers.length, `strangers have ${strangers.length} words`);
    this.#strangers = Int32Array.from(strangers);
    const words = input.uint32Array();
    input.expect(
      words.length === this.#table.used * STRIDE,
      `it has ${words.length} words for ${this.#table.used} hosts`,
    );
    this.#memory = Int32Array.from(words);
  }

  #grow(slots: number): void {
    const larger = new Int32Array(Math.min(MOST_HOSTS, Math.max(64, 2 * slots)) * STRIDE);
    larger.set(this.#memory);
    this.#memory = larger;
  }
}

/** History of a host that is not judged by its own. */
const NOT_BY_HISTORY = 65_535;

/** Hosts remembered at once; a flood of addresses that are seen once replaces its own kind. */
const MOST_HOSTS = 16_384;
/** Weight of the network's p-value, in connections of the host. */
const PRIOR = 100;
/** Values that a host has before its own count says anything. */
const LEAST_HISTORY = 50;
/** When a host has so many values they are halved: it is judged by its last days. */
const MOST_HISTORY = 2000;
const STEP_SECONDS = 600;
const MOST_A_STEP = 10;
/** Values that a host may add whatever they are, since a new host has to show what is normal for it. */
const GRACE = 200;
/** Beyond this p-value of the network a value is rare, and added only at this rate. */
const RARE = 0.02;
const RARE_PER_VALUE = 0.01;
/** Hosts called before a public address without a local flag counts as one of ours. */
const HOME_PEERS = 16;

/** TCP, UDP, ICMP, others. */
const TRANSPORTS = 4;

function transportOf(name: string): number {
  return name === "tcp" ? 0 : name === "udp" ? 1 : name === "icmp" || name === "icmp6" ? 2 : 3;
}

/** Bins of -log10 p, 8 to a decade. */
const BINS = 64;
const BINS_PER_DECADE = 8;

/** Layout of a host's memory: the histogram, then these. */
const COUNT = BINS;
const LIFETIME = BINS + 1;
const STEP = BINS + 2;
const IN_STEP = BINS + 3;
/** Rare values that it may still add, in thousandths. */
const CREDIT = BINS + 4;
/** 1 where training knew the host. */
const NATIVE = BINS + 5;
/** Step in which a named detector last spoke of it; 0 where none has. */
const NAMED = BINS + 6;
const PEERS = BINS + 7;
const STRIDE = PEERS + 1 + HOME_PEERS;

function rarityOf(pValue: number): number {
  return Math.min(BINS - 1e-6, Math.max(0, -Math.log10(pValue) * BINS_PER_DECADE));
}

function hostPValue(memory: Int32Array, at: number, network: number, rarity: number): number {
  const count = memory[at + COUNT]!;
  // With little history of its own, the most that can be said is that it was not so often seen here.
  if (count < LEAST_HISTORY) return Math.max(network, 1 / (1 + count));
  return mixed(memory, at, count, network, rarity);
}

/** The mean of the Dirichlet posterior, or the network's p-value where that is larger. */
function mixed(histogram: Int32Array, at: number, count: number, network: number, rarity: number): number {
  const bin = Math.floor(rarity);
  let own = histogram[at + bin]! * (bin + 1 - rarity);
  for (let rarer = bin + 1; rarer < BINS; rarer++) own += histogram[at + rarer]!;
  return Math.max(network, (PRIOR * network + own) / (PRIOR + count));
}

/** Whether the host may add a value now. */
function takesTurn(memory: Int32Array, at: number, step: number): boolean {
  if (memory[at + STEP] !== step) {
    memory[at + STEP] = step;
    memory[at + IN_STEP] = 0;
  }
  if (memory[at + IN_STEP]! >= MOST_A_STEP) return false;
  memory[at + IN_STEP]!++;
  return true;
}

function learn(memory: Int32Array, at: number, network: number, rarity: number, isNamed: boolean): void {
  memory[at + CREDIT] = Math.min(5000, memory[at + CREDIT]! + 1000 * RARE_PER_VALUE);
  if (network <= RARE && (isNamed || memory[at + LIFETIME]! >= GRACE)) {
    if (memory[at + CREDIT]! < 1000) return;
    memory[at + CREDIT]! -= 1000;
  }
  memory[at + Math.floor(rarity)]!++;
  memory[at + LIFETIME] = Math.min(1e9, memory[at + LIFETIME]! + 1);
  if (++memory[at + COUNT]! >= MOST_HISTORY) halve(memory, at);
}

function halve(memory: Int32Array, at: number): void {
  let count = 0;
  for (let bin = 0; bin < BINS; bin++) {
    memory[at + bin] = memory[at + bin]! >> 1;
    count += memory[at + bin]!;
  }
  memory[at + COUNT] = count;
}

/** Notes whom the host called, and returns how many different ones it is known to have called, up to `HOME_PEERS`. */
function notePeer(memory: Int32Array, at: number, peer: number): number {
  const known = memory[at + PEERS]!;
  if (known >= HOME_PEERS) return known;
  const first = at + PEERS + 1;
  for (let i = 0; i < known; i++) if (memory[first + i] === peer) return known;
  memory[first + known] = peer;
  return (memory[at + PEERS] = known + 1);
}

function isInside(words: Uint32Array, at: number): boolean {
  const kind = addressClass(words, at);
  return kind === PRIVATE || kind === LINK_LOCAL;
}
