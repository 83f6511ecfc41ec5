import type { Engine } from "../engine.ts";
import { Statement } from "../statement.ts";
import { readJson } from "./documents.ts";
import type { DriftEntry, SavedSensor, SensorInfo } from "./watch-store.ts";

const columns =
  "rows::DOUBLE, alerts::DOUBLE, committed::DOUBLE, journal::DOUBLE, snapshot_journal::DOUBLE, name, position, snapshot";

export async function listSensors(engine: Engine): Promise<readonly SensorInfo[]> {
  const table = await engine.ask(`SELECT ${columns} FROM sensors ORDER BY name`);
  const [rows, alerts, committed] = [0, 1, 2].map((column) => table.numbers(column));
  const [names, positions, snapshots] = [5, 6, 7].map((column) => table.texts(column));
  return names!.map((name, i) => ({
    name: name!,
    rows: rows![i]!,
    alerts: alerts![i]!,
    committed: committed![i]!,
    position: readJson(positions![i]!),
    snapshot: snapshots![i] ?? undefined,
  }));
}

export async function loadSensor(engine: Engine, name: string): Promise<SavedSensor | undefined> {
  const statement = new Statement();
  const table = await engine.ask(
    `SELECT ${columns} FROM sensors WHERE name = ${statement.text(name)}`,
    statement,
  );
  if (table.rows === 0) return undefined;
  const [rows, alerts, , journal, snapshotJournal] = [0, 1, 2, 3, 4].map(
    (column) => table.numbers(column)[0]!,
  );
  const [position, file] = [6, 7].map((column) => table.texts(column)[0]!);
  return {
    position: readJson(position!),
    snapshot: file === null ? undefined : { file: file!, journal: snapshotJournal! },
    journal: await readJournal(engine, name),
    lastJournal: journal!,
    alerts: alerts!,
    rows: rows!,
  };
}

async function readJournal(engine: Engine, name: string): Promise<SavedSensor["journal"]> {
  const statement = new Statement();
  const sql = `SELECT number::DOUBLE, bytes FROM journal WHERE sensor = ${statement.text(name)} ORDER BY number`;
  const table = await engine.ask(sql, statement);
  const numbers = table.numbers(0);
  return table.blobs(1).map((bytes, i) => ({ number: numbers[i]!, bytes }));
}

export async function listDrift(
  engine: Engine,
  { sensor, from, to }: { sensor?: string | undefined; from?: string | undefined; to?: string | undefined },
): Promise<readonly DriftEntry[]> {
  const statement = new Statement();
  const parts = ["TRUE"];
  if (sensor !== undefined) parts.push(`sensor = ${statement.text(sensor)}`);
  if (from !== undefined) parts.push(`day >= ${statement.text(from)}`);
  if (to !== undefined) parts.push(`day < ${statement.text(to)}`);
  const table = await engine.ask(
    `SELECT value, usual, sensor, day, measure, name FROM drift WHERE ${parts.join(" AND ")}
     ORDER BY day, sensor, measure, name`,
    statement,
  );
  const [value, usual] = [table.numbers(0), table.numbers(1)];
  const [sensors, day, measure, name] = [2, 3, 4, 5].map((column) => table.texts(column));
  return Array.from(value, (one, i) => ({
    sensor: sensors![i]!,
    day: day![i]!,
    measure: measure![i]!,
    ...(name![i] === "" ? {} : { column: name![i]! }),
    value: one,
    usual: usual[i]!,
  }));
}
