import { deserialize, serialize } from "node:v8";
import { expect, test } from "vitest";
import { IncidentGrouper } from "../../../src/detect/incidents/index.ts";
import { IncidentNews, type News, type NewsState } from "../../../src/live/engine/incident-news.ts";
import { familyOf, makeAlert, makeDetection, makeReason } from "../../detect/make-alert.ts";

const start = 1_740_229_495;

/** News of alerts of one host, one a second. */
function newsOf(
  alerts: number,
  pValueOf: (i: number) => number,
  restarts: ReadonlySet<number> = new Set(),
): News[] {
  const grouper = new IncidentGrouper({ familyOf });
  let news = new IncidentNews();
  const told: News[] = [];
  for (let i = 0; i < alerts; i++) {
    if (restarts.has(i)) {
      const saved = deserialize(serialize(news.save())) as NewsState;
      news = new IncidentNews();
      news.load(saved);
    }
    const alert = makeAlert({
      end: start + i / 100,
      pValue: pValueOf(i),
      responderPort: i % 65_536,
      reasons: [makeReason("orig_conns_5m", "many")],
      detections: i === 5 ? [makeDetection("port-scan", 1e-4)] : [],
    });
    const one = news.joined(grouper.add(alert), alert);
    if (one !== undefined) told.push(one);
  }
  return told;
}

test("a scan of all ports is news a handful of times, each with its own revision", () => {
  const told = newsOf(65_536, () => 1e-4);
  expect(told.length).toBeLessThan(10);
  expect(told.map(({ revision }) => revision)).toEqual(told.map((_, index) => index + 1));
  expect(told[0]).toMatchObject({ news: "opened", incident: { alerts: 1 } });
  const sizes = told.map(({ incident }) => incident.alerts);
  for (const size of [10, 100, 1000, 10_000]) expect(sizes).toContain(size);
});

test("a severity that rises is news at once, one that stays is none", () => {
  const told = newsOf(9, (i) => (i < 6 ? 1e-3 : 1e-9));
  const severities = told.map(({ incident }) => incident.severity);
  expect(severities[0]).toBe("low");
  expect(told.at(-1)!.incident.alerts).toBeGreaterThanOrEqual(6);
  expect(new Set(severities).size).toBe(severities.length);
});

test("what is news does not depend on restarts", () => {
  const pValueOf = (i: number) => 10 ** -(3 + (i % 7));
  expect(newsOf(3000, pValueOf, new Set([1, 5, 6, 99, 1000]))).toEqual(newsOf(3000, pValueOf));
});
