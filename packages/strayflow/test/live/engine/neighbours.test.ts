import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Watch } from "../../../src/live/watch.ts";
import { openWatchStore } from "../../../src/store/index.ts";
import { linesOf, type Office } from "../../pipeline/office.ts";
import { until, watchOptions } from "./helpers.ts";
import { openTrainedOffice, scored } from "./watched-office.ts";

let office: Office;
beforeAll(async () => {
  office = await openTrainedOffice({ rows: 2500, seed: 11 });
}, 60_000);
afterAll(() => office[Symbol.asyncDispose]());

test("a sensor in a flood keeps another one waiting for a few batches only, and each finds what it would find alone", async () => {
  const { header, rows, fields } = await linesOf(office.later);
  const text = (lines: readonly string[]) => `${[...header, ...lines].join("\n")}\n`;
  const flood = Array.from({ length: 40 }, (_, round) =>
    rows.map((line) =>
      line
        .split("\t")
        .with(fields.indexOf("uid"), `C${round}x${line.split("\t")[1]}`)
        .join("\t"),
    ),
  ).flat();
  const folder = (name: string) => office.path(`neighbours-${name}`);
  await mkdir(folder("flooded"));
  await mkdir(folder("quiet"));
  const quiet = join(folder("quiet"), "conn.log");
  await writeFile(quiet, text(rows.slice(0, 50)));
  await writeFile(join(folder("flooded"), "conn.log"), text(flood));
  const watch = await Watch.open(
    watchOptions(office, "neighbours", {
      sources: ["quiet", "flooded"].map((name) => ({ name, path: folder(name) })),
    }),
  );
  const running = watch.run();
  const [ofQuiet, ofFlooded] = watch.engine.sensors.map(({ tallies }) => tallies);
  await until("the flood is under way", () => ofFlooded!.rows > 6000, 20_000);
  await appendFile(quiet, `${rows.slice(50).join("\n")}\n`);
  const before = ofFlooded!.rows;
  expect(before).toBeLessThan(flood.length / 2);
  await until(
    "the other is stored",
    async () => (await watch.engine.keeper.store.loadSensor("quiet"))?.rows === rows.length,
    20_000,
  );
  expect(ofQuiet!.rows).toBe(rows.length);
  expect(ofFlooded!.rows - before).toBeLessThan(25_000);
  watch.stop();
  await running;
  await watch.close();
  await using store = await openWatchStore({ file: office.path("neighbours.store") });
  const source = (await store.sources()).find(({ name }) => name === "quiet")!;
  const page = await store.rows({ where: { source: [source.id] }, limit: 10_000 });
  const found = new Map(page.rows.map((row) => [row.uid!, [row.p_value!, row.score!, row.flagged!]]));
  expect(found).toEqual(await scored(office, office.later));
}, 60_000);
