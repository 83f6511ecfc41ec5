import fc from "fast-check";
import { expect, test } from "vitest";
import { severities } from "../../../src/detect/incidents/index.ts";
import { matcherOf, Suppressor, type SuppressionConditions } from "../../../src/detect/suppress/index.ts";
import { openWatchStore, type WatchStore } from "../../../src/store/index.ts";
import { makeDetection, makeReason } from "../../detect/make-alert.ts";
import { makeBatch } from "../../features/make-batch.ts";
import { incidentOf, makeAlert } from "./make-incident.ts";

const DAY = 86_400;
const start = 1_740_000_000;

async function openAt(clock: { seconds: number }): Promise<WatchStore> {
  return openWatchStore({ threads: 1, now: () => clock.seconds * 1000 });
}

/** Stores an incident of alerts, as a running watch would with the suppressions that are active. */
async function add(store: WatchStore, alerts: ReturnType<typeof makeAlert>[], now = start) {
  const incident = incidentOf(alerts);
  const suppressor = new Suppressor(await store.suppressions());
  const { changed } = await store.commitStep({
    sensor: "a",
    alerts: alerts.map((alert) => ({
      alert,
      incident: incident.id,
      suppressions: suppressor.match({ alert, sensor: "a", incident: incident.id, kind: incident.kind }, now),
    })),
    incidents: [{ incident, isOver: false, news: "opened" }],
  });
  return { incident, changed: changed[0]! };
}

const scan = (host: string, ports: readonly number[]) =>
  ports.map((port, i) => makeAlert({ end: start + i, originator: host, responderPort: port }));

const status = async (store: WatchStore, id: string) => {
  const { isSuppressed, suppressedAlerts } = await store.incident(id);
  return [isSuppressed, suppressedAlerts];
};

test("a suppression covers what is stored and what comes, until it expires or is taken back", async () => {
  const clock = { seconds: start };
  await using store = await openAt(clock);
  const { incident: past } = await add(store, scan("10.0.0.1", [22, 23, 24]));
  const { incident: mixed } = await add(store, scan("10.0.0.2", [22, 80]));
  const conditions = { orig: ["10.0.0.0/24"], port: [{ from: 20, to: 30 }] };
  const preview = await store.previewSuppression(conditions);
  expect(preview).toMatchObject({ alerts: 4, open: 1, past: 0 });
  expect(await status(store, past.id)).toEqual([false, 0]);
  const changes = store.suppressionsChanged;
  const effect = await store.suppress({ ...conditions, note: "the scanner", author: "eva" });
  expect(effect.incidents.map(({ alerts, isCovered }) => `${alerts} ${isCovered}`).sort()).toEqual([
    "1 false",
    "3 true",
  ]);
  expect(store.suppressionsChanged).not.toBe(changes);
  expect(await status(store, past.id)).toEqual([true, 3]);
  expect(await status(store, mixed.id)).toEqual([false, 1]);
  const { incident: later, changed } = await add(store, scan("10.0.0.3", [25]));
  expect(changed.isSuppressed).toBe(true);
  expect((await store.incidents({ where: { status: ["suppressed"] } })).total).toBe(2);
  expect((await store.incidents({ where: { status: ["open"] } })).total).toBe(1);
  expect((await store.alerts({ where: { suppressed: true } })).total).toBe(5);
  expect(await store.info()).toMatchObject({ alerts: 6, incidents: 3, suppressions: 1 });

  clock.seconds = start + 29 * DAY;
  expect(await status(store, later.id)).toEqual([true, 1]);
  clock.seconds = start + 31 * DAY;
  expect(await status(store, later.id)).toEqual([false, 0]);
  expect(await store.suppressions()).toEqual([]);
  expect(await store.suppressions({ all: true })).toMatchObject([
    { id: 1, note: "the scanner", author: "eva" },
  ]);

  clock.seconds = start;
  await store.unsuppress(1, { author: "max" });
  expect(await status(store, past.id)).toEqual([false, 0]);
  await expect(store.unsuppress(1, { author: "max" })).rejects.toMatchObject({ kind: "usage" });
  await expect(store.unsuppress(7, { author: "max" })).rejects.toMatchObject({ kind: "usage" });
});

