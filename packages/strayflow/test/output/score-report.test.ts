import { afterAll, beforeAll, expect, test } from "vitest";
import { mostReported, scoreReport, type ScoreFacts } from "../../src/output/score-report.ts";
import { ScoredTraffic } from "../../src/output/score-traffic.ts";
import { IncidentGrouper } from "../../src/detect/incidents/index.ts";
import { FlaggedRows } from "../../src/pipeline/flagged-rows.ts";
import { gatherContext, nearbyRows } from "../../src/pipeline/incident-context.ts";
import { scoreLogs, type ScoreOptions } from "../../src/pipeline/score.ts";
import { trainModel } from "../../src/pipeline/train.ts";
import type { Finding, ReportDocument } from "../../src/report/document.ts";
import { makeAlert, makeDetection } from "../detect/make-alert.ts";
import {
  linesOf,
  openOffice,
  quick,
  readBatches,
  shares,
  writeLog,
  type Office,
} from "../pipeline/office.ts";
import { chartOf, expectSound, partsOf, tableOf } from "./document-parts.ts";

let office: Office;
let model: string;
beforeAll(async () => {
  office = await openOffice({ rows: 4000, seed: 6 });
  model = office.path("office.model");
  await trainModel({
    preset: "behavior",
    seed: 1,
    inputs: [office.normal],
    modelDir: model,
    split: "time",
    shares,
    ...quick,
  });
}, 30_000);
afterAll(() => office[Symbol.asyncDispose]());

const times = { zone: "Europe/Berlin", written: 1_740_000_000 };

/** Scores a log as the command does and makes the report of it. */
async function reported(
  log: string,
  more: Partial<ScoreOptions> = {},
): Promise<{ facts: ScoreFacts; document: ReportDocument }> {
  const run = scoreLogs({ inputs: [log], modelDir: model, incidents: mostReported, ...more });
  const traffic = new ScoredTraffic(times.zone);
  const flagged = new FlaggedRows();
  for await (const rows of run) {
    traffic.add(rows);
    flagged.add(rows.flagged);
  }
  const incidents = run.incidents();
  const contexts = (await gatherContext(
    [log],
    incidents.worst.map(({ incident }) => incident),
    flagged,
  ))!;
  const facts = { model, summary: run.summary(), incidents, traffic, contexts, warnings: run.warnings() };
  return { facts, document: scoreReport(facts, times) };
}

function findingsOf(document: ReportDocument): readonly Finding[] {
  return partsOf(document).flatMap((part) => (part.kind === "findings" ? part.findings : []));
}

function textOf(document: ReportDocument): string {
  return partsOf(document)
    .flatMap((part) => (part.kind === "text" ? [part.text] : []))
    .join("\n");
}

test("the numbers are those of the run", async () => {
  const { facts, document } = await reported(office.later, { budgetPerDay: 10 });
  const { summary, incidents } = facts;
  expectSound(document);
  expect(summary.flagged).toBeGreaterThan(500);
  const findings = findingsOf(document);
  expect(findings.map(({ headline }) => headline)).toEqual(
    incidents.worst.map(({ incident }, i) => `${i + 1}. ${incident.headline}`),
  );
  expect(findings[0]!.headline).toContain(office.scanner);
  const days = tableOf(document, "days").rows;
  const total = (column: number) => days.reduce((sum, row) => sum + (row[column] as number), 0);
  expect([total(1), total(3)]).toEqual([summary.rows, summary.flagged]);
  const timeline = chartOf(document, "timeline", "timeline");
  const sum = ({ series }: typeof timeline) =>
    series.flatMap(({ values }) => values).reduce<number>((all, value) => all + value!, 0);
  expect(sum(timeline)).toBe(summary.rows - summary.flagged);
  expect(sum(chartOf(document, "timeline-flagged", "timeline"))).toBe(summary.flagged);
  expect(timeline.marks!.map(({ from }) => from)).toEqual(
    incidents.worst.slice(0, 12).map(({ incident }) => incident.firstSeen),
  );
  expect(tableOf(document, "budget").rows).toEqual(
    summary.budget!.realised.map(({ day, incidents: found }) => [day, 10, found]),
  );
  expect(document.summary).toContain(`from ${summary.flagged.toLocaleString("en")} flagged of`);
  expect(textOf(document)).toContain(summary.fit!.sentence.slice(0, 40));
}, 20_000);

