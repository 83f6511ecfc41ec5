import { deserialize, serialize } from "node:v8";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Alert } from "../../../src/detect/alert.ts";
import { IncidentGrouper, type GrouperState, type Incident } from "../../../src/detect/incidents/index.ts";
import { familyOf, makeAlert, makeDetection, makeReason } from "../make-alert.ts";

const start = 1_740_229_495;

/** Alerts of few hosts, so that many belong together, over times long enough for incidents to end. */
const anyAlert = fc
  .record({
    wait: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 20_000 })),
    from: fc.integer({ min: 1, max: 12 }),
    to: fc.integer({ min: 1, max: 3 }),
    port: fc.constantFrom(22, 80, 443),
    p: fc.constantFrom(1e-3, 3e-5, 1e-7),
    what: fc.constantFrom("state_x", "sent_y", "orig_conns_5m", "brute-force", "beacon", ""),
  })
  .map(({ wait, from, to, port, p, what }) => {
    const isNamed = what === "brute-force" || what === "beacon";
    const alert = makeAlert({
      originator: `10.0.0.${from}`,
      responder: `10.0.1.${to}`,
      responderPort: port,
      pValue: p,
      reasons: what === "" || isNamed ? [] : [makeReason(what, `${what} is odd`)],
      detections: isNamed ? [makeDetection(what, p)] : [],
      caveats: from > 10 ? ["this host has no history yet"] : [],
    });
    return { wait, alert };
  });

interface Course {
  readonly incidents: readonly Incident[];
  readonly joined: readonly (readonly [string, number])[];
  readonly folds: readonly (readonly [string, string])[];
}

function run(alerts: readonly Alert[], stops: ReadonlySet<number>): Course {
  const incidents: Incident[] = [];
  const joined: [string, number][] = [];
  const folds: [string, string][] = [];
  const open = () =>
    new IncidentGrouper({
      familyOf,
      mostKept: 0,
      limits: { open: 9, openPerHost: 3 },
      onClose: (incident) => incidents.push(incident),
      onFold: (into, from) => folds.push([into, from]),
    });
  let grouper = open();
  for (const [index, alert] of alerts.entries()) {
    if (stops.has(index)) {
      const saved = deserialize(serialize(grouper.save())) as GrouperState;
      grouper = open();
      grouper.load(saved);
    }
    const added = grouper.add(alert);
    const { id, alerts: count } = added;
    expect(added.describe()).toMatchObject({ id, alerts: count });
    joined.push([id, count]);
  }
  grouper.finish();
  return { incidents, joined, folds };
}

test("a grouper that was saved and loaded anywhere makes the same incidents as one that never stopped", () => {
  fc.assert(
    fc.property(
      fc.array(anyAlert, { minLength: 1, maxLength: 60 }),
      fc.array(fc.nat({ max: 59 }), { maxLength: 5 }),
      (drawn, stops) => {
        let now = start;
        const alerts = drawn.map(({ wait, alert }) => ({ ...alert, ts: now, end: (now += wait) }));
        expect(run(alerts, new Set(stops))).toEqual(run(alerts, new Set()));
      },
    ),
  );
});

test("what many sources do to one target is one incident, across a restart in their midst", () => {
  const alerts = Array.from({ length: 40 }, (_, i) =>
    makeAlert({ end: start + i, originator: `10.0.0.${i}`, reasons: [makeReason("state_x", "odd")] }),
  );
  const course = run(alerts, new Set([3, 8, 20]));
  expect(course.folds.length).toBeGreaterThan(5);
  expect(course.incidents).toHaveLength(1);
  expect(course).toEqual(run(alerts, new Set()));
});
