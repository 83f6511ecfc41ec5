import { expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { LevelCount } from "../../src/model/column-levels.ts";
import { RangeLearner } from "../../src/model/column-ranges.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { FitMonitor, type TrafficFit } from "../../src/model/traffic-fit.ts";
import { NormsLearner } from "../../src/model/traffic-norms.ts";
import { makeBatch, type SomeConnection } from "../features/make-batch.ts";

const width = 20;
const rows = 2000;

/** Columns of ordinary numbers, the last one a rare flag; `moved` of them have other values. */
function matrix(seed: number, moved = 0): Float32Array {
  const random = seededRandom(seed);
  const values = new Float32Array(rows * width);
  for (let at = 0; at < values.length; at++) {
    const column = at % width;
    values[at] =
      column === width - 1 ? (random.uniform() < 0.02 ? 1 : 0) : random.normal() + (column < moved ? 4 : 0);
  }
  return values;
}

interface Network {
  readonly subnet?: string;
  readonly service?: string;
  readonly more?: (row: number) => SomeConnection;
}

function traffic({ subnet = "10.1.2", service = "http", more = () => ({}) }: Network = {}) {
  return makeBatch(
    Array.from({ length: rows }, (_, row) => ({
      ts: row,
      "id.orig_h": `${subnet}.${row % 30}`,
      "id.resp_h": `93.184.${row % 200}.${row % 251}`,
      proto: "tcp",
      conn_state: "SF",
      history: "ShADad",
      service: row % 3 === 0 ? "ssl" : service,
      orig_bytes: 100,
      resp_bytes: 200,
      orig_pkts: 4,
      resp_pkts: 5,
      local_orig: true,
      local_resp: false,
      ...more(row),
    })),
  );
}

function train(): Pick<Manifest, "features" | "norms"> {
  const ranges = new RangeLearner(width, seededRandom(1));
  ranges.add(matrix(1), rows);
  const learned = ranges.finish();
  const drift = new LevelCount(learned);
  drift.add(matrix(2), rows);
  const shifts = drift.shifts();
  const norms = new NormsLearner();
  norms.add(
    traffic(),
    Uint8Array.from({ length: rows }, (_, row) => (row < 1500 ? 0 : 2)),
  );
  return {
    norms: norms.finish(),
    features: learned.map((range, column) => ({
      id: `feature_${column}`,
      unit: "",
      summary: "",
      constant: false,
      center: 0,
      scale: 1,
      normalError: 1,
      usualShift: shifts[column]!,
      ...range,
    })),
  };
}

const model = train();

function fitOf(values: Float32Array, network: Network = {}): TrafficFit {
  const monitor = new FitMonitor(model);
  monitor.add(traffic(network), values);
  return monitor.verdict();
}

test("later traffic of the same network fits", () => {
  const fit = fitOf(matrix(3));
  expect(fit).toMatchObject({
    verdict: "fits",
    reasons: [],
    shifted: [],
    newSubnets: 0,
    newWords: [],
    oneSided: { here: 0, usual: 0 },
  });
  expect(fit.sentence).toBe("The traffic looks like what the model was trained on.");
});

test("a few odd rows do not matter", () => {
  const values = matrix(4);
  for (let at = 0; at < 20 * width; at++) values[at] = 1e6;
  const odd: Network = {
    more: (row) => (row < 20 ? { "id.orig_h": "10.99.0.1", service: "weird", conn_state: "OTH" } : {}),
  };
  expect(fitOf(values, odd).verdict).toBe("fits");
});

test("a host that fills most of the log with an attack does not make the traffic foreign", () => {
  const values = matrix(11);
  const more = (row: number): SomeConnection =>
    row % 4 === 0
      ? {}
      : { "id.orig_h": "10.99.0.1", "id.resp_h": "10.1.2.9", service: "attack", conn_state: "S0" };
  for (let row = 0; row < rows; row++) if (row % 4 !== 0) values.fill(50, row * width, row * width + 15);
  expect(fitOf(values, { more }).verdict).toBe("fits");
});

test("a sweep over addresses that nobody has is not another network", () => {
  const swept = (row: number): SomeConnection =>
    row % 2 === 0
      ? {}
      : {
          "id.orig_h": "203.0.113.9",
          "id.resp_h": `10.8.${row % 200}.1`,
          local_orig: false,
          local_resp: true,
          orig_bytes: 0,
          resp_bytes: 0,
          resp_pkts: 0,
        };
  expect(fitOf(matrix(12), { more: swept })).toMatchObject({ verdict: "fits", newSubnets: 0 });
});

test("columns that moved are named, some put the fit in doubt and many are another network", () => {
  const some = fitOf(matrix(5, 3));
  expect(some.verdict).toBe("doubtful");
  expect(some.shifted.map(({ feature }) => feature).toSorted()).toEqual([
    "feature_0",
    "feature_1",
    "feature_2",
  ]);
  expect(some.sentence).toMatch(
    /^This traffic differs from what the model was trained on: 3 features have other values than in training, most of all feature_\d, feature_\d, feature_\d\./,
  );
  expect(fitOf(matrix(6, 12)).verdict).toBe("foreign");
});

test("hosts in subnets that training never saw are another network, or a new part of it", () => {
  const all = fitOf(matrix(7), { subnet: "10.7.7" });
  expect([all.verdict, all.newSubnets]).toEqual(["foreign", 1]);
  expect(all.sentence).toContain("100 % of the hosts of this network are in subnets that training never saw");
  const part = fitOf(matrix(7), {
    more: (row) => (row % 3 === 0 ? { "id.orig_h": `10.7.7.${row % 10}` } : {}),
  });
  expect(part.verdict).toBe("doubtful");
});

test("where the log does not know its network, originators stand in for it", () => {
  const learner = new NormsLearner();
  const unknown = { subnet: "147.32.81", more: () => ({ local_orig: false }) } as const;
  learner.add(
    traffic(unknown),
    Uint8Array.from({ length: rows }, (_, row) => (row < 1500 ? 0 : 2)),
  );
  const norms = learner.finish();
  expect(norms.subnets?.of).toBe("originators");
  const monitor = new FitMonitor({ ...model, norms });
  monitor.add(traffic({ subnet: "62.5.5", more: () => ({ local_orig: false }) }), matrix(8));
  expect(monitor.verdict()).toMatchObject({ verdict: "foreign", newSubnets: 1 });
});

test("where strangers from everywhere are usual, their subnets say nothing", () => {
  const learner = new NormsLearner();
  const strangers = (row: number) => ({
    "id.orig_h": `${1 + (row % 200)}.${row % 251}.${row % 13}.1`,
    local_orig: false,
  });
  learner.add(
    traffic({ more: strangers }),
    Uint8Array.from({ length: rows }, (_, row) => (row < 700 ? 0 : 2)),
  );
  expect(learner.finish().subnets).toBeUndefined();
});

test("words that training never saw are named: another version of Zeek", () => {
  const fit = fitOf(matrix(9), { service: "quic" });
  expect(fit.verdict).toBe("foreign");
  expect(fit.newWords).toEqual([{ column: "service", word: "quic", share: expect.closeTo(2 / 3, 1) }]);
  expect(fit.sentence).toMatch(
    /training never saw service quic \(6\d(\.\d)? %\): another version of Zeek, or another network/,
  );
});

test("a tap that sees one direction puts the fit in doubt", () => {
  const fit = fitOf(matrix(10), { more: (row) => (row % 2 === 0 ? { resp_pkts: 0, resp_bytes: 0 } : {}) });
  expect([fit.verdict, fit.oneSided]).toEqual(["doubtful", { here: 0.5, usual: 0 }]);
});

test("too few rows say nothing", () => {
  const monitor = new FitMonitor(model);
  monitor.add(makeBatch([{ ts: 1, "id.orig_h": "10.9.9.9" }]), new Float32Array(width).fill(99));
  expect(monitor.verdict()).toMatchObject({
    verdict: "fits",
    sentence: "Too few rows to say whether the model fits this traffic.",
  });
});
