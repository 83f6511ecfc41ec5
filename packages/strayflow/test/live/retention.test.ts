import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Retention } from "../../src/live/retention.ts";
import { openWatchStore, type WatchStore } from "../../src/store/index.ts";
import { makeBatch } from "../features/make-batch.ts";
import { incidentOf, makeAlert } from "../store/watch/make-incident.ts";

const DAY = 86_400;
const start = 1_740_000_000 - (1_740_000_000 % DAY);
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Ten days of 50 connections each, with an incident that is over on each. */
async function fill(store: WatchStore): Promise<void> {
  for (let day = 0; day < 10; day++) {
    const rows = Array.from({ length: 50 }, (_, i) => ({ ts: start + day * DAY + i * 60, proto: "tcp" }));
    const alert = makeAlert({ ts: rows[0]!.ts, originator: `10.0.0.${day}` });
    const incident = incidentOf([alert]);
    const p_value = new Float64Array(50).fill(0.5);
    const scores = { p_value, score: new Float64Array(50), flagged: new Uint8Array(50) };
    await store.commitStep({
      sensor: "a",
      batches: [{ batch: makeBatch(rows), scores }],
      alerts: [{ alert, incident: incident.id }],
      incidents: [{ incident, isOver: true }],
      drift: [{ sensor: "a", day: `2025-02-${10 + day}`, measure: "connections", value: 50, usual: NaN }],
    });
  }
}

test("connections and incidents go at ages of their own", async () => {
  await using store = await openWatchStore({ threads: 1 });
  await fill(store);
  const limits = { days: 3, incidentDays: 6 };
  const retention = new Retention({ limits, store: () => store, isIdle: () => true, log: silent });
  expect(await retention.run()).toEqual({ connections: 349, alerts: 4, incidents: 4 });
  expect(await store.info()).toMatchObject({ connections: 151, incidents: 6, alerts: 6 });
  expect(await retention.run()).toEqual({ connections: 0, alerts: 0, incidents: 0 });
  await retention.close();
});

test("removing waits while there is something to judge, commits pass meanwhile, and patience ends", async () => {
  await using store = await openWatchStore({ threads: 1 });
  await fill(store);
  let isIdle = false;
  const retention = new Retention({
    limits: { days: 3 },
    store: () => store,
    isIdle: () => isIdle,
    log: silent,
    patienceMillis: 60_000,
  });
  const running = retention.run();
  await sleep(80);
  await store.commitStep({ sensor: "a", journal: [Uint8Array.of(1)] });
  expect(await store.count()).toBe(500);
  expect(await retention.run()).toBeUndefined();
  isIdle = true;
  expect(await running).toMatchObject({ connections: 349 });
  await retention.close();

  await using busy = await openWatchStore({ threads: 1 });
  await fill(busy);
  const impatient = new Retention({
    limits: { days: 3 },
    store: () => busy,
    isIdle: () => false,
    log: silent,
    patienceMillis: 30,
  });
  expect(await impatient.run()).toMatchObject({ connections: 349 });
  await impatient.close();
});

test("a watch that ends does not wait for what is still to be removed", async () => {
  await using store = await openWatchStore({ threads: 1 });
  await fill(store);
  const limits = { days: 3 };
  const retention = new Retention({ limits, store: () => store, isIdle: () => false, log: silent });
  const running = retention.run();
  await sleep(30);
  await retention.close();
  expect(await running).toBeUndefined();
  expect(await store.count()).toBe(500);
});

test("a step keeps the figures of its days, and replaces what there was of them", async () => {
  await using store = await openWatchStore({ threads: 1 });
  const day = "2025-02-10";
  const entry = { sensor: "a", day, measure: "connections", value: 1, usual: NaN };
  await store.commitStep({
    sensor: "a",
    drift: [entry, { ...entry, measure: "column", column: "x", usual: 0.1 }],
  });
  await store.commitStep({ sensor: "a", drift: [{ ...entry, value: 2 }] });
  expect(await store.drift()).toEqual([{ ...entry, value: 2 }]);
});
