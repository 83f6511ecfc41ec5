import { expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { learnCalibration, pValueOf } from "../../src/detect/calibration.ts";
import {
  Judge,
  JudgeLearner,
  openJudge,
  plainJudge,
  saveJudge,
  type JudgeCalibration,
  type JudgeMemory,
  type RowScores,
  type Verdict,
} from "../../src/detect/judge.ts";
import type { Batch } from "../../src/zeek/batch.ts";
import { pickRows } from "../../src/zeek/pick-rows.ts";
import { makeBatch, type SomeConnection } from "../features/make-batch.ts";
import { key, learn, office } from "./detectors/bank.ts";

const asked = 0.01;

/** Scores of rows among which nothing is special: the network and the distance draw theirs from one distribution each. */
function exchangeable(rows: number, seed: string): RowScores {
  const random = seededRandom(seed);
  const draw = () => Float32Array.from({ length: rows }, () => Math.exp(random.normal()));
  return { network: draw(), distance: draw() };
}

interface Trained {
  readonly calibration: JudgeCalibration;
  /** The memory as it was when the calibration ended, any number of times. */
  open: () => JudgeMemory;
}

/** Some days to know the network by, some to calibrate on, as `learn` does it. */
function calibrate(
  known: readonly SomeConnection[],
  heldBack: readonly SomeConnection[],
  scores: RowScores,
): Trained {
  const traffic = learn(known);
  const memory = openJudge(key, traffic);
  const { bank } = memory;
  bank.fill(new Float32Array(known.length * bank.width), makeBatch(known));
  const batch = makeBatch(heldBack);
  const statistics = new Float32Array(batch.rows * bank.width);
  bank.fill(statistics, batch);
  const columns = Object.fromEntries(
    bank.detectors.map(({ id }, column) => [
      id,
      Float32Array.from({ length: batch.rows }, (_, row) => statistics[row * bank.width + column]!),
    ]),
  );
  const learner = new JudgeLearner({ ...scores, statistics: columns }, memory);
  const all = new Uint8Array(batch.rows).fill(1);
  learner.add(batch, { ...scores, statistics }, all, all);
  const calibration = learner.finish();
  const saved = saveJudge(memory);
  return { calibration, open: () => openJudge(key, traffic, saved) };
}

/** Days of an office in which every day is like every other. */
const days = (from: number, to: number, rows: readonly SomeConnection[]) =>
  rows.filter(({ ts = 0 }) => ts >= 1_700_000_000 + from * 86_400 && ts < 1_700_000_000 + to * 86_400);

function openOffice(seed: number) {
  const rows = office(12, seed);
  const [known, heldBack, later] = [days(0, 3, rows), days(3, 7, rows), days(7, 12, rows)];
  const scores = exchangeable(heldBack.length, `held back ${seed}`);
  return { known, later, ...calibrate(known, heldBack, scores) };
}

const trained = openOffice(1);

function share(pValue: Float64Array, most: number): number {
  return pValue.filter((p) => p <= most).length / pValue.length;
}

test("on exchangeable rows three kinds of voters flag no more than one would: about the asked rate", () => {
  for (const { later, calibration, open } of [trained, openOffice(2), openOffice(3)]) {
    const judge = new Judge(calibration, open(), asked);
    const { pValue } = judge.judge(makeBatch(later), exchangeable(later.length, "later"));
    expect(pValue.length).toBeGreaterThan(6000);
    expect(calibration.drift).toBeLessThan(1.2);
    // Uncorrected, the three of them together flag twice as many.
    expect(share(pValue, asked)).toBeLessThan(1.5 * asked);
    expect(share(pValue, asked)).toBeGreaterThan(asked / 2);
  }
});

test("a row that one voter alone finds rare is flagged", () => {
  const { later, calibration, open } = trained;
  const judge = new Judge(calibration, open(), asked);
  const known = later.findIndex((row, i) => i > 3000 && row["id.orig_h"] === "10.0.0.2");
  for (const voter of ["network", "distance"] as const) {
    const { pValue, score } = judge.judge(makeBatch(later.slice(known, known + 1)), {
      network: Float32Array.of(1),
      distance: Float32Array.of(1),
      [voter]: Float32Array.of(1e4),
    });
    expect(pValue[0]).toBeLessThan(asked);
    expect(score[0]).toBeGreaterThan(2);
  }
  // An ordinary row with ordinary scores is not.
  const { pValue } = judge.judge(makeBatch(later.slice(known, known + 1)), {
    network: Float32Array.of(1),
    distance: Float32Array.of(1),
  });
  expect(pValue[0]).toBeGreaterThan(0.1);
});

test("the distance says nothing about hosts that training did not know", () => {
  const { calibration, open } = trained;
  const judge = new Judge(calibration, open(), asked);
  const rows = ["10.0.0.99", "203.0.113.7"].map((host, i) => ({
    ts: 1_700_000_000 + 12 * 86_400 + i,
    "id.orig_h": host,
  }));
  const far = Float32Array.of(1e4, 1e4);
  const near = Float32Array.of(1, 1);
  const { pValue } = judge.judge(makeBatch(rows), { network: near, distance: far });
  expect(Math.min(...pValue)).toBeGreaterThan(0.1);
});

/** An office in which one host begins to scan another. */
function attacked(later: readonly SomeConnection[], ports = 400): SomeConnection[] {
  const at = later[Math.floor(later.length / 2)]!.ts!;
  const scan = Array.from({ length: ports }, (_, i) => ({
    ts: at + i * 0.2,
    duration: 0.001,
    "id.orig_h": "10.0.0.4",
    "id.resp_h": "10.0.0.10",
    "id.resp_p": 1 + ((i * 3) % 65_000),
    proto: "tcp",
    conn_state: "REJ",
    history: "Sr",
  }));
  return [...later, ...scan].toSorted((a, b) => a.ts! + (a.duration ?? 0) - b.ts! - (b.duration ?? 0));
}

/** What the judge makes of rows that come cut into pieces; its memory saved and restored between them where that is asked. */
function judged(whole: Batch, scores: RowScores, cuts: readonly number[], isRestored: boolean): Verdict[] {
  const { known, calibration, open } = trained;
  const traffic = learn(known);
  let memory = open();
  const verdicts: Verdict[] = [];
  for (const [i, from] of [0, ...cuts].entries()) {
    const to = cuts[i] ?? whole.rows;
    const isHere = Uint8Array.from({ length: whole.rows }, (_, row) => (row >= from && row < to ? 1 : 0));
    const { network, distance } = scores;
    const verdict = new Judge(calibration, memory, asked).judge(pickRows(whole, isHere), {
      network: network.subarray(from, to),
      distance: distance.subarray(from, to),
    });
    verdicts.push({ ...verdict, evidence: verdict.evidence.map((one) => ({ ...one, row: from + one.row })) });
    if (isRestored) memory = openJudge(key, traffic, saveJudge(memory));
  }
  return verdicts;
}

test("where the stream is cut, and whether the memory was saved and restored there, does not change a bit", () => {
  const rows = attacked(trained.later.slice(0, 2000));
  const batch = makeBatch(rows);
  const scores = exchangeable(rows.length, "cut");
  const joined = (verdicts: readonly Verdict[]) => ({
    score: verdicts.flatMap(({ score }) => [...score]),
    pValue: verdicts.flatMap(({ pValue }) => [...pValue]),
    history: verdicts.flatMap(({ history }) => [...history]),
    evidence: verdicts
      .flatMap(({ evidence }) => evidence)
      .toSorted((a, b) => a.row - b.row || (a.detector < b.detector ? -1 : 1)),
  });
  const whole = joined(judged(batch, scores, [], false));
  expect(whole.evidence.length).toBeGreaterThan(0);
  expect(joined(judged(batch, scores, [700, 701, 1100, 1500], true))).toEqual(whole);
  const many = Array.from({ length: 60 }, (_, i) => 1 + i * 31);
  expect(joined(judged(batch, scores, many, false))).toEqual(whole);
});

test("a scan is flagged, with evidence whose p-value is as small as asked, and none is given for ordinary rows", () => {
  const { later, calibration, open } = trained;
  const judge = new Judge(calibration, open(), asked);
  const rows = attacked(later);
  const flat = {
    network: new Float32Array(rows.length).fill(1),
    distance: new Float32Array(rows.length).fill(1),
  };
  const { pValue, evidence } = judge.judge(makeBatch(rows), flat);
  const isScan = (row: number) => rows[row]!.conn_state === "REJ";
  const scan = evidence.filter(({ detector, row }) => detector === "port-scan" && isScan(row));
  expect(scan.length).toBeGreaterThan(10);
  for (const one of evidence) expect(judge.detectorPValue(one)).toBeLessThanOrEqual(asked * 1.01);
  expect(scan.some(({ row }) => pValue[row]! <= asked)).toBe(true);
  const ordinary = evidence.filter(({ row }) => !isScan(row)).length;
  expect(ordinary / later.length).toBeLessThan(2 * asked);
});

/** An attack of a host that was never seen before, in the middle of an office's days. */
const newcomer = "10.0.0.213";
const attacks: Readonly<Record<string, (at: number) => SomeConnection[]>> = {
  "port-scan": (at) =>
    Array.from({ length: 400 }, (_, i) => ({
      ts: at + i * 0.2,
      duration: 0.001,
      "id.orig_h": newcomer,
      "id.resp_h": "10.0.0.10",
      "id.resp_p": 1 + i * 3,
      proto: "tcp",
      conn_state: "REJ",
      history: "Sr",
    })),
  "host-sweep": (at) =>
    Array.from({ length: 250 }, (_, i) => ({
      ts: at + i * 0.5,
      "id.orig_h": newcomer,
      "id.resp_h": `10.0.1.${1 + i}`,
      "id.resp_p": 445,
      proto: "tcp",
      conn_state: "S0",
      history: "S",
    })),
  "brute-force": (at) =>
    Array.from({ length: 400 }, (_, i) => ({
      ts: at + i * 2,
      duration: 1.2,
      "id.orig_h": newcomer,
      "id.resp_h": "10.0.0.10",
      "id.resp_p": 22,
      proto: "tcp",
      service: "ssh",
      conn_state: "SF",
      orig_bytes: 1900 + (i % 7),
      resp_bytes: 2400,
      orig_pkts: 14,
      resp_pkts: 15,
    })),
  flood: (at) =>
    Array.from({ length: 6000 }, (_, i) => ({
      ts: at + i * 0.01,
      "id.orig_h": newcomer,
      "id.resp_h": "10.0.0.10",
      "id.resp_p": 80,
      proto: "tcp",
      conn_state: "S0",
      history: "S",
    })),
};

test.each(Object.keys(attacks))(
  "a %s by a host without any history is flagged at once, by the detector of that name, though network and distance are silent",
  (name) => {
    const { later, calibration, open } = trained;
    const at = later[Math.floor(later.length / 2)]!.ts! + 1;
    const attack = attacks[name]!(at);
    const rows = [...later, ...attack].toSorted(
      (a, b) => a.ts! + (a.duration ?? 0) - b.ts! - (b.duration ?? 0),
    );
    const flat = {
      network: new Float32Array(rows.length).fill(1),
      distance: new Float32Array(rows.length).fill(1),
    };
    const { pValue, evidence, history } = new Judge(calibration, open(), asked).judge(makeBatch(rows), flat);
    const named = new Set(evidence.filter(({ detector }) => detector === name).map(({ row }) => row));
    const first = rows.findIndex(
      (row, i) => row["id.orig_h"] === newcomer && pValue[i]! <= asked && named.has(i),
    );
    expect(first).toBeGreaterThan(0);
    expect(history[first]).toBeLessThanOrEqual(10);
    // Within two minutes, and before most of it is over.
    expect(rows[first]!.ts! - at).toBeLessThan(120);
    expect(attack.filter(({ ts }) => ts! < rows[first]!.ts!).length).toBeLessThan(attack.length / 4);
  },
);

test("what is asked for beyond what was counted is said", () => {
  const { calibration, open } = trained;
  const judge = new Judge(calibration, open(), asked);
  expect(judge.doubts(asked)).toEqual([]);
  const [extrapolated, silent] = judge.doubts(1e-7);
  expect(extrapolated).toContain(`connections of the calibration can tell`);
  expect(silent).toContain("no named detector is heard yet");
  expect(plainJudge(calibration).doubts(1e-7)).toHaveLength(1);
});

test("a scan that goes on and on is flagged when it begins, and not with each of its connections", () => {
  const { later, calibration, open } = trained;
  const judge = new Judge(calibration, open(), asked);
  const rows = attacked(later.slice(0, 3000), 9000);
  const flat = {
    network: new Float32Array(rows.length).fill(1),
    distance: new Float32Array(rows.length).fill(1),
  };
  const { pValue } = judge.judge(makeBatch(rows), flat);
  const scan = pValue.filter((_, row) => rows[row]!.conn_state === "REJ");
  expect(share(scan.subarray(0, 300), asked)).toBeGreaterThan(3 * asked);
  expect(share(scan.subarray(3000), asked)).toBeLessThan(asked);
});

test("what a detector says counts for nothing where it was not calibrated", () => {
  const { later, calibration, open } = trained;
  const judge = new Judge({ ...calibration, detectors: {} }, open(), asked);
  const rows = attacked(later);
  const flat = {
    network: new Float32Array(rows.length).fill(1),
    distance: new Float32Array(rows.length).fill(1),
  };
  const { pValue, evidence } = judge.judge(makeBatch(rows), flat);
  expect(evidence).toEqual([]);
  expect(Math.min(...pValue)).toBeGreaterThan(asked);
});

test("where the network alone votes, its score is the score and its p-value that of the network", () => {
  const scores = exchangeable(500, "plain");
  const calibration = { network: learnCalibration(scores.network), detectors: {} };
  const rows = office(1).slice(0, 500);
  const { score, pValue, evidence } = plainJudge(calibration).judge(makeBatch(rows), scores);
  expect(score).toEqual(Float64Array.from(scores.network));
  expect(pValue).toEqual(score.map((one) => pValueOf(calibration.network, one)));
  expect(evidence).toEqual([]);
});
