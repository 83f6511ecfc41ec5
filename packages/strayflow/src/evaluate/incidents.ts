/** Flagged rows of one host closer than this belong to one incident. */
const INCIDENT_GAP_SECONDS = 3600;
/** Attack rows of one label closer than this belong to one attack: a slow beacon is one attack, not a hundred. */
const ATTACK_GAP_SECONDS = 6 * 3600;

/** What a detector was shown: one entry a test row, in the stream's order. */
export interface IncidentRows {
  /** The originator of the row: any number that names it. */
  readonly host: Uint32Array;
  /** Start and end of the connection, seconds since 1970. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** 0 for normal rows, otherwise the number of the attack's label. */
  readonly truth: Uint16Array;
}

/** How a detector did in incidents instead of rows. */
export interface IncidentFigures {
  /** Attacks with at least one flagged row. */
  readonly found: number;
  readonly of: number;
  /** Incidents a day that hold flagged normal rows only; `null` where the test has no length. */
  readonly false_per_day: number | null;
  /** Median, over the attacks that were found, from the start of their first row to the end of the first flagged one. */
  readonly detection_seconds: number | null;
}

/**
 * Counts incidents in the plainest way, so that detectors without incidents of their own can be compared: an attack is
 * the rows of one label without a gap of six hours, whoever sends them; a false incident is the flagged normal rows of
 * one originator without a gap of an hour, unless that originator takes part in an attack at the time.
 *
 * @param flagged 1 for flagged rows
 */
export function countIncidents(rows: IncidentRows, flagged: Uint8Array, days: number): IncidentFigures {
  const attacks = new Map<number, Attack>();
  const attackers = new Map<number, number>();
  const falseAt = new Map<number, number>();
  const delays: number[] = [];
  let of = 0;
  let falseIncidents = 0;
  for (let row = 0; row < flagged.length; row++) {
    const host = rows.host[row]!;
    const end = rows.end[row]!;
    const label = rows.truth[row]!;
    if (label !== 0) {
      let attack = attacks.get(label);
      if (attack === undefined || end - attack.last > ATTACK_GAP_SECONDS) {
        attack = { first: rows.start[row]!, last: end, found: false };
        attacks.set(label, attack);
        of++;
      }
      attack.last = Math.max(attack.last, end);
      attackers.set(host, Math.max(end, attackers.get(host) ?? end));
      if (flagged[row] === 1 && !attack.found) {
        attack.found = true;
        // Times around 1.7e9 s carry no more than microseconds.
        delays.push(Math.max(0, Math.round((end - attack.first) * 1000) / 1000));
      }
    } else if (flagged[row] === 1) {
      if (end - (attackers.get(host) ?? -Infinity) <= INCIDENT_GAP_SECONDS) continue;
      const last = falseAt.get(host) ?? -Infinity;
      if (end - last > INCIDENT_GAP_SECONDS) falseIncidents++;
      falseAt.set(host, Math.max(last, end));
    }
  }
  delays.sort((a, b) => a - b);
  return {
    found: delays.length,
    of,
    false_per_day: days > 0 ? falseIncidents / days : null,
    detection_seconds: delays.length === 0 ? null : delays[Math.floor((delays.length - 1) / 2)]!,
  };
}

interface Attack {
  readonly first: number;
  last: number;
  found: boolean;
}
