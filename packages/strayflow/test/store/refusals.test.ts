import { afterAll, beforeAll, expect, test } from "vitest";
import type { Filter, Key, Store } from "../../src/store/index.ts";
import { filledStore } from "./filled-store.ts";
import { randomRows } from "./random-rows.ts";

let store: Store;
beforeAll(async () => {
  store = await filledStore(randomRows(2000, 11));
});
afterAll(() => store.close());

const injection = "ts); DROP TABLE connections; --";

test.each<[string, unknown, string]>([
  ["an address that is none", { host: ["10.0.0.256"] }, "expected an address or a network"],
  ["a prefix that is too long", { orig: ["10.0.0.0/33"] }, "expected an address or a network"],
  ["a name of a column that does not exist", { set: [injection] }, "set.0"],
  ["a condition that does not exist", { hosts: ["10.0.0.1"] }, "hosts"],
  ["a port beyond the last", { respPort: [65_536] }, "respPort.0"],
  ["a time that is no number", { from: NaN }, "from"],
  ["SQL as a number", { numbers: [{ column: "ts", from: injection }] }, "numbers.0.from"],
  ["a condition of the wrong type", { not: { flagged: "TRUE" } }, "not.flagged"],
])("a filter with %s is refused, naming the part", async (_, filter, part) => {
  const asked = store.count(filter as Filter);
  await expect(asked).rejects.toMatchObject({ name: "ExpectedError", kind: "usage" });
  await expect(store.count(filter as Filter)).rejects.toThrow(part);
});

test.each<[string, unknown]>([
  ["an invented zone", { kind: "date", zone: "Europe/Atlantis" }],
  ["bins that do not divide a day", { kind: "time", minutes: 7, zone: "UTC" }],
  ["a column of an invented name", { kind: "column", column: injection }],
  ["a kind of an invented name", { kind: injection }],
  ["bins without width", { kind: "bin", column: "ts", from: 0, width: 0 }],
])("a query by %s is refused", async (_, key) => {
  const query = { by: { [injection]: key as Key }, measures: {} };
  await expect(store.aggregate(query)).rejects.toMatchObject({ name: "ExpectedError", kind: "usage" });
});

test("names that the caller chose are never SQL", async () => {
  const answer = await store.aggregate({
    by: { [injection]: { kind: "column", column: "proto" } },
    measures: { 'a"; --': { kind: "count" }, __proto__x: { kind: "count" } },
    order: [{ by: 'a"; --', descending: true }],
  });
  expect(answer.rows).toBe(3);
  await expect(
    store.aggregate({ by: {}, measures: { n: { kind: "count" } }, order: [{ by: injection as "n" }] }),
  ).rejects.toMatchObject({ kind: "usage" });
  expect(await store.count()).toBe(2000);
});

test.each(["x", "1_", "_", "1e3_4.5", "1_2_3", `1_${"9".repeat(30)}`, "1_0); DROP TABLE connections"])(
  "%j is no cursor",
  async (cursor) => {
    await expect(store.rows({ cursor })).rejects.toMatchObject({ kind: "usage" });
  },
);

test("more than one key by either host is refused", async () => {
  const either = { kind: "host", side: "either" } as const;
  await expect(store.aggregate({ by: { a: either, b: either }, measures: {} })).rejects.toThrow("only once");
});
