import type { ByteReader, ByteWriter } from "../../base/bytes.ts";
import type { HashKey } from "../../features/behavior/fingerprint.ts";
import { BehaviorRows, MOST_ROWS } from "../../features/behavior/rows.ts";
import type { Entity, EntityLimits } from "../../features/behavior/rows.ts";
import { slotIntegers } from "../../features/behavior/slot-array.ts";
import type { SlotArray, SlotOwner } from "../../features/behavior/slot-array.ts";
import { addressClass, BROADCAST, MULTICAST, PRIVATE } from "../../features/connection/address-class.ts";
import { UNSET_BOOLEAN } from "../../zeek/batch.ts";
import type { Batch } from "../../zeek/batch.ts";
import { hasAnswered, hasFailed, repliesOf } from "./answers.ts";
import { findKnown } from "./known-set.ts";
import type { KnownSet } from "./known-set.ts";
import {
  hostHigh,
  hostLow,
  printOf,
  protocolWords,
  serviceOf,
  serviceWord,
  targetWord,
} from "./known-words.ts";
import type { KnownTraffic } from "./known-pairs.ts";
import { adminServices } from "./admin-services.ts";
import { dnsServices } from "./dns-services.ts";
import { loginServices } from "./login-services.ts";
import { markServices, namesIn } from "./service-set.ts";

export { MOST_ROWS } from "../../features/behavior/rows.ts";

/** Bits of `DetectorRows.kind`. */
const TCP = 1;
export const ICMP = 2;
/** ICMP that answers or complains of something, and so asks for no answer. */
export const NO_PROBE = 4;
/** The end is one of the network that is watched: the log says so, or says nothing and the address is private. */
export const FROM_INSIDE = 8;
export const TO_INSIDE = 16;
/** To a multicast or broadcast address. */
export const TO_GROUP = 32;

