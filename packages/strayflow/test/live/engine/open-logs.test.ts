import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Watch } from "../../../src/live/watch.ts";
import { linesOf, type Office } from "../../pipeline/office.ts";
import { watchOptions } from "./helpers.ts";
import { openTrainedOffice, scored, stored } from "./watched-office.ts";

let office: Office;
beforeAll(async () => {
  office = await openTrainedOffice({ rows: 6000, seed: 11 });
}, 60_000);
afterAll(() => office[Symbol.asyncDispose]());

async function watchOnce(name: string): Promise<void> {
  const watch = await Watch.open(watchOptions(office, name, { once: true }));
  await watch.run();
  await watch.close();
}

test("a connection that is still open is told of, stored only when it ends, and is one incident with its end", async () => {
  const { header, rows, fields } = await linesOf(office.later);
  const folder = office.path("open-logs");
  await mkdir(folder);
  await writeFile(join(folder, "conn.log"), `${[...header, ...rows].join("\n")}\n`);
  await watchOnce("open");

  const column = (line: string, name: string) => Number(line.split("\t")[fields.indexOf(name)]);
  const clock = Math.max(...rows.map((line) => column(line, "ts") + (column(line, "duration") || 0)));
  const hour = 3600;
  const ts = clock + 60 - 30 * hour;
  /** Of an ordinary connection, but for how long it lasts and how much it sends. */
  const line = (seconds: number, sent: number) => {
    const values: Record<string, string> = {
      ts: ts.toFixed(6),
      uid: "CLongOne",
      "id.resp_h": "203.0.113.77",
      "id.resp_p": "443",
      proto: "tcp",
      service: "ssl",
      duration: String(seconds),
      orig_bytes: String(sent),
      resp_bytes: "90000",
      conn_state: "SF",
    };
    const cells = rows[0]!.split("\t");
    return fields.map((field, i) => values[field] ?? cells[i]!).join("\t");
  };
  const headerOf = (path: string) => header.map((text) => text.replace(/^#path.*/, `#path\t${path}`));
  const long = join(folder, "conn_long.log");
  // The same connection again and again, as it goes on.
  const open = [29, 29.5, 30].map((hours) => line(hours * hour, hours * 1e9));
  await writeFile(long, `${[...headerOf("conn_long"), ...open].join("\n")}\n`);
  await watchOnce("open");
  const between = await stored(office.path("open.store"));
  expect(between.rows).toBe(rows.length);
  const told = between.alerts.filter(({ alert }) => alert.uid === "CLongOne");
  expect(told).toHaveLength(1);
  expect(told[0]!.alert.detections[0]!.sentence).toMatch(
    /on a connection that is still open|has held a connection/,
  );

  await appendFile(join(folder, "conn.log"), `${line(30.1 * hour, 31e9)}\n`);
  await watchOnce("open");
  const after = await stored(office.path("open.store"));
  expect(after.rows).toBe(rows.length + 1);
  const alerts = after.alerts.filter(({ alert }) => alert.uid === "CLongOne");
  expect(alerts).toHaveLength(2);
  expect(new Set(alerts.map(({ incident }) => incident)).size).toBe(1);
  // What is remembered of the network is as if the connection had never been open.
  const verdicts = await scored(office, office.later);
  for (const [uid, verdict] of verdicts) expect(after.verdicts.get(uid)).toEqual(verdict);
}, 60_000);
