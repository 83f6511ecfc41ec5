import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scoreLogs } from "../../../src/pipeline/score.ts";
import { Watch } from "../../../src/live/watch.ts";
import { linesOf, writeLog, type Office } from "../../pipeline/office.ts";
import { rememberingLog, watchOptions } from "./helpers.ts";
import { flagAt, openTrainedOffice, stored } from "./watched-office.ts";

let office: Office;
beforeAll(async () => {
  office = await openTrainedOffice({ rows: 2500, seed: 11 });
}, 60_000);
afterAll(() => office[Symbol.asyncDispose]());

/** The later log; its 200th row, which is of the scan, may be of another time. */
async function logWith(file: string, aheadSeconds: number): Promise<void> {
  const { header, rows, fields } = await linesOf(office.later);
  const at = rows.findIndex((line, i) => i >= 200 && office.scan.has(line.split("\t")[1]!));
  const cells = rows[at]!.split("\t");
  const ts = fields.indexOf("ts");
  cells[ts] = (Number(cells[ts]) + aheadSeconds).toFixed(6);
  await writeLog(file, header, rows.with(at, cells.join("\t")));
}

async function found(log: string) {
  const run = scoreLogs({ inputs: [log], modelDir: office.path("model"), pValue: flagAt, incidents: 1000 });
  for await (const _ of run);
  return run.incidents().worst.map(({ incident }) => incident);
}

test("a flagged row from the future ends no incident: the scan stays one, in score and in watch", async () => {
  const year = 365 * 86_400;
  await logWith(office.path("now.log"), 0);
  await mkdir(office.path("future-logs"));
  const log = join(office.path("future-logs"), "conn.log");
  await logWith(log, 5 * year);
  const ofScanner = <T extends { readonly host: string; readonly alerts: number }>(incidents: readonly T[]) =>
    incidents.filter(({ host }) => host === office.scanner).map(({ alerts }) => alerts);
  const expected = ofScanner(await found(office.path("now.log")));
  const scored = await found(log);
  expect(ofScanner(scored).length).toBe(expected.length);
  expect(scored.length).toBeLessThan(1.2 * (await found(office.path("now.log"))).length + 2);

  const told = rememberingLog();
  const watch = await Watch.open(watchOptions(office, "future", { once: true, log: told }));
  await watch.run();
  await watch.close();
  const { incidents } = await stored(office.path("future.store"));
  const ids = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id).sort();
  expect(ids(incidents.map(({ incident }) => incident))).toEqual(ids(scored));
  expect(
    told.said.some(({ message }) => message.includes("dated more than a day after those before it")),
  ).toBe(true);
}, 60_000);
