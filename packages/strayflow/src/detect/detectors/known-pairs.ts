import type { BaselinePart } from "../../features/block.ts";
import { finishHash, hashAddress, mixWord } from "../../features/behavior/fingerprint.ts";
import { StreamClock } from "../../features/behavior/stream-clock.ts";
import type { Batch, TextColumn } from "../../zeek/batch.ts";
import { hasAnswered, hasFailed, replies } from "./answers.ts";
import { decodeKnownSet, encodeKnownSet } from "./known-set.ts";
import type { KnownSet } from "./known-set.ts";
import { Tally } from "./tally.ts";

/** What the training rows show to be ordinary: who talks to whom, about how much, and who serves what. */
export interface KnownTraffic {
  /** Enters the 32 bits by which a thing is known, so that nobody outside can choose an address that looks known. */
  readonly secret: number;
  /** Length of the training period. */
  readonly seconds: number;
  /** Hosts in at least four connections. */
  readonly hosts: KnownSet;
  /** Originator, responder and service that met at least twice. */
  readonly targets: KnownSet;
  /** Services of a responder that answered. */
  readonly services: KnownSet;
}

/** Amounts of `KnownTraffic.hosts`. All rates are per day of the training period. */
export const SENT_BY_HOST = 0;
export const VAIN_CONTACTS_OF_HOST = 1;
/** Connections that the host answered in all, and services that it answered on. */
export const ANSWERED_BY_HOST = 2;
export const SERVICES_OF_HOST = 3;
const HOST_AMOUNTS = 4;
/** Amounts of `KnownTraffic.targets`: connections and bytes sent, a day. */
export const CONNECTIONS_TO_TARGET = 0;
export const SENT_TO_TARGET = 1;
const TARGET_AMOUNTS = 2;
/** Amounts of `KnownTraffic.services`: connections a day. */
export const CONNECTIONS_TO_SERVICE = 0;
const SERVICE_AMOUNTS = 1;

/** Digits of pi: what a learner starts with, before it has seen a row. */
const FIRST_SEED = 0x243f6a88;
const SECOND_SEED = 0x85a308d3 | 0;

const MOST_HOSTS = 65_536;
const MOST_TARGETS = 262_144;
const MOST_SERVICES = 131_072;

/**
 * Learns which pairs, hosts and services belong here. Bounded: beyond the limits below, those not seen for longest are
 * forgotten. A stranger is taken for known with a probability of at most 6e-5.
 */
export const knownPairs: BaselinePart<KnownTraffic> = {
  id: "known_pairs",
  learner() {
    const clock = new StreamClock();
    const hosts = new Tally(MOST_HOSTS, 5);
    const targets = new Tally(MOST_TARGETS, 2);
    const services = new Tally(MOST_SERVICES, 2);
    let secret = FIRST_SEED;
    const learnRow = (batch: Batch, row: number, service: number, states: Uint8Array): void => {
      const at = 4 * row;
      const { orig_h, resp_h } = batch;
      const originLow = hostLow(orig_h, at);
      const originHigh = hostHigh(orig_h, at);
      const responseLow = hostLow(resp_h, at);
      const responseHigh = hostHigh(resp_h, at);
      const sent = batch.orig_bytes[row]! > 0 ? batch.orig_bytes[row]! : 0;
      const target = targets.claim(
        targetWord(originLow, responseLow, service),
        targetWord(originHigh, responseHigh, ~service),
      );
      targets.sums[2 * target.slot]! += 1;
      targets.sums[2 * target.slot + 1]! += sent;
      const originator = hosts.claim(originLow, originHigh).slot * 5;
      hosts.sums[originator]! += 1;
      hosts.sums[originator + 1]! += sent;
      if (target.isNew && hasFailed(batch, row, states, batch.proto.values[batch.proto.codes[row]!] === "tcp")) hosts.sums[originator + 2]! += 1;
      const responder = hosts.claim(responseLow, responseHigh).slot * 5;
      hosts.sums[responder]! += 1;
      const { slot, isNew } = services.claim(serviceWord(responseLow, service), serviceWord(responseHigh, ~service));
      services.sums[2 * slot]! += 1;
      if (!hasAnswered(batch, row, states)) return;
      hosts.sums[responder + 3]! += 1;
      if (isNew || services.sums[2 * slot + 1] === 0) hosts.sums[responder + 4]! += 1;
      services.sums[2 * slot + 1]! += 1;
    };
    return {
      learn(batch, include) {
        const protocols = protocolWords(batch.proto);
        const states = replies(batch.conn_state);
        for (let row = 0; row < batch.rows; row++) {
          if (include !== undefined && include[row] === 0) continue;
          clock.advance(batch.ts[row]!, batch.duration[row]!);
          secret = mixWord(secret, (batch.ts[row]! % 1) * 1e6);
          secret = mixWord(secret, (batch.orig_p[row]! << 16) | batch.resp_p[row]!);
          learnRow(batch, row, serviceOf(batch, row, protocols), states);
        }
      },
      finish() {
        const seconds = clock.now - clock.started || 0;
        const days = Math.max(seconds, 3600) / 86_400;
        secret = finishHash(secret);
        const print = (low: number, high: number) => printOf(secret, low, high);
        return {
          secret,
          seconds,
          hosts: hosts.toSet(print, HOST_AMOUNTS, (sums, at) =>
            sums[at]! < 4
              ? undefined
              : [sums[at + 1]! / days, sums[at + 2]! / days, sums[at + 3]!, sums[at + 4]!],
          ),
          targets: targets.toSet(print, TARGET_AMOUNTS, (sums, at) =>
            sums[at]! < 2 ? undefined : [sums[at]! / days, sums[at + 1]! / days],
          ),
          services: services.toSet(print, SERVICE_AMOUNTS, (sums, at) =>
            sums[at + 1] === 0 ? undefined : [sums[at]! / days],
          ),
        };
      },
    };
  },
  encode({ secret, seconds, hosts, targets, services }, out) {
    out.uint32(secret);
    out.float64(seconds);
    for (const set of [hosts, targets, services]) encodeKnownSet(set, out);
  },
  decode(input) {
    const secret = input.uint32() | 0;
    const seconds = input.float64();
    input.expect(seconds >= 0 && seconds < Infinity, `it was learned in ${seconds} seconds`);
    return {
      secret,
      seconds,
      hosts: decodeKnownSet(input, HOST_AMOUNTS),
      targets: decodeKnownSet(input, TARGET_AMOUNTS),
      services: decodeKnownSet(input, SERVICE_AMOUNTS),
    };
  },
};

/** What training that saw nothing knows: everybody is a stranger. */
export function nothingKnown(): KnownTraffic {
  return knownPairs.learner().finish();
}

/** The two 32-bit words that name a host, a service or a target before the secret is mixed in. */
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
