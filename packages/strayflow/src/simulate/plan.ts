import { ExpectedError } from "../base/errors.ts";
import { seededRandom } from "../base/random.ts";
import { DAY, HOUR, MINUTE, type Micros } from "./connection.ts";
import { startLife } from "./life.ts";
import { hourOfDay, isWeekend } from "./habits/rhythm.ts";
import { fewestHosts, inventNetwork, mostHosts, type Network } from "./network/network.ts";
import {
  attackRows,
  checkOptions,
  daysToMicros,
  fittingAttacks,
  usualStart,
  type AttackRequest,
  type SimulationOptions,
} from "./options.ts";

/** What will be simulated, once all options that were left open are settled. */
export interface Plan {
  readonly seed: number;
  readonly hosts: number;
  readonly start: Micros;
  /** Where `rows` is given, about how long; otherwise exactly. */
  readonly length: Micros;
  readonly rows: number | undefined;
  /** How many times as often as usual everything happens. */
  readonly pace: number;
  readonly attacks: readonly AttackRequest[];
}

const usualHosts = 40;
const usualDays = 3;
/** Measured over simulated weeks of 40 hosts; only a first guess, `measureWeek` looks at the network itself. */
const rowsPerHostDay = 1050;

/** Settles rows, days, hosts and attacks. Throws `usage` where the attacks would be more than half of the rows. */
export function planSimulation(options: SimulationOptions): Plan {
  checkOptions(options);
  const start = options.start === undefined ? usualStart : options.start.getTime() * 1000;
  const seed = options.seed ?? 1;
  const { rows } = options;
  if (rows === undefined) {
    const hosts = options.hosts ?? usualHosts;
    const days = options.days ?? usualDays;
    const attacks = options.attacks ?? fittingAttacks(hosts * days * rowsPerHostDay);
    return { seed, hosts, start, length: daysToMicros(days), rows, pace: 1, attacks };
  }
  const attacks = options.attacks ?? fittingAttacks(rows);
  const planted = attackRows(attacks);
  if (planted > rows / 2) {
    throw new ExpectedError(
      "usage",
      `the attacks make about ${planted} of ${rows} rows; expected at most half: ask for more rows, fewer attacks or weaker ones`,
    );
  }
  const honest = rows - planted;
  const hosts = options.hosts ?? hostsFor(honest, options.days);
  const week = measureWeek(hosts, seed, start);
  const length = options.days === undefined ? lengthFor(honest, week, start) : daysToMicros(options.days);
  return { seed, hosts, start, length, rows, pace: honest / expectedRows(week, start, length), attacks };
}

function hostsFor(rows: number, days: number | undefined): number {
  const wanted = Math.round(rows / ((days ?? 1) * rowsPerHostDay));
  const most = days === undefined ? usualHosts : mostHosts;
  return Math.min(most, Math.max(fewestHosts, wanted));
}

/** The network of a seed; who is in it does not depend on anything else that is asked for. */
export function plannedNetwork(hosts: number, seed: number): Network {
  return inventNetwork(hosts, seededRandom(`${seed}/network`));
}

/** Rows an hour, for each hour of a working day, then of a Sunday. */
type WeekProfile = Float64Array;

/** Lets the network live some minutes of every hour of two days. */
function measureWeek(hosts: number, seed: number, start: Micros): WeekProfile {
  // A small network needs more minutes for the same certainty; a large one looks like its part.
  const size = Math.min(hosts, 400);
  const sampled = size > 100 ? 6 : size > 20 ? 30 : 60;
  const monday = Math.floor((Math.floor(start / DAY) + 3) / 7) * 7 - 3;
  const profile = new Float64Array(48);
  let hour = 0;
  const from = (monday + 1) * DAY;
  const life = startLife(
    plannedNetwork(size, seed),
    { start: from, factor: 1 },
    seededRandom(`${seed}/pilot`),
    () => {
      profile[hour]! += ((60 / sampled) * hosts) / size;
    },
  );
  for (; hour < 48; hour++) {
    const at = from + hour * HOUR + (hour < 24 ? 0 : 4 * DAY);
    for (let minute = 0; minute < sampled; minute++) life.liveMinute(at + minute * MINUTE);
    life.skip((60 - sampled) * MINUTE + (hour === 23 ? 4 * DAY : 0));
  }
  return profile;
}

function rowsAt(week: WeekProfile, at: Micros): number {
  return week[Math.floor(hourOfDay(at)) + (isWeekend(at) ? 24 : 0)]!;
}

function expectedRows(week: WeekProfile, start: Micros, length: Micros): number {
  let rows = 0;
  for (let at = start; at < start + length; at += HOUR) {
    rows += rowsAt(week, at) * Math.min(1, (start + length - at) / HOUR);
  }
  return Math.max(1, rows);
}

/** How long it takes until so many rows are written; at least a day, so that there is a night in it. */
function lengthFor(rows: number, week: WeekProfile, start: Micros): Micros {
  let left = rows;
  let at = start;
  for (; left > 0; at += HOUR) left -= Math.max(1, rowsAt(week, at));
  return Math.max(DAY, at - start);
}
