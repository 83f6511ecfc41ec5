import fc from "fast-check";
import { expect, test } from "vitest";
import { pickRows } from "../../src/zeek/pick-rows.ts";
import { makeBatch, type SomeConnection } from "../features/make-batch.ts";

const row = fc.record(
  {
    ts: fc.integer({ min: 0, max: 1e9 }),
    uid: fc.constantFrom("Ca", "Cb", "Cc1"),
    "id.orig_h": fc.constantFrom("10.0.0.1", "fe80::1", "192.0.2.9"),
    "id.resp_p": fc.integer({ min: 0, max: 65_535 }),
    proto: fc.constantFrom("tcp", "udp", "icmp"),
    service: fc.constantFrom("dns", "http,ssl", "ssh"),
    orig_bytes: fc.integer({ min: 0, max: 1e6 }),
    local_orig: fc.boolean(),
    history: fc.constantFrom("S", "ShAD", "^d"),
  },
  { requiredKeys: ["ts"] },
);

test("the picked rows are a batch as if the others had never been read", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(row, fc.boolean()), { maxLength: 30 }), (rows) => {
      const all = rows.map(([one]) => one as SomeConnection);
      const kept = rows.filter(([, keep]) => keep).map(([one]) => one as SomeConnection);
      const picked = pickRows(
        makeBatch(all),
        Uint8Array.from(rows, ([, keep]) => (keep ? 1 : 0)),
      );
      const { text, lineStart: _1, lineEnd: _2, lineNumber, uid, ...columns } = picked;
      const { text: _3, lineStart: _4, lineEnd: _5, lineNumber: _6, uid: _7, ...expected } = makeBatch(kept);
      expect(columns).toEqual(expected);
      expect(Array.from(lineNumber)).toEqual(rows.flatMap(([, keep], index) => (keep ? [index + 1] : [])));
      const uids = kept.map((_, index) =>
        Buffer.from(text.subarray(uid.start[index], uid.end[index])).toString(),
      );
      expect(uids).toEqual(kept.map(({ uid: name = "" }) => name));
    }),
  );
});

test("all rows are the batch itself", () => {
  const batch = makeBatch([{ ts: 1 }, { ts: 2 }]);
  expect(pickRows(batch, Uint8Array.of(1, 1))).toBe(batch);
});
