import type { Random } from "../../base/random.ts";
import type { ConnectionState, Flow, Micros } from "../connection.ts";
import { logNormal } from "../draw.ts";
import type { Peer } from "../network/peer.ts";

/** A TCP connection that carried nothing. */
export interface TcpAttempt {
  readonly at: Micros;
  readonly from: Peer;
  readonly fromPort: number;
  readonly to: Peer;
  readonly toPort: number;
}

/** A SYN that nobody answered, sent `tries` times with doubling gaps from one second (S0). */
export function unanswered(attempt: TcpAttempt, tries: number, random: Random): Flow {
  let seconds = 0;
  for (let i = 1; i < tries; i++) seconds += 2 ** (i - 1) * (1 + 0.01 * random.uniform());
  const size = headerBytes(attempt) + attempt.from.stack.synOptions;
  return empty(attempt, "S0", "S", seconds, tries, tries * size, 0, 0);
}

/** A SYN answered by a reset (REJ). */
export function refused(attempt: TcpAttempt, rttSeconds: number, random: Random): Flow {
  const size = headerBytes(attempt);
  const seconds = logNormal(random, rttSeconds, 0.25);
  return empty(attempt, "REJ", "Sr", seconds, 1, size + attempt.from.stack.synOptions, 1, size);
}

/** A SYN scanner's look at an open port: its reset answers the SYN-ACK (RSTO). */
export function probedOpen(attempt: TcpAttempt, rttSeconds: number, random: Random): Flow {
  const size = headerBytes(attempt);
  const options = Math.min(attempt.from.stack.synOptions || 4, 20);
  const seconds = logNormal(random, rttSeconds, 0.25);
  return empty(
    attempt,
    "RSTO",
    "ShR",
    seconds,
    2,
    2 * size + attempt.from.stack.synOptions,
    1,
    size + options,
  );
}

/** A SYN whose sender stays silent while the responder repeats its SYN-ACK `answers` times (S1). */
export function neverCompleted(
  attempt: TcpAttempt,
  answers: number,
  rttSeconds: number,
  random: Random,
): Flow {
  const size = headerBytes(attempt);
  let seconds = logNormal(random, rttSeconds, 0.25);
  for (let i = 1; i < answers; i++) seconds += 2 ** (i - 1) * (1 + 0.02 * random.uniform());
  const answerBytes = answers * (size + Math.min(attempt.from.stack.synOptions || 4, 20));
  return empty(attempt, "S1", "Sh", seconds, 1, size + attempt.from.stack.synOptions, answers, answerBytes);
}

/** Data of a connection that began before the sensor looked (OTH). */
export function midstream(
  attempt: TcpAttempt,
  sent: number,
  received: number,
  seconds: number,
  segment = 1448,
): Flow {
  const header = headerBytes(attempt) + 12;
  const out = Math.max(1, Math.ceil(sent / segment));
  const back = Math.max(1, Math.ceil(received / segment));
  return {
    ...empty(
      attempt,
      "OTH",
      "DadA",
      seconds,
      2 * out,
      sent + 2 * out * header,
      2 * back,
      received + 2 * back * header,
    ),
    orig_bytes: sent,
    resp_bytes: received,
  };
}

function headerBytes(attempt: TcpAttempt): number {
  return attempt.from.v6 ? 60 : 40;
}

function empty(
  attempt: TcpAttempt,
  state: ConnectionState,
  history: string,
  seconds: number,
  origPackets: number,
  origBytes: number,
  respPackets: number,
  respBytes: number,
): Flow {
  const one = origPackets + respPackets === 1;
  return {
    startMicros: attempt.at,
    durationMicros: one ? undefined : Math.max(1, Math.round(seconds * 1e6)),
    orig_h: attempt.from.address,
    orig_p: attempt.fromPort,
    resp_h: attempt.to.address,
    resp_p: attempt.toPort,
    proto: "tcp",
    ip_proto: 6,
    service: undefined,
    orig_bytes: one ? undefined : 0,
    resp_bytes: one ? undefined : 0,
    conn_state: state,
    local_orig: attempt.from.local,
    local_resp: attempt.to.local,
    missed_bytes: 0,
    history,
    orig_pkts: origPackets,
    orig_ip_bytes: origBytes,
    resp_pkts: respPackets,
    resp_ip_bytes: respBytes,
  };
}
