import { expect, test } from "vitest";
import { CARRIES, CaptureCount, markFaults } from "../../src/model/capture-faults.ts";
import { makeBatch, type SomeConnection } from "../features/make-batch.ts";

function marksOf(...rows: readonly SomeConnection[]): number[] {
  const out = new Uint8Array(rows.length);
  markFaults(out, makeBatch(rows));
  return Array.from(out);
}

const whole = {
  proto: "tcp",
  orig_bytes: 10,
  resp_bytes: 20,
  orig_pkts: 3,
  resp_pkts: 3,
  conn_state: "SF",
  history: "ShADad",
};

test("only TCP connections that carry data can show a fault", () => {
  expect(
    marksOf(
      whole,
      { ...whole, proto: "udp" },
      { proto: "tcp", orig_bytes: 0, resp_bytes: 0, conn_state: "OTH" },
      { proto: "tcp" },
    ),
  ).toEqual([CARRIES, 0, 0, 0]);
});

test("each fault has its bit, and a row may show several", () => {
  expect(
    marksOf(
      { ...whole, resp_bytes: 0, resp_pkts: 0 },
      { ...whole, orig_bytes: 0, orig_pkts: 0 },
      { ...whole, missed_bytes: 5 },
      { ...whole, history: "^dD" },
      { ...whole, conn_state: "OTH", history: "^dDa" },
    ),
  ).toEqual([1, 1, 2, 4, 12].map((bits) => CARRIES | bits));
});

test("without packet counts, bytes have to do", () => {
  const { orig_pkts: _1, resp_pkts: _2, ...bytes } = whole;
  expect(marksOf({ ...bytes, resp_bytes: 0 }, bytes)).toEqual([CARRIES | 1, CARRIES]);
});

test("rates are shares of what could show them", () => {
  const count = new CaptureCount();
  count.add(Uint8Array.of(CARRIES, CARRIES | 1, 0, CARRIES | 6, CARRIES), undefined);
  expect(count.rates()).toEqual({ rows: 4, oneSided: 0.25, missed: 0.25, flipped: 0.25, midstream: 0 });
});