test("alerts that two suppressions cover count once, and stay covered while one of them lasts", async () => {
  const clock = { seconds: start };
  await using store = await openAt(clock);
  const { incident } = await add(store, scan("10.0.0.1", [1, 2, 3, 4]));
  await store.suppress({ port: [1, 2], note: "", author: "eva", days: 1 });
  await store.suppress({ port: [2, 1], note: "", author: "eva", days: null });
  expect(await status(store, incident.id)).toEqual([false, 2]);
  await store.suppress({ incident: [incident.id.slice(0, 8)], note: "", author: "eva", days: 2 });
  expect(await status(store, incident.id)).toEqual([true, 4]);
  clock.seconds += 1.5 * DAY;
  expect(await status(store, incident.id)).toEqual([true, 4]);
  clock.seconds += DAY;
  expect(await status(store, incident.id)).toEqual([false, 2]);
});

test("of an incident with more alerts than are kept, the connections tell whether all are covered", async () => {
  await using store = await openAt({ seconds: start });
  const alerts = Array.from({ length: 300 }, (_, i) =>
    makeAlert({ ts: start + i, originator: "10.0.0.1", responderPort: i < 299 ? 1000 + i : 80, score: -i }),
  );
  const incident = incidentOf(alerts);
  const batch = makeBatch(
    alerts.map((alert) => ({
      ts: alert.ts,
      "id.orig_h": alert.originator,
      "id.resp_h": alert.responder,
      "id.resp_p": alert.responderPort,
      proto: "tcp",
    })),
  );
  await store.commitStep({
    sensor: "a",
    batches: [
      {
        batch,
        scores: {
          p_value: new Float64Array(300).fill(1e-4),
          score: new Float64Array(300),
          flagged: new Uint8Array(300).fill(1),
        },
      },
    ],
    alerts: alerts.map((alert) => ({ alert, incident: incident.id })),
    incidents: [{ incident, isOver: true }],
  });
  const effect = async (conditions: SuppressionConditions) => {
    const { incidents, alerts: covered, past } = await store.previewSuppression(conditions);
    return [incidents[0]?.isCovered, covered, past];
  };
  expect(await effect({ orig: ["10.0.0.1"] })).toEqual([true, 300, 1]);
  expect(await effect({ orig: ["10.0.0.1"], port: [{ from: 1000 }] })).toEqual([false, 200, 0]);
  expect(await effect({ port: [80, { from: 1000, to: 1400 }] })).toEqual([true, 300, 1]);
  expect(await effect({ incident: [incident.id] })).toEqual([true, 300, 1]);
});

const host = fc.constantFrom("10.0.0.1", "10.0.1.2", "192.168.0.1", "2001:db8::1", "2001:db8:1::2");
const network = fc.oneof(
  host,
  fc.constantFrom("10.0.0.0/16", "10.0.0.0/24", "0.0.0.0/0", "2001:db8::/32", "2001:db8::/64", "::/0"),
);
const list = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 2 });
const conditionsOf: fc.Arbitrary<SuppressionConditions> = fc
  .record(
    {
      host: list(network),
      orig: list(network),
      resp: list(network),
      pair: list(fc.tuple(network, network)),
      port: list(fc.oneof(fc.nat(3), fc.record({ from: fc.nat(2), to: fc.nat(3) }, { requiredKeys: [] }))),
      proto: list(fc.constantFrom("tcp", "udp")),
      service: list(fc.constantFrom("", "dns", "ssl,http")),
      kind: list(fc.constantFrom("beacon", "unusual-volume", "sweep")),
      reason: list(fc.constantFrom("sent", "state_S0")),
      sensor: list(fc.constantFrom("a", "b")),
    },
    { requiredKeys: [] },
  )
  .filter((conditions) => Object.keys(conditions).length > 0);
const alertOf = fc
  .record({
    originator: host,
    responder: host,
    responderPort: fc.nat(3),
    proto: fc.constantFrom("tcp", "udp"),
    service: fc.constantFrom("", "dns", "ssl,http"),
    detections: fc.array(fc.constantFrom(makeDetection("beacon", 0.1), makeDetection("sweep", 0.1)), {
      maxLength: 1,
    }),
    reasons: fc.array(fc.constantFrom(makeReason("sent", "x"), makeReason("state_S0", "y")), {
      maxLength: 2,
    }),
  })
  .map((alert) => makeAlert(alert));

