import { cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Incident } from "../../../src/detect/incidents/index.ts";
import { Watch } from "../../../src/live/watch.ts";
import { scoreLogs } from "../../../src/pipeline/score.ts";
import { trainModel } from "../../../src/pipeline/train.ts";
import { quick, shares } from "../../pipeline/office.ts";
import { hasSharedData, sharedData } from "../../shared-data.ts";
import { rememberingLog } from "./helpers.ts";
import { stored } from "./watched-office.ts";

const pValue = 0.005;

/** Hours of the archive: to learn from, and to watch. */
const learned = { from: 0, to: 6 };
const watched = { from: 6, to: 15 };

let folder = "";
const path = (name: string) => join(folder, name);

async function hours({ from, to }: { readonly from: number; readonly to: number }): Promise<string[]> {
  const day = sharedData("cloud-server-3days/2024-04-19");
  return (await readdir(day))
    .sort()
    .slice(from, to)
    .map((name) => join(day, name));
}

describe.skipIf(!hasSharedData)("a real archive", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "strayflow-archive-"));
    await trainModel({
      preset: "behavior",
      seed: 1,
      inputs: await hours(learned),
      modelDir: path("model"),
      split: "time",
      shares,
      ...quick,
    });
    await mkdir(path("logs/2024-04-19"), { recursive: true });
    for (const file of await hours(watched))
      await cp(file, path(`logs/2024-04-19/${file.split("/").at(-1)}`));
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("read by watch as fast as it can, ends with the same connections and incidents as score", async () => {
    const run = scoreLogs({ inputs: [path("logs")], modelDir: path("model"), pValue, incidents: 100_000 });
    let rows = 0;
    let flagged = 0;
    for await (const batch of run) {
      rows += batch.batch.rows;
      for (const flag of batch.flagged) flagged += flag;
    }
    const watch = await Watch.open({
      modelDir: path("model"),
      pValue,
      sources: [{ name: "cloud", path: path("logs") }],
      store: path("store"),
      sinks: [],
      fromStart: true,
      once: true,
      log: rememberingLog(),
    });
    await watch.run();
    await watch.close();
    const found = await stored(path("store"));
    expect(rows).toBeGreaterThan(5000);
    expect(found.rows).toBe(rows);
    expect([...found.verdicts.values()].filter(([, , isFlagged]) => isFlagged)).toHaveLength(flagged);
    const expected = run.incidents().worst.map(({ incident }) => factsOf(incident));
    expect(expected.length).toBeGreaterThan(3);
    expect(found.incidents.map(({ incident }) => factsOf(incident)).sort(byId)).toEqual(expected.sort(byId));
  }, 120_000);
});

/** Without the words, which `score` finds better ones for. */
function factsOf({
  id,
  severity,
  pValue: rare,
  host,
  kind,
  alerts,
  firstSeen,
  lastSeen,
  sources,
  targets,
}: Incident) {
  return { id, severity, rare, host, kind, alerts, firstSeen, lastSeen, sources, targets };
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
