import type { BaselinePart } from "../../features/block.ts";
import { finishHash, mixWord } from "../../features/behavior/fingerprint.ts";
import { StreamClock } from "../../features/behavior/stream-clock.ts";
import type { Batch } from "../../zeek/batch.ts";
import { hasAnswered, hasFailed, repliesOf } from "./answers.ts";
import { decodeKnownSet, encodeKnownSet } from "./known-set.ts";
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

/** Amounts of `KnownTraffic.hosts`: first contacts in vain, a day; connections answered, services answered on. */
export const VAIN_CONTACTS_OF_HOST = 0;
export const ANSWERED_BY_HOST = 1;
export const SERVICES_OF_HOST = 2;
const HOST_AMOUNTS = 3;
/** Amounts of `KnownTraffic.targets`: connections and bytes sent, a day. */
export const CONNECTIONS_TO_TARGET = 0;
export const SENT_TO_TARGET = 1;
const TARGET_AMOUNTS = 2;
/** Amounts of `KnownTraffic.services`: connections a day. */
export const CONNECTIONS_TO_SERVICE = 0;
const SERVICE_AMOUNTS = 1;

/** Sums of the tallies below. */
const CONNECTIONS = 0;
const BYTES = 1;
const VAIN = 1;
const ANSWERS = 2;
const SERVICES = 3;

const MOST_HOSTS = 65_536;
const MOST_TARGETS = 262_144;
const MOST_SERVICES = 131_072;

/** What training that saw nothing knows: everybody is a stranger. */
export function nothingKnown(): KnownTraffic {
  return knownPairs.learner().finish();
}

/**
 * Learns which pairs, hosts and services belong here. Bounded: beyond the limits below, those not seen for longest are
 * forgotten. A stranger is taken for known with a probability of at most 6e-5.
 */
export const knownPairs: BaselinePart<KnownTraffic> = {
  id: "known_pairs",
  learner() {
    const clock = new StreamClock();
    const hosts = new Tally(MOST_HOSTS, 4);
    const targets = new Tally(MOST_TARGETS, 2);
    const services = new Tally(MOST_SERVICES, 3);
    let secret = 0;
    const learnRow = (batch: Batch, row: number, service: number, replies: Uint8Array): void => {
      const at = 4 * row;
      const { orig_h, resp_h, orig_bytes, proto } = batch;
      const originLow = hostLow(orig_h, at);
      const originHigh = hostHigh(orig_h, at);
      const responseLow = hostLow(resp_h, at);
      const responseHigh = hostHigh(resp_h, at);
      const isTcp = proto.values[proto.codes[row]!] === "tcp";
      const target = targets.claim(
        targetWord(originLow, responseLow, service),
        targetWord(originHigh, responseHigh, ~service),
      );
      targets.add(target.slot, CONNECTIONS, 1);
      if (orig_bytes[row]! > 0) targets.add(target.slot, BYTES, orig_bytes[row]!);
      const originator = hosts.claim(originLow, originHigh).slot;
      hosts.add(originator, CONNECTIONS, 1);
      if (target.isNew && hasFailed(batch, row, replies, isTcp)) hosts.add(originator, VAIN, 1);
      const responder = hosts.claim(responseLow, responseHigh).slot;
      hosts.add(responder, CONNECTIONS, 1);
      const port = services.claim(
        serviceWord(responseLow, service),
        serviceWord(responseHigh, ~service),
      ).slot;
      services.add(port, CONNECTIONS, 1);
      if (!hasAnswered(batch, row, replies)) return;
      hosts.add(responder, ANSWERS, 1);
      if (services.sum(port, ANSWERS) === 0) hosts.add(responder, SERVICES, 1);
      services.add(port, ANSWERS, 1);
    };
    return {
      learn(batch, include) {
        const protocols = protocolWords(batch.proto);
        const replies = repliesOf(batch.conn_state);
        for (let row = 0; row < batch.rows; row++) {
          if (include !== undefined && include[row] === 0) continue;
          clock.advance(batch.ts[row]!, batch.duration[row]!);
          secret = mixWord(secret, (batch.ts[row]! % 1) * 1e6);
          secret = mixWord(secret, (batch.orig_p[row]! << 16) | batch.resp_p[row]!);
          learnRow(batch, row, serviceOf(batch, row, protocols), replies);
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
          hosts: hosts.toSet(print, HOST_AMOUNTS, (sum) =>
            sum(CONNECTIONS) < 4 ? undefined : [sum(VAIN) / days, sum(ANSWERS), sum(SERVICES)],
          ),
          targets: targets.toSet(print, TARGET_AMOUNTS, (sum) =>
            sum(CONNECTIONS) < 2 ? undefined : [sum(CONNECTIONS) / days, sum(BYTES) / days],
          ),
          services: services.toSet(print, SERVICE_AMOUNTS, (sum) =>
            sum(ANSWERS) === 0 ? undefined : [sum(CONNECTIONS) / days],
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
