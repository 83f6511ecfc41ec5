import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { seededRandom } from "../../src/base/random.ts";
import { selfTest, type SelfTestReport } from "../../src/evaluate/selftest.ts";
import { surveyHosts } from "../../src/evaluate/selftest-hosts.ts";
import { placeIn } from "../../src/evaluate/selftest-places.ts";
import { trainModel } from "../../src/pipeline/train.ts";
import { usualOptions } from "../../src/pipeline/usual-options.ts";
import { attackKinds, simulate } from "../../src/simulate/index.ts";
import { readConnections, type Batch } from "../../src/zeek/index.ts";
import { ordinary, temporaryFolder, writeTsvLog } from "./write-log.ts";

let folder: string;
let model: string;
let later: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-selftest-"));
  const out = join(folder, "logs");
  await simulate({ out, days: 1, hosts: 10, seed: 3, rows: 6000, attacks: [], files: "hourly" });
  const logs = readdirSync(out, { recursive: true, encoding: "utf8" })
    .filter((name) => name.includes("conn"))
    .sort()
    .map((name) => join(out, name));
  model = join(folder, "model");
  later = logs.slice(-8);
  await trainModel({
    ...usualOptions("behavior"),
    inputs: logs.slice(0, -8),
    modelDir: model,
    epochs: 2,
    members: 1,
    seed: 1,
    split: "time",
    shares: { train: 0.5, validation: 0.2, test: 0.3 },
  });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function batchesOf(logs: readonly string[]): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of readConnections(logs)) batches.push(batch);
  return batches;
}

test("a strong scan is found, and every figure has its place", async () => {
  const report: SelfTestReport = await selfTest({
    inputs: later,
    modelDir: model,
    pValue: 0.01,
    repeats: 1,
    kinds: ["port-scan"],
  });
  const ids = ["product", "pca", "knn5", "ecod", "isolation_forest", "counting"];
  const [scan] = report.attacks;
  expect(report.attacks).toHaveLength(1);
  expect(scan!.strengths.map(({ strength }) => strength)).toEqual(["faint", "weak", "medium", "strong"]);
  expect(scan!.strengths.at(-1)).toMatchObject({
    parameters: { ports: 5000, portsPerMinute: 6000 },
    rows: 5000,
  });
  expect(scan!.strengths.at(-1)!.found["product"]).toBe(1);
  expect(scan!.strengths.at(-1)!.named_by).toContain("port-scan");
  for (const { found, flagged } of scan!.strengths) {
    expect([Object.keys(found), Object.keys(flagged)]).toEqual([ids, ids]);
  }
  expect(Object.keys(scan!.smallest)).toEqual(ids);
  expect(scan!.smallest["product"]).not.toBeNull();
  expect(report.rows.test).toBe(Math.floor((report.rows.test + report.rows.warm_up) / 2));
  expect(report.realised).toBeLessThan(0.2);
}, 60_000);

test("attacks are planted by and against hosts that the traffic has", async () => {
  const survey = surveyHosts(await batchesOf(later));
  const known = new Set(survey.hosts.map(({ address }) => address));
  for (const kind of attackKinds) {
    const place = placeIn(survey, kind, seededRandom(kind))!;
    const outside = [place.source, ...place.targets].filter((address) => !known.has(address));
    // Only what comes from outside or goes there may be new.
    for (const address of outside) expect(survey.isLocal(address)).toBe(false);
    expect(place.targets).not.toContain(place.source);
  }
  for (const kind of ["beacon", "exfiltration", "dns-tunnel", "lateral-movement"] as const) {
    const { source } = placeIn(survey, kind, seededRandom(kind))!;
    expect(survey.hosts.find(({ address }) => address === source)).toMatchObject({ isLocal: true });
  }
  expect(known.has(survey.unseenOutside(seededRandom(1)))).toBe(false);
});

test("too little traffic is refused, with the number that it takes", async () => {
  const log = writeTsvLog(
    temporaryFolder(),
    "conn.log",
    Array.from({ length: 50 }, (_, i) => ordinary(i)),
  );
  await expect(selfTest({ inputs: [log], modelDir: model, pValue: 0.01 })).rejects.toThrow(
    "a self-test takes at least 400 connections, found 50",
  );
});
