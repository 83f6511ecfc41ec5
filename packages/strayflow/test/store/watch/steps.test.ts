import { DuckDBInstance } from "@duckdb/node-api";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { incidentMessage } from "../../../src/sinks/index.ts";
import { alertIdOf, openWatchStore, type Step, type WatchStore } from "../../../src/store/index.ts";
import { migrate, migrations } from "../../../src/store/schema.ts";
import { makeBatch } from "../../features/make-batch.ts";
import { randomRows } from "../random-rows.ts";
import { incidentOf, makeAlert, worse } from "./make-incident.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "watch-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = () => join(folder, "a.store");
const open = () => openWatchStore({ file: file(), threads: 1 });

function scored(rows: number, seed: number) {
  const batch = makeBatch(randomRows(rows, seed));
  return {
    batch,
    scores: {
      p_value: new Float64Array(rows).fill(0.5),
      score: new Float64Array(rows),
      flagged: new Uint8Array(rows),
    },
  };
}

/** Alerts of one host against a port each. */
function scan(count: number, from = 0, pValue = 1e-5) {
  return Array.from({ length: count }, (_, i) =>
    makeAlert({ end: 1_740_000_000 + from + i, responderPort: from + i + 1, pValue, score: from + i }),
  );
}

test("a step is stored whole, and a sensor goes on from it after a restart", async () => {
  const alerts = scan(3);
  const incident = incidentOf(alerts);
  const step: Step = {
    sensor: "Büro; DROP TABLE sensors",
    batches: [scored(100, 1), scored(50, 2)],
    alerts: alerts.map((alert) => ({ alert, incident: incident.id })),
    incidents: [{ incident, isOver: false, news: "opened" }],
    messages: (changed) =>
      changed.map((one) => ({
        sinks: ["a", "b"],
        message: incidentMessage("incident-opened", one.incident, {
          time: 5,
          sensor: "x",
          revision: one.revision,
        }),
      })),
    position: { identity: "abc", offset: 12 },
    journal: [Uint8Array.of(0, 255, 7), new Uint8Array(0)],
  };
  const store = await open();
  expect(await store.loadSensor(step.sensor)).toBeUndefined();
  const done = await store.commitStep(step);
  expect(done).toMatchObject({
    journal: 2,
    alerts: 3,
    changed: [{ revision: 1, status: "open", isSuppressed: false }],
  });
  await store.close();
  await using again = await open();
  const saved = await again.loadSensor(step.sensor);
  expect(saved).toEqual({
    position: { identity: "abc", offset: 12 },
    snapshot: undefined,
    journal: [
      { number: 1, bytes: Uint8Array.of(0, 255, 7) },
      { number: 2, bytes: new Uint8Array(0) },
    ],
    lastJournal: 2,
    alerts: 3,
    rows: 150,
  });
  expect(await again.count()).toBe(150);
  expect((await again.incidents()).incidents).toEqual([
    {
      incident,
      sensor: step.sensor,
      revision: 1,
      status: "open",
      isSuppressed: false,
      suppressedAlerts: 0,
      isOver: false,
    },
  ]);
  const kept = await again.alerts({ order: "first" });
  expect(kept.alerts.map(({ alert }) => alert)).toEqual(alerts);
  expect(kept.alerts.map(({ id }) => id)).toEqual([0, 1, 2].map((n) => alertIdOf(step.sensor, n)));
  expect((await again.outbox.take("a", 10)).map(({ id }) => id)).toEqual([`${incident.id}.1`]);
  expect(await again.sensors()).toMatchObject([{ name: step.sensor, rows: 150, alerts: 3 }]);
});