test("an incident comes with its reasons, what its host otherwise does, and the connections around it", async () => {
  const { facts, document } = await reported(office.later);
  const findings = findingsOf(document);
  facts.incidents.worst.forEach(({ incident, counterfactual }, i) => {
    const { details, evidence } = findings[i]!;
    const all = details.join("\n");
    const reasons = (incident.evidence[0]?.reasons ?? []).map(({ text }) => text);
    const said = [...reasons, counterfactual ?? ""].map((text) => text.toLowerCase());
    const told = `${incident.headline}\n${all}`.toLowerCase();
    expect(said.filter((text) => !told.includes(text))).toEqual([]);
    expect(all).toContain(incident.host);
    const rows = evidence!.rows;
    expect(rows.map((row) => row[2])).toEqual(rows.map((row) => row[2] as number).toSorted((a, b) => a - b));
    const places = rows.map(([place]) => place);
    expect(places.filter((place) => place === "before").length).toBeLessThanOrEqual(nearbyRows);
    const isOne = incident.alerts === 1;
    expect(places).toContain(isOne ? "this one" : "first");
    const startsOf = (wanted: string) =>
      rows.filter(([place]) => place === wanted).map((row) => row[2] as number);
    expect(startsOf("before").filter((start) => start >= incident.firstSeen)).toEqual([]);
    expect(startsOf("after").filter((start) => start <= incident.lastSeen)).toEqual([]);
  });
}, 20_000);

test("a scan of all 65,536 ports is one incident of a bounded report", async () => {
  const { header, rows, fields } = await linesOf(office.later);
  const column = (name: string) => fields.indexOf(name);
  const template = rows.find((line) => line.split("\t")[column("id.orig_h")] === office.scanner)!.split("\t");
  const from = Number(template[column("ts")]);
  const grouper = new IncidentGrouper();
  const scan = Array.from({ length: 65_536 }, (_, port) => {
    const ts = from + port / 100;
    const detections = [makeDetection("port-scan", 1e-7, `${office.scanner} tried ${port + 1} ports`)];
    grouper.add(makeAlert({ originator: office.scanner, responderPort: port, ts, end: ts, detections }));
    return template
      .with(column("ts"), ts.toFixed(6))
      .with(column("uid"), `CScan${port}`)
      .with(column("id.resp_p"), String(port))
      .with(column("duration"), "-")
      .join("\t");
  });
  const log = office.path("scan.log");
  await writeLog(log, header, scan);
  const incidents = grouper.finish();
  expect(incidents).toHaveLength(1);
  const traffic = new ScoredTraffic(times.zone);
  const flagged = new FlaggedRows();
  for (const batch of await readBatches(log)) {
    const all = new Uint8Array(batch.rows).fill(1);
    traffic.add({ batch, flagged: all });
    flagged.add(all);
  }
  const small = await reported(office.later);
  const document = scoreReport(
    {
      ...small.facts,
      incidents: { count: 1, worst: incidents.map((incident) => ({ incident })) },
      traffic,
      contexts: (await gatherContext([log], incidents, flagged))!,
    },
    times,
  );
  expectSound(document);
  const nearby = tableOf(document, "incident-1");
  expect(nearby.rows.length).toBeLessThanOrEqual(4 * nearbyRows + 3);
  expect(nearby.of).toBeGreaterThan(65_000);
  expect(JSON.stringify(document).length).toBeLessThan(50_000);
}, 20_000);

test("what a log says is text: nothing of it is markup, and nothing unseen is left in it", async () => {
  const { header, rows, fields } = await linesOf(office.later);
  const column = (name: string) => fields.indexOf(name);
  const hostile = "<script>alert(1)</script>\u202egpj.exe\u0007";
  const altered = rows.map((line, i) =>
    line
      .split("\t")
      .with(column("service"), hostile)
      .with(column("uid"), `<img src=x onerror=alert(1)>\u2028${i}`)
      .join("\t"),
  );
  await writeLog(office.path("hostile.log"), header, altered);
  const { document } = await reported(office.path("hostile.log"));
  expectSound(document);
  const text = JSON.stringify(document);
  // The page escapes markup; what it cannot know is escaped here.
  expect(text).toContain("<img src=x");
  const unseen = ["\u202e", "\u2028", "\u0007"].flatMap((one) => [one, JSON.stringify(one).slice(1, -1)]);
  expect(unseen.filter((one) => text.includes(one))).toEqual([]);
}, 20_000);

test("without incidents it says that this is a good answer", async () => {
  const { header, rows } = await linesOf(office.normal);
  await writeLog(office.path("few.log"), header, rows.slice(0, 50));
  const { document } = await reported(office.path("few.log"), { pValue: 1e-9 });
  expectSound(document);
  const [part] = partsOf(document).filter(({ kind }) => kind === "findings");
  expect(part).toMatchObject({ findings: [], none: expect.stringContaining("good answer") });
}, 20_000);

test("logs that cannot be read again give the incidents' own connections, and say why", async () => {
  const { facts } = await reported(office.later);
  const absent = "Standard input cannot be read twice.";
  const document = scoreReport({ ...facts, contexts: { absent } }, times);
  expectSound(document);
  expect(textOf(document)).toContain(absent);
  const places = tableOf(document, "incident-1").rows.map(([place]) => place);
  const own = ["first", "strongest", "last", "this one"];
  expect(places.filter((place) => !own.includes(String(place)))).toEqual([]);
  expect(places.length).toBeGreaterThan(0);
}, 20_000);