/** What all detectors need of some consecutive rows of a batch, computed once. The memory is used again for the next rows. */
export class DetectorRows {
  /** Slots, clock, windows, sizes and hashes. */
  readonly behavior: BehaviorRows;
  readonly known: KnownTraffic;
  /** Start of the connections, log time: not in order. */
  readonly ts = new Float64Array(MOST_ROWS);
  /** Seconds; 0 where unset. */
  readonly duration = new Float64Array(MOST_ROWS);
  /** 1 where the responder answered a connection that the originator opened. */
  readonly answered = new Uint8Array(MOST_ROWS);
  /** 1 where the service asks for a password. */
  readonly login = new Uint8Array(MOST_ROWS);
  /** 1 where it lets one host run or copy something on another. */
  readonly admin = new Uint8Array(MOST_ROWS);
  /** 1 where it is a name server's. */
  readonly dns = new Uint8Array(MOST_ROWS);
  /** Packets from the originator; 0 where unknown. */
  readonly sentPackets = new Float64Array(MOST_ROWS);
  /** 1 where nobody was there, or nobody who wanted to talk. Not the opposite of `answered`: much is neither. */
  readonly failed = new Uint8Array(MOST_ROWS);
  /** TCP, ICMP, NO_PROBE, FROM_INSIDE, TO_INSIDE and TO_GROUP. */
  readonly kind = new Uint8Array(MOST_ROWS);
  /** Places in the sets of `known`, 0 for strangers. */
  readonly knownOriginator = new Int32Array(MOST_ROWS);
  readonly knownResponder = new Int32Array(MOST_ROWS);
  readonly knownTarget = new Int32Array(MOST_ROWS);
  readonly knownService = new Int32Array(MOST_ROWS);
  /** The same by slot. */
  readonly #originators = slotIntegers("originator", 1);
  readonly #responders = slotIntegers("responder", 1);
  readonly #targets = slotIntegers("target", 1);
  readonly #services = slotIntegers("responderService", 1);
  #codes: BatchCodes = {
    replies: new Uint8Array(),
    protocols: new Uint8Array(),
    services: new Int32Array(),
    logins: new Uint8Array(),
    admins: new Uint8Array(),
    resolvers: new Uint8Array(),
  };
  readonly #stores: readonly SlotArray[] = [
    this.#originators,
    this.#responders,
    this.#targets,
    this.#services,
  ];

  constructor(key: HashKey, limits: EntityLimits, needed: readonly Entity[], known: KnownTraffic) {
    this.behavior = new BehaviorRows(key, limits, needed);
    this.known = known;
  }

  get rows(): number {
    return this.behavior.rows;
  }

  /** Takes the next rows of the stream: rows `from` to `to - 1` of the batch, at most `MOST_ROWS`. */
  prepare(batch: Batch, from: number, to: number): void {
    if (from === 0) this.#codes = codesOf(batch);
    this.behavior.prepare(batch, from, to);
    this.#readOutcomes(batch, from);
    this.makeRoom(this.#stores);
    this.#recognise(batch, from);
  }

  /** For every slot that is in use. */
  makeRoom(stores: readonly SlotArray[]): void {
    for (const store of stores) store.ensure(this.slotsOf(store.entity), this.behavior.limit(store.entity));
  }

  slotsOf(entity: SlotOwner): number {
    return entity === "network" ? 1 : this.behavior.used(entity);
  }

  write(out: ByteWriter): void {
    this.behavior.write(out);
    for (const store of this.#stores) store.write(out, this.slotsOf(store.entity));
  }

  read(input: ByteReader): void {
    this.behavior.read(input);
    this.makeRoom(this.#stores);
    for (const store of this.#stores) store.read(input, this.slotsOf(store.entity));
  }

  #readOutcomes(batch: Batch, from: number): void {
    const { ts, duration, answered, failed, kind, sentPackets, rows } = this;
    const { proto, local_orig, local_resp, orig_h, resp_h } = batch;
    const { replies, protocols, logins, admins, resolvers } = this.#codes;
    markServices(this.login, loginServices, batch, logins, from, rows);
    markServices(this.admin, adminServices, batch, admins, from, rows);
    markServices(this.dns, dnsServices, batch, resolvers, from, rows);
    for (let row = 0; row < rows; row++) {
      const at = from + row;
      const protocol = protocols[proto.codes[at]!]!;
      const seconds = batch.duration[at]!;
      ts[row] = batch.ts[at]! > 0 ? Math.min(batch.ts[at]!, LATEST) : 0;
      duration[row] = seconds > 0 ? Math.min(seconds, LONGEST) : 0;
      const packets = batch.orig_pkts[at]!;
      sentPackets[row] = packets > 0 ? Math.min(packets, Number.MAX_SAFE_INTEGER) : 0;
      answered[row] = hasAnswered(batch, at, replies) ? 1 : 0;
      failed[row] = hasFailed(batch, at, replies, (protocol & TCP) !== 0) ? 1 : 0;
      const originClass = addressClass(orig_h, 4 * at);
      const responseClass = addressClass(resp_h, 4 * at);
      kind[row] =
        protocol |
        (protocol === ICMP && !isProbe(batch.orig_p[at]!) ? NO_PROBE : 0) |
        (isInside(local_orig[at]!, originClass) ? FROM_INSIDE : 0) |
        (isInside(local_resp[at]!, responseClass) ? TO_INSIDE : 0) |
        (responseClass === MULTICAST || responseClass === BROADCAST ? TO_GROUP : 0);
    }
  }

  /** Looks up what training knew of those that take a slot over, and puts it beside the rows. */
  #recognise(batch: Batch, from: number): void {
    const { known, knownOriginator, knownResponder, knownTarget, knownService, rows } = this;
    const { originator, responder, target, responderService } = this.behavior.slots;
    const { services: protocols } = this.#codes;
    for (let row = 0; row < rows; row++) {
      // Every new host is half of a new target.
      if (target[row]! < 0 || responderService[row]! < 0 || originator[row]! < 0 || responder[row]! < 0) {
        const at = 4 * (from + row);
        const service = serviceOf(batch, from + row, protocols);
        const originLow = hostLow(batch.orig_h, at);
        const originHigh = hostHigh(batch.orig_h, at);
        const responseLow = hostLow(batch.resp_h, at);
        const responseHigh = hostHigh(batch.resp_h, at);
        this.#mark(this.#originators, originator[row]!, known.hosts, originLow, originHigh);
        this.#mark(this.#responders, responder[row]!, known.hosts, responseLow, responseHigh);
        const targetLow = targetWord(originLow, responseLow, service);
        const targetHigh = targetWord(originHigh, responseHigh, ~service);
        this.#mark(this.#targets, target[row]!, known.targets, targetLow, targetHigh);
        const serviceLow = serviceWord(responseLow, service);
        const serviceHigh = serviceWord(responseHigh, ~service);
        this.#mark(this.#services, responderService[row]!, known.services, serviceLow, serviceHigh);
      }
      // A later row may take the slot over: what this row needs is put aside now.
      knownOriginator[row] = this.#originators.data[slotOf(originator[row]!)]!;
      knownResponder[row] = this.#responders.data[slotOf(responder[row]!)]!;
      knownTarget[row] = this.#targets.data[slotOf(target[row]!)]!;
      knownService[row] = this.#services.data[slotOf(responderService[row]!)]!;
    }
  }

  #mark(store: SlotArray<Int32Array>, slot: number, set: KnownSet, low: number, high: number): void {
    if (slot < 0) store.data[~slot] = findKnown(set, printOf(this.known.secret, low, high));
  }
}

/** The slot, whether it has just been taken over or not. */
function slotOf(claimed: number): number {
  return claimed < 0 ? ~claimed : claimed;
}

/** What the codes of a batch's text columns mean. */
interface BatchCodes {
  readonly replies: Uint8Array;
  readonly protocols: Uint8Array;
  readonly services: Int32Array;
  readonly logins: Uint8Array;
  readonly admins: Uint8Array;
  readonly resolvers: Uint8Array;
}

function codesOf({ conn_state, proto, service }: Batch): BatchCodes {
  return {
    replies: repliesOf(conn_state),
    protocols: Uint8Array.from(proto.values, protocolKind),
    services: protocolWords(proto),
    logins: namesIn(loginServices, service),
    admins: namesIn(adminServices, service),
    resolvers: namesIn(dnsServices, service),
  };
}

function protocolKind(name: string): number {
  return name === "tcp" ? TCP : name === "icmp" || name === "icmp6" ? ICMP : 0;
}

/** Requests for an echo, a time stamp, information or an address mask, and IPv6's echo. */
function isProbe(type: number): boolean {
  return type === 8 || type === 13 || type === 15 || type === 17 || type === 128;
}

function isInside(flag: number, address: number): boolean {
  return flag === 1 || (flag === UNSET_BOOLEAN && address === PRIVATE);
}

/** Seconds; the year 5138, as for the stream's clock. */
const LATEST = 1e11;
/** Seconds; nothing lasts longer than some years. */
const LONGEST = 1e8;