test("a step that fails leaves nothing behind, and the next one is stored", async () => {
  await using store = await open();
  await store.commitStep({ sensor: "a", batches: [scored(10, 1)], journal: [Uint8Array.of(1)] });
  const before = await everything(store);
  const alerts = scan(250);
  const incident = incidentOf(alerts);
  const step: Step = {
    sensor: "a",
    batches: [scored(500, 9)],
    alerts: alerts.map((alert) => ({ alert, incident: incident.id })),
    incidents: [{ incident, isOver: false, news: "opened" }],
    journal: [Uint8Array.of(2)],
    messages: () => {
      throw new Error("cannot say it");
    },
  };
  await expect(store.commitStep(step)).rejects.toThrow("cannot say it");
  await expect(
    store.commitStep({ ...step, messages: [], snapshot: { file: "s", journal: 9 } }),
  ).rejects.toMatchObject({
    kind: "usage",
  });
  expect(await everything(store)).toEqual(before);
  expect(await store.commitStep({ ...step, messages: [] })).toMatchObject({ journal: 2, alerts: 250 });
  expect(await store.count()).toBe(510);
  expect((await store.alerts()).total).toBe(200);
  // Texts and addresses of the failed step were given codes that the others must not share.
  const services = await store.aggregate({
    by: { s: { kind: "column", column: "service" } },
    measures: { n: { kind: "count" } },
  });
  expect(services.values.n.reduce((sum, n) => sum + n, 0)).toBe(510);
});

async function everything(store: WatchStore) {
  return [await store.count(), await store.alerts(), await store.incidents(), await store.loadSensor("a")];
}

test("a store that is open for reading only is read, and refuses steps", async () => {
  await (await open()).close();
  await using store = await openWatchStore({ file: file(), readOnly: true, threads: 1 });
  await expect(store.commitStep({ sensor: "a", position: 1 })).rejects.toMatchObject({ kind: "usage" });
  await expect(store.suppress({ port: [1], note: "", author: "eva" })).rejects.toMatchObject({
    kind: "usage",
  });
  expect(await store.info()).toMatchObject({ connections: 0, incidents: 0, sensors: 0 });
  expect(await store.outbox.take("a", 5)).toEqual([]);
  await expect(openWatchStore({ file: file() })).rejects.toMatchObject({ kind: "store-busy" });
});

test("a store without the tables of watch gets them, and keeps what it has", async () => {
  const instance = await DuckDBInstance.create(file());
  const connection = await instance.connect();
  await migrate(connection, file(), { steps: migrations.slice(0, 1) });
  await connection.run("INSERT INTO sources VALUES (0, 'before')");
  connection.closeSync();
  instance.closeSync();
  await using store = await open();
  await store.commitStep({ sensor: "a", batches: [scored(10, 4)] });
  expect(await store.sources()).toMatchObject([{ name: "before" }, { name: "a" }]);
});

test("a snapshot takes the place of the journal before it", async () => {
  await using store = await open();
  for (let i = 1; i <= 4; i++) await store.commitStep({ sensor: "a", journal: [Uint8Array.of(i)] });
  await store.commitStep({ sensor: "b", journal: [Uint8Array.of(99)] });
  await store.commitStep({ sensor: "a", snapshot: { file: "a.3", journal: 3 }, journal: [Uint8Array.of(5)] });
  expect(await store.loadSensor("a")).toMatchObject({
    snapshot: { file: "a.3", journal: 3 },
    journal: [
      { number: 4, bytes: Uint8Array.of(4) },
      { number: 5, bytes: Uint8Array.of(5) },
    ],
    lastJournal: 5,
  });
  expect((await store.loadSensor("b"))?.journal).toHaveLength(1);
  await store.commitStep({ sensor: "a", snapshot: { file: "a.5", journal: 5 } });
  expect(await store.loadSensor("a")).toMatchObject({ journal: [], lastJournal: 5 });
});

test("of a flood the strongest 200 alerts are kept, in whatever pieces it comes", async () => {
  const alerts = Array.from({ length: 1000 }, (_, i) =>
    makeAlert({
      end: 1_740_000_000 + i / 10,
      responderPort: i + 1,
      pValue: ((i * 7919) % 101) / 1e5,
      score: i % 13,
    }),
  );
  const incident = incidentOf(alerts);
  const kept: string[][] = [];
  for (const piece of [1000, 190, 64]) {
    await using store = await openWatchStore({ threads: 1 });
    for (let from = 0; from < alerts.length; from += piece)
      await store.commitStep({
        sensor: "a",
        alerts: alerts.slice(from, from + piece).map((alert) => ({ alert, incident: incident.id })),
        incidents: [{ incident, isOver: false }],
      });
    const found = await store.alerts({ order: "strongest", limit: 1000 });
    kept.push(found.alerts.map(({ id }) => id));
  }
  const strongest = alerts
    .map((alert, i) => ({ alert, i }))
    .sort((a, b) => a.alert.pValue - b.alert.pValue || b.alert.score - a.alert.score || a.i - b.i)
    .slice(0, 200);
  const expected = strongest.map(({ i }) => alertIdOf("a", i));
  for (const ids of kept) expect(ids).toEqual(expected);
});

