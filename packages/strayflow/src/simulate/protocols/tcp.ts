import type { Random } from "../../base/random.ts";
import type { ConnectionState, Flow, Micros } from "../connection.ts";
import { chance, logNormal } from "../draw.ts";
import type { Path, Peer } from "../network/peer.ts";

/**
 * How an established connection ends. The letters are Zeek's history: F or R of the originator, f or r of the
 * responder; `open` means that the sensor gave up waiting for an end.
 */
export type TcpEnding = "Ff" | "fF" | "FfR" | "FRf" | "R" | "FR" | "fR" | "r" | "Fr" | "F" | "f" | "open";

const endingState = {
  Ff: "SF",
  fF: "SF",
  FfR: "SF",
  FRf: "SF",
  R: "RSTO",
  FR: "RSTO",
  fR: "RSTO",
  r: "RSTR",
  Fr: "RSTR",
  F: "S2",
  f: "S3",
  open: "S1",
} as const satisfies Record<TcpEnding, ConnectionState>;

/** A TCP conversation that got past its handshake. */
export interface TcpConversation {
  readonly at: Micros;
  readonly from: Peer;
  readonly fromPort: number;
  readonly to: Peer;
  readonly toPort: number;
  readonly service?: string | undefined;
  readonly path: Path;
  /** Payload bytes of the originator and of the responder. */
  readonly sent: number;
  readonly received: number;
  /** Requests and answers; each takes a round trip and at least a segment each way. */
  readonly turns?: number;
  /** Seconds in which neither end sends. */
  readonly idleSeconds?: number;
  readonly first?: "originator" | "responder";
  readonly ending?: TcpEnding;
  /** Answers carry the acknowledgements, as between quick hosts on one network: the history has no `a` before the end. */
  readonly piggyback?: boolean;
}

/** The conversation as Zeek sees it: packets, headers, retransmissions and history that agree with each other. */
export function tcp(talk: TcpConversation, random: Random): Flow {
  const { from, to, path, sent, received } = talk;
  const ending = talk.ending ?? "Ff";
  const turns = sent > 0 || received > 0 ? (talk.turns ?? 1) : 0;
  const timestamps = from.stack.timestamps && to.stack.timestamps;
  const header = (from.v6 ? 60 : 40) + (timestamps ? 12 : 0);
  const segment = (from.v6 ? 1440 : 1460) - (timestamps ? 12 : 0);
  const rtt = logNormal(random, path.rttSeconds, 0.15);

  const sentSegments = sent === 0 ? 0 : segments(sent, segment, turns);
  const receivedSegments = received === 0 ? 0 : segments(received, segment, turns);
  const quiet = talk.piggyback === true && received > 0 && turns < 3;
  const marks = endMarks(ending, quiet);
  let origPackets = 2 + sentSegments + Math.ceil(receivedSegments * ackShare(random)) + count(marks, "FRA");
  let respPackets = 1 + receivedSegments + count(marks, "fra");
  if (!quiet && sentSegments > 0) respPackets += Math.max(1, Math.round(sentSegments * ackShare(random)));
  let origBytesOnWire = sent + origPackets * header + synExtra(from.stack.synOptions, timestamps);
  let respBytesOnWire = received + respPackets * header + synExtra(synAckOptions(talk), timestamps);

  let trouble = "";
  const sentAgain = losses(sentSegments, path.loss, random);
  const receivedAgain = losses(receivedSegments, path.loss, random);
  if (receivedAgain > 0) {
    respPackets += receivedAgain;
    respBytesOnWire += receivedAgain * (header + Math.min(segment, Math.ceil(received / receivedSegments)));
    trouble += repeats("t", receivedAgain);
  }
  if (sentAgain > 0) {
    origPackets += sentAgain;
    origBytesOnWire += sentAgain * (header + Math.min(segment, Math.ceil(sent / sentSegments)));
    trouble += repeats("T", sentAgain);
  }
  let missed = 0;
  // A sensor now and then drops packets of a busy connection.
  if (receivedSegments > 40 && chance(random, 0.002)) {
    const gap = 1 + random.integer(Math.max(1, receivedSegments >> 3));
    missed = gap * Math.floor(received / receivedSegments);
    respPackets -= gap;
    respBytesOnWire -= gap * header + missed;
    trouble += "g";
  }

  const seconds =
    rtt * (1 + turns) +
    sent / path.up +
    received / path.down +
    (talk.idleSeconds ?? 0) +
    (sentAgain + receivedAgain > 0 ? 0.2 + rtt : 0) +
    (ending === "open" ? 0 : rtt * 0.5);
  return {
    startMicros: talk.at,
    durationMicros: Math.max(1, Math.round(seconds * 1e6)),
    orig_h: from.address,
    orig_p: talk.fromPort,
    resp_h: to.address,
    resp_p: talk.toPort,
    proto: "tcp",
    ip_proto: 6,
    service: talk.service,
    orig_bytes: sent,
    resp_bytes: received,
    conn_state: endingState[ending],
    local_orig: from.local,
    local_resp: to.local,
    missed_bytes: missed,
    history: opening(talk, quiet, random) + trouble + marks,
    orig_pkts: origPackets,
    orig_ip_bytes: origBytesOnWire,
    resp_pkts: respPackets,
    resp_ip_bytes: respBytesOnWire,
  };
}

function segments(bytes: number, segment: number, turns: number): number {
  return Math.min(bytes, Math.max(turns, Math.ceil(bytes / segment)));
}

/** Receivers acknowledge every second segment, a little more or less. */
function ackShare(random: Random): number {
  return 0.42 + 0.3 * random.uniform();
}

/** The history up to the end: each letter once, in the order in which the kinds of packet first came. */
function opening(talk: TcpConversation, quiet: boolean, random: Random): string {
  const { sent, received } = talk;
  if (sent === 0 && received === 0) return "ShA";
  if (received === 0) return "ShADa";
  if (sent === 0) return "ShAd";
  if (talk.first === "responder") return "ShAdDa";
  if (quiet) return "ShADd";
  if (talk.piggyback === true) return "ShADda";
  return chance(random, 0.03) ? "ShADda" : "ShADad";
}

function endMarks(ending: TcpEnding, quiet: boolean): string {
  if (ending === "open") return "";
  if (!quiet) return ending;
  // The acknowledgement of the first FIN is the responder's first bare one.
  if (ending === "Ff") return "Faf";
  if (ending === "Fr") return "Far";
  return ending;
}

function count(marks: string, letters: string): number {
  let found = 0;
  for (const mark of marks) if (letters.includes(mark)) found++;
  // The last FIN of an orderly end is acknowledged by the other side.
  if (marks === "Ff" || marks === "Faf") return found + (letters === "FRA" ? 1 : 0);
  if (marks === "fF") return found + (letters === "fra" ? 1 : 0);
  return found;
}

function synExtra(options: number, timestamps: boolean): number {
  return options - (timestamps ? 12 : 0);
}

/** A responder answers only options that it was offered. */
function synAckOptions(talk: TcpConversation): number {
  return Math.min(talk.from.stack.synOptions, talk.to.stack.synOptions);
}

function losses(sentSegments: number, share: number, random: Random): number {
  const expected = sentSegments * share;
  if (expected === 0 || (expected < 0.5 && random.uniform() > expected)) return 0;
  return Math.max(1, Math.round(expected + Math.sqrt(expected) * random.normal()));
}

/** Zeek repeats a letter at each power of ten. */
function repeats(letter: string, times: number): string {
  return letter.repeat(1 + Math.floor(Math.log10(times)));
}
