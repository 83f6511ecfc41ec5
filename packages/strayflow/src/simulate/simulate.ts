import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { seededRandom } from "../base/random.ts";
import type { StageOptions } from "../base/stage.ts";
import { openCalendar } from "./calendar.ts";
import { DAY, endMicros, logged, MINUTE, type Micros, type SimulatedConnection } from "./connection.ts";
import { openLedger, type PlantedAttack } from "./ledger.ts";
import { startLife } from "./life.ts";
import { localNetworks, type Network } from "./network/network.ts";
import type { SimulationOptions } from "./options.ts";
import { placeAttacks, type PlacedAttack } from "./place-attacks.ts";
import { plannedNetwork, planSimulation, type Plan } from "./plan.ts";
import { connectionUid } from "./uid.ts";
import { openLogFile } from "./write/log-file.ts";
import { openLogWriter, type LogShape } from "./write/log-writer.ts";
import { expected, openOutputDirectory, simulationFile } from "./write/output-directory.ts";

/** What was written. */
export interface SimulationSummary {
  readonly out: string;
  readonly rows: number;
  readonly attackRows: number;
  readonly hosts: number;
  /** ISO 8601. */
  readonly start: string;
  readonly end: string;
  readonly days: number;
  /** How many times as often as usual everything happened, to reach the rows in the days that were asked for. */
  readonly pace: number;
  /** The logs, in time order, relative to `out`. */
  readonly files: readonly string[];
  readonly attacks: readonly PlantedAttack[];
  /** Most connections that were open at once. */
  readonly mostOpen: number;
}

/**
 * Simulates a small network and writes its conn logs to `options.out`, with `truth.csv` (uid, attack, attack_id of every
 * row of an attack), `attacks.json` and `simulation.json` beside them. The same options give the same files, byte for
 * byte on one version of Node. Nothing appears at `out` before all of it is there. Memory does not grow with the rows.
 *
 * @throws ExpectedError `usage` for options that make no sense, `output-failed` where it cannot write; the signal's
 *   reason when aborted.
 */
export async function simulate(
  options: SimulationOptions,
  stage: StageOptions = {},
): Promise<SimulationSummary> {
  const plan = planSimulation(options);
  const directory = await openOutputDirectory(options.out, options.overwrite ?? false);
  try {
    const summary = await expected(options.out, () => write(directory.path, options, plan, stage));
    stage.signal?.throwIfAborted();
    await directory.keep();
    return summary;
  } catch (error) {
    await directory.discard();
    throw error;
  }
}

async function write(
  path: string,
  options: SimulationOptions,
  plan: Plan,
  stage: StageOptions,
): Promise<SimulationSummary> {
  const network = plannedNetwork(plan.hosts, plan.seed);
  const placed = placeAttacks(plan, network, seededRandom(`${plan.seed}/attacks`));
  const shape = {
    format: options.format ?? "tsv",
    labels: options.labels ?? false,
    files: options.files ?? "hourly",
    compression: options.compression ?? "gzip",
  } as const;
  const log = openLogWriter(path, shape, plan.start);
  const truth = openLogFile(join(path, "truth.csv"), "none");
  try {
    const ledger = await openLedger(truth, placed);
    let rows = 0;
    let end = plan.start;
    let mostOpen = 0;
    let breath = performance.now();
    for (const minute of liveThrough(plan, network, placed)) {
      await log.write(minute.rows, minute.from);
      await ledger.write(minute.rows);
      rows += minute.rows.length;
      end = minute.until;
      mostOpen = Math.max(mostOpen, minute.open);
      if (performance.now() - breath > 100) {
        await setImmediate();
        stage.signal?.throwIfAborted();
        stage.onProgress?.({
          stage: "simulate",
          rows,
          ...(plan.rows === undefined ? {} : { total: plan.rows }),
        });
        breath = performance.now();
      }
    }
    await log.close(end);
    const attacks = await ledger.close();
    const summary: SimulationSummary = {
      out: options.out,
      rows,
      attackRows: attacks.reduce((sum, attack) => sum + attack.rows, 0),
      hosts: plan.hosts,
      start: iso(plan.start),
      end: iso(end),
      days: (end - plan.start) / DAY,
      pace: plan.pace,
      files: log.files,
      attacks,
      mostOpen,
    };
    await writeFile(join(path, "attacks.json"), JSON.stringify(attacks, undefined, 2) + "\n");
    await writeFile(
      join(path, simulationFile),
      JSON.stringify(describe(summary, plan, network, shape), undefined, 2) + "\n",
    );
    return summary;
  } catch (error) {
    await log.abandon();
    await truth.abandon();
    throw error;
  }
}

/** What ends in one minute (less, at either end of the simulation). */
interface MinuteOfRows {
  readonly from: Micros;
  readonly until: Micros;
  readonly rows: readonly SimulatedConnection[];
  /** Connections that go on. */
  readonly open: number;
}

/**
 * The log minute by minute, until the period is over or the rows are reached. What is still open then is left out, as
 * in any piece of a sensor's log.
 */
function* liveThrough(
  plan: Plan,
  network: Network,
  placed: readonly PlacedAttack[],
): Generator<MinuteOfRows> {
  const random = seededRandom(`${plan.seed}/life`);
  const uids = random.fork("uids");
  const calendar = openCalendar(plan.start);
  const benign = { kind: "benign" } as const;
  const life = startLife(network, { start: plan.start, factor: plan.pace }, random, (flow, origin = benign) =>
    calendar.add(logged(flow, connectionUid(uids), origin)),
  );
  const waiting = [...placed].sort((a, b) => a.due - b.due);
  const end = plan.rows === undefined ? plan.start + plan.length : Number.POSITIVE_INFINITY;
  let left = plan.rows ?? Number.POSITIVE_INFINITY;
  for (let minute = Math.floor(plan.start / MINUTE) * MINUTE; minute < end && left > 0; minute += MINUTE) {
    life.liveMinute(minute);
    const over = plan.rows === undefined ? (minute - plan.start) / plan.length : 1 - left / plan.rows;
    while (waiting[0] !== undefined && waiting[0].due <= over) {
      for (const connection of waiting.shift()!.plant(Math.max(minute, plan.start), end))
        calendar.add(connection);
    }
    let rows = calendar.take(minute);
    let until = Math.min(minute + MINUTE, end);
    if (until < minute + MINUTE) rows = rows.filter((row) => endMicros(row) < until);
    if (rows.length >= left) {
      rows = rows.slice(0, left);
      until = endMicros(rows.at(-1)!);
    }
    left -= rows.length;
    yield { from: Math.max(minute, plan.start), until, rows, open: calendar.open };
  }
}

/** What a person, or a script, may want to know about the directory later. */
function describe(
  summary: SimulationSummary,
  plan: Plan,
  network: Network,
  { files: layout, ...shape }: LogShape,
): object {
  const { out: _place, attacks: _elsewhere, ...figures } = summary;
  return {
    ...figures,
    seed: plan.seed,
    layout,
    ...shape,
    local_networks: localNetworks,
    network: network.hosts.map(({ name, role, quirk, v4, v6, linkLocal }) => ({
      name,
      role,
      quirk,
      addresses: [v4, v6, linkLocal].flatMap((end) => (end === undefined ? [] : [end.address])),
    })),
  };
}

function iso(at: Micros): string {
  return new Date(at / 1000).toISOString();
}