test("an incident that turned out to be part of another goes over to it", async () => {
  await using store = await openWatchStore({ threads: 1 });
  const [one, other] = [scan(2), scan(3, 10)].map((alerts) => ({ alerts, incident: incidentOf(alerts) }));
  const { incident } = one!;
  await store.commitStep({
    sensor: "a",
    alerts: one!.alerts.map((alert) => ({ alert, incident: incident.id })),
    incidents: [{ incident, isOver: false, news: "opened" }],
  });
  await store.changeIncident(incident.id, { action: "note", author: "eva", note: "seen before" });
  const into = { ...other!.incident, alerts: 5, replaces: [incident.id] };
  await store.commitStep({
    sensor: "a",
    alerts: [
      { alert: other!.alerts[0]!, incident: incident.id },
      ...other!.alerts.slice(1).map((alert) => ({ alert, incident: into.id })),
    ],
    incidents: [{ incident: into, isOver: false, news: "opened" }],
    folded: [{ from: incident.id, into: into.id }],
  });
  expect((await store.incidents()).incidents.map((found) => found.incident.id)).toEqual([into.id]);
  expect((await store.incidents({ where: { status: ["replaced"] } })).incidents).toMatchObject([
    { replacedBy: into.id, isOver: true },
  ]);
  expect((await store.alerts({ where: { incident: [into.id] } })).total).toBe(5);
  expect((await store.incident(into.id.slice(0, 6))).history).toMatchObject([{ note: "seen before" }]);
});

test("a closed incident is reopened when it is worse or has grown, a confirmed one stays so", async () => {
  await using store = await openWatchStore({ threads: 1 });
  const incident = incidentOf(scan(20));
  const grow = async (alerts: number, severity = incident.severity) => {
    const { changed } = await store.commitStep({
      sensor: "a",
      incidents: [{ incident: { ...incident, alerts, severity }, isOver: false, news: "grew" }],
    });
    return changed[0]!;
  };
  await grow(20);
  await store.changeIncident(incident.id, { action: "close", author: "eva" });
  expect(await grow(39)).toMatchObject({ status: "closed", wasReopened: false, revision: 2 });
  expect(await grow(40)).toMatchObject({ status: "open", wasReopened: true, revision: 3 });
  expect(await grow(200)).toMatchObject({ status: "open", wasReopened: false });
  await store.changeIncident(incident.id, { action: "close", author: "eva" });
  const severity = worse(incident);
  expect(await grow(201, severity)).toMatchObject({
    status: "open",
    wasReopened: true,
    severityBefore: incident.severity,
  });
  await store.changeIncident(incident.id, { action: "confirm", author: "eva", note: "real" });
  expect(await grow(10_000, severity)).toMatchObject({ status: "confirmed", severityBefore: severity });
  const { history } = await store.incident(incident.id);
  expect(history.map(({ action, author }) => [action, author])).toEqual([
    ["close", "eva"],
    ["reopen", "strayflow"],
    ["close", "eva"],
    ["reopen", "strayflow"],
    ["confirm", "eva"],
  ]);
});

test("drift is kept by day, and a day that is told again replaces what was told", async () => {
  await using store = await openWatchStore({ threads: 1 });
  const entry = {
    sensor: "a",
    day: "2025-02-19",
    measure: "column",
    column: "orig_bytes",
    value: 0.5,
    usual: 0.1,
  };
  const rate = { sensor: "a", day: "2025-02-20", measure: "alert-rate", value: 9, usual: 5 };
  await store.saveDrift([entry, rate, { ...rate, sensor: "b" }]);
  await store.saveDrift([{ ...rate, value: 7 }]);
  expect(await store.drift({ sensor: "a" })).toEqual([entry, { ...rate, value: 7 }]);
  expect(await store.drift({ from: "2025-02-20" })).toHaveLength(2);
});