test("what is stored and what comes are matched alike, by any conditions", async () => {
  await using store = await openAt({ seconds: start });
  const alerts = fc.sample(alertOf, { numRuns: 150, seed: 5 });
  // One incident each, of the kind that none of the alerts has by itself.
  await store.commitStep({
    sensor: "a",
    alerts: alerts.map((alert, i) => ({ alert, incident: `i${i}` })),
    incidents: alerts.map((alert, i) => ({
      incident: { ...incidentOf([alert]), id: `i${i}`, kind: "unusual-volume" },
      isOver: false,
    })),
  });
  await fc.assert(
    fc.asyncProperty(conditionsOf, async (conditions) => {
      const matches = matcherOf(conditions);
      const expected = alerts.flatMap((alert, i) =>
        matches({ alert, sensor: "a", incident: `i${i}`, kind: "unusual-volume" }) ? [`i${i}`] : [],
      );
      const effect = await store.previewSuppression(conditions);
      expect(effect.incidents.map(({ incident }) => incident.incident.id).sort()).toEqual(expected.sort());
      expect(effect.alerts).toBe(expected.length);
    }),
    { numRuns: 40 },
  );
});

test("lists are filtered, ordered and paged without losing or repeating anything", async () => {
  await using store = await openAt({ seconds: start });
  const alerts = fc.sample(alertOf, { numRuns: 60, seed: 6 }).map((alert, i) => ({
    ...alert,
    end: start + (i % 7),
    ts: start + (i % 7),
    pValue: i % 9 === 0 ? NaN : (i % 5) / 1e4,
  }));
  await store.commitStep({
    sensor: "a",
    alerts: alerts.map((alert, i) => ({ alert, incident: `i${i}` })),
    incidents: alerts.map((alert, i) => ({
      incident: { ...incidentOf([alert]), id: `i${i}`, severity: severities[i % 4]! },
      isOver: i % 2 === 0,
    })),
  });
  for (const order of ["worst", "latest", "first"] as const) {
    const ids: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await store.incidents({ order, limit: 7, cursor });
      expect(page.total).toBe(60);
      ids.push(...page.incidents.map(({ incident }) => incident.id));
      cursor = page.next;
      if (cursor === undefined) break;
    }
    expect(new Set(ids).size).toBe(60);
    expect(ids).toHaveLength(60);
  }
  for (const order of ["strongest", "latest", "first"] as const) {
    const first = await store.alerts({ order, limit: 59 });
    const second = await store.alerts({ order, limit: 59, cursor: first.next });
    expect(new Set([...first.alerts, ...second.alerts].map(({ id }) => id)).size).toBe(60);
  }
  const worst = await store.incidents({ limit: 100 });
  const rank = worst.incidents.map(({ incident }) => severities.indexOf(incident.severity));
  expect(rank).toEqual(rank.toSorted((a, b) => b - a));
  const few = await store.incidents({
    where: { severity: ["high"], resp: ["10.0.0.0/8"], proto: ["tcp"], not: { port: [2] } },
  });
  const wanted = alerts.flatMap(({ responder, proto, responderPort }, i) =>
    i % 4 === 2 && responder.startsWith("10.") && proto === "tcp" && responderPort !== 2 ? [`i${i}`] : [],
  );
  expect(few.incidents.map(({ incident }) => incident.id).sort()).toEqual(wanted.sort());
  expect((await store.incidents({ where: { isOver: true, from: start + 6, to: start + 7 } })).total).toBe(
    alerts.filter(({ end }, i) => i % 2 === 0 && end === start + 6).length,
  );
  await expect(store.incidents({ cursor: "nonsense" })).rejects.toMatchObject({ kind: "usage" });
  await expect(store.incidents({ where: { host: ["10.0.0.0/99"] } })).rejects.toMatchObject({
    kind: "usage",
  });
  await expect(store.incident("i")).rejects.toThrow("several");
  await expect(store.incident("zz")).rejects.toThrow("no incident");
  await expect(store.previewSuppression({})).rejects.toMatchObject({ kind: "usage" });
});
