import type { Batch, TextColumn } from "../../zeek/batch.ts";
import { sketchMark } from "./distinct-count.ts";
import { finishHash, hashAddress, mixWord } from "./fingerprint.ts";
import type { HashKey } from "./fingerprint.ts";

/** Two words of 32 bits a row. The low one is well mixed; high ones are only ever compared. */
export interface KeyColumns {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** By what the entities of each of some consecutive rows are known, see `entities`. */
export class RowKeys {
  readonly originator: KeyColumns;
  readonly responder: KeyColumns;
  readonly pair: KeyColumns;
  readonly target: KeyColumns;
  readonly originatorService: KeyColumns;
  readonly responderService: KeyColumns;
  /** Marks for counting what is distinct, see `sketchMark`: addresses, the responder's /24 or /64, and the service. */
  readonly originatorMark: Int32Array;
  readonly responderMark: Int32Array;
  readonly networkMark: Int32Array;
  readonly serviceMark: Int32Array;
  readonly #service: Int32Array;
  readonly #key: HashKey;

  constructor(key: HashKey, mostRows: number) {
    const columns = () => ({ low: new Int32Array(mostRows), high: new Int32Array(mostRows) });
    this.#key = key;
    this.originator = columns();
    this.responder = columns();
    this.pair = columns();
    this.target = columns();
    this.originatorService = columns();
    this.responderService = columns();
    this.originatorMark = new Int32Array(mostRows);
    this.responderMark = new Int32Array(mostRows);
    this.networkMark = new Int32Array(mostRows);
    this.serviceMark = new Int32Array(mostRows);
    this.#service = new Int32Array(mostRows);
  }

  read(batch: Batch, from: number, rows: number): void {
    const [lowKey, highKey, itemKey] = this.#key;
    const { originator, responder, pair, target, originatorService, responderService } = this;
    const service = this.#service;
    hashAddresses(batch.orig_h, from, lowKey, highKey, originator, rows);
    hashAddresses(batch.resp_h, from, lowKey, highKey, responder, rows);
    this.#hashServices(batch, from, rows);
    hashPairs(originator, responder, itemKey, pair, rows);
    withService(pair, service, target, rows);
    withService(originator, service, originatorService, rows);
    withService(responder, service, responderService, rows);
    mark(originator.low, itemKey, this.originatorMark, rows);
    mark(responder.low, itemKey, this.responderMark, rows);
    mark(service, itemKey, this.serviceMark, rows);
    markNetworks(batch.resp_h, from, itemKey, this.networkMark, rows);
  }

  #hashServices({ orig_p, resp_p, proto }: Batch, from: number, rows: number): void {
    const { codes, values } = proto;
    const service = this.#service;
    const protocolKey = this.#key[3];
    const protocols = Int32Array.from(values, (name) => protocolHash(protocolKey, name));
    const icmp = icmpCodes(proto);
    for (let row = 0; row < rows; row++) {
      const code = codes[from + row]!;
      const port = icmp[code] === 1 ? orig_p[from + row]! : resp_p[from + row]!;
      service[row] = mixWord(protocols[code]!, port);
    }
  }
}

function hashAddresses(
  words: Uint32Array,
  from: number,
  lowKey: number,
  highKey: number,
  { low, high }: KeyColumns,
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    const at = 4 * (from + row);
    low[row] = finishHash(hashAddress(lowKey, words, at));
    high[row] = hashAddress(highKey, words, at);
  }
}

function hashPairs(
  originator: KeyColumns,
  responder: KeyColumns,
  itemKey: number,
  pair: KeyColumns,
  rows: number,
): void {
  const originLow = originator.low;
  const originHigh = originator.high;
  const responseLow = responder.low;
  const responseHigh = responder.high;
  const { low, high } = pair;
  for (let row = 0; row < rows; row++) {
    // A round of its own for the originator, or A to B and B to A would be one pair.
    low[row] = finishHash(mixWord(mixWord(originLow[row]!, itemKey), responseLow[row]!));
    high[row] = mixWord(mixWord(originHigh[row]!, itemKey), responseHigh[row]!);
  }
}

function withService(owner: KeyColumns, service: Int32Array, { low, high }: KeyColumns, rows: number): void {
  const ownerLow = owner.low;
  const ownerHigh = owner.high;
  for (let row = 0; row < rows; row++) {
    low[row] = finishHash(mixWord(ownerLow[row]!, service[row]!));
    high[row] = mixWord(ownerHigh[row]!, ~service[row]!);
  }
}

function mark(words: Int32Array, key: number, marks: Int32Array, rows: number): void {
  for (let row = 0; row < rows; row++) marks[row] = sketchMark(finishHash(words[row]! ^ key));
}

function markNetworks(words: Uint32Array, from: number, key: number, marks: Int32Array, rows: number): void {
  for (let row = 0; row < rows; row++) marks[row] = sketchMark(networkOf(key, words, 4 * (from + row)));
}

function networkOf(key: number, words: Uint32Array, at: number): number {
  const mapped = words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff;
  return finishHash(
    mapped ? mixWord(key, words[at + 3]! >>> 8) : mixWord(mixWord(~key, words[at]!), words[at + 1]!),
  );
}

function protocolHash(key: number, name: string): number {
  let hash = key;
  for (let i = 0; i < name.length; i++) hash = mixWord(hash, name.charCodeAt(i));
  return hash;
}

function icmpCodes(proto: TextColumn): Uint8Array {
  return Uint8Array.from(proto.values, (name) => (name === "icmp" || name === "icmp6" ? 1 : 0));
}
