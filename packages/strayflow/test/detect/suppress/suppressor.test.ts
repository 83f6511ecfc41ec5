import { expect, test } from "vitest";
import {
  suppressionConditionsSchema,
  Suppressor,
  type Suppression,
  type SuppressionConditions,
} from "../../../src/detect/suppress/index.ts";
import { makeAlert, makeDetection, makeReason } from "../make-alert.ts";

const now = 1_740_000_000;

function suppression(
  id: number,
  conditions: SuppressionConditions,
  more: Partial<Suppression> = {},
): Suppression {
  return { ...conditions, id, note: "", author: "eva", created: now, ...more };
}

const covers = (conditions: SuppressionConditions, alert = makeAlert(), more = {}) =>
  new Suppressor([suppression(1, conditions)]).match({ alert, sensor: "a", ...more }, now).length === 1;

test("every condition must hold, and one entry of each", () => {
  expect(covers({ orig: ["10.0.0.0/24"], port: [22, { from: 440, to: 450 }] })).toBe(true);
  expect(covers({ orig: ["10.0.0.0/24"], port: [22, { from: 446 }] })).toBe(false);
  expect(covers({ resp: ["10.0.0.23"] })).toBe(false);
  expect(covers({ host: ["10.0.0.5"], proto: ["tcp"], service: [""] })).toBe(true);
  expect(covers({ pair: [["10.0.0.5", "10.0.0.23"]] })).toBe(true);
  expect(covers({ pair: [["10.0.0.5", "10.0.0.5"]] })).toBe(false);
  expect(covers({ host: ["::/0"] })).toBe(true);
  expect(covers({ host: ["2001:db8::/32"] }, makeAlert({ responder: "2001:DB8::7" }))).toBe(true);
});

test("what it is about may be the incident's kind, a detector or a feature", () => {
  const alert = makeAlert({ detections: [makeDetection("beacon", 0.1)], reasons: [makeReason("sent", "x")] });
  expect(covers({ kind: ["beacon"] }, alert)).toBe(true);
  expect(covers({ kind: ["sweep"] }, alert)).toBe(false);
  expect(covers({ kind: ["sweep"] }, alert, { kind: "sweep" })).toBe(true);
  expect(covers({ reason: ["sent"] }, alert)).toBe(true);
  expect(covers({ incident: ["abc"] }, alert)).toBe(false);
  expect(covers({ incident: ["abc"], sensor: ["a"] }, alert, { incident: "abc" })).toBe(true);
});

test("what has expired or was taken back covers nothing; of the others all that match are told", () => {
  const suppressor = new Suppressor([
    suppression(1, { port: [445] }, { expires: now }),
    suppression(2, { port: [445] }, { expires: now + 1 }),
    suppression(3, { port: [445] }, { removed: now - 5 }),
    suppression(4, { proto: ["tcp"] }),
  ]);
  expect(suppressor.match({ alert: makeAlert(), sensor: "a" }, now)).toEqual([2, 4]);
  expect(suppressor.match({ alert: makeAlert(), sensor: "a" }, now + 1)).toEqual([4]);
});

test("conditions from outside are checked, and nobody suppresses everything by mistake", () => {
  for (const wrong of [
    {},
    { host: [] },
    { host: ["10.0.0.0/33"] },
    { port: [70_000] },
    { hots: ["10.0.0.1"] },
  ])
    expect(suppressionConditionsSchema.safeParse(wrong).success).toBe(false);
  expect(
    suppressionConditionsSchema.safeParse({ host: ["10.0.0.0/8"], port: [{ from: 1, to: 5 }] }).success,
  ).toBe(true);
});
