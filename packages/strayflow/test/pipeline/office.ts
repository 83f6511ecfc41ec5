import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LearnOptions } from "../../src/pipeline/learn.ts";
import { parseAttackList, simulate } from "../../src/simulate/index.ts";
import { pickRows } from "../../src/zeek/pick-rows.ts";
import { readConnections, type Batch } from "../../src/zeek/index.ts";

/** A simulated office on disk, in a folder that disposal removes. */
export interface Office extends AsyncDisposable {
  readonly folder: string;
  /** A log of ordinary traffic, and the one that follows it, in which one host scans another. */
  readonly normal: string;
  readonly later: string;
  /** The uids of the scan's connections, and who does it. */
  readonly scan: ReadonlySet<string>;
  readonly scanner: string;
  /** A path in the folder. */
  path(name: string): string;
}

export interface OfficeOptions {
  /** Of both logs together. */
  readonly rows: number;
  readonly seed: number;
  readonly attack?: string;
}

export async function openOffice({
  attack = "port-scan:medium",
  ...options
}: OfficeOptions): Promise<Office> {
  const folder = await mkdtemp(join(tmpdir(), "strayflow-office-"));
  const path = (name: string) => join(folder, name);
  const shape = { files: "single", compression: "none" } as const;
  const attacks = parseAttackList(attack);
  const { attacks: planted } = await simulate({ out: path("all"), ...options, hosts: 10, ...shape, attacks });
  const truth = (await readFile(path("all/truth.csv"), "utf8")).split("\n").slice(1);
  const scan = new Set(truth.flatMap((line) => line.split(",")[0] || []));
  const { header, rows } = await linesOf(path("all/conn.log"));
  const first = rows.findIndex((line) => scan.has(line.split("\t")[1]!));
  await writeLog(path("normal.log"), header, rows.slice(0, first));
  await writeLog(path("later.log"), header, rows.slice(first));
  return {
    folder,
    normal: path("normal.log"),
    later: path("later.log"),
    scan,
    scanner: planted[0]!.source,
    path,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The header and the rows of a Zeek log in TSV. */
export async function linesOf(file: string): Promise<{ header: string[]; rows: string[]; fields: string[] }> {
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  const header = lines.filter((line) => line.startsWith("#") && !line.startsWith("#close"));
  const fields = header
    .find((line) => line.startsWith("#fields"))!
    .split("\t")
    .slice(1);
  return { header, rows: lines.filter((line) => !line.startsWith("#")), fields };
}

export async function writeLog(
  file: string,
  header: readonly string[],
  rows: readonly string[],
): Promise<void> {
  await writeFile(file, `${[...header, ...rows].join("\n")}\n`);
}

export async function readBatches(file: string): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of readConnections([file])) batches.push(batch);
  return batches;
}

/** The same rows in other batches: cut before each of `places`, which count from the start of the stream. */
export function cutBatches(batches: readonly Batch[], places: readonly number[]): Batch[] {
  let seen = 0;
  return batches.flatMap((batch) => {
    const start = seen;
    seen += batch.rows;
    const inside = places.map((place) => place - start).filter((place) => place > 0 && place < batch.rows);
    const edges = [0, ...new Set(inside.toSorted((a, b) => a - b)), batch.rows];
    return edges.slice(1).map((to, i) => rowsOf(batch, edges[i]!, to));
  });
}

export function rowsOf(batch: Batch, from: number, to: number): Batch {
  const isInside = (row: number) => (row >= from && row < to ? 1 : 0);
  return pickRows(
    batch,
    Uint8Array.from({ length: batch.rows }, (_, row) => isInside(row)),
  );
}

export const shares = { train: 0.6, validation: 0.2, test: 0.2 };

/** Networks that are small and trained for a moment: enough for everything but detecting well. */
export const quick = {
  layers: [8, 4, 8],
  steps: 30,
  batch: 1024,
  members: 2,
} satisfies Partial<LearnOptions>;
