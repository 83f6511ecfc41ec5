import { expect, test } from "vitest";
import { openStore } from "../../src/store/index.ts";
import { readConnections, readRecord } from "../../src/zeek/index.ts";
import { hasSharedData, sharedData } from "../shared-data.ts";
import { pearson, quantile, ranks, wallClockOf } from "./plain.ts";

test.skipIf(!hasSharedData)("a real office day gives the same numbers as its own lines", async () => {
  await using store = await openStore({ keepUid: true });
  const records: Record<string, unknown>[] = [];
  for await (const batch of readConnections([sharedData("office-day")])) {
    await store.append(batch);
    for (let row = 0; row < batch.rows; row++) records.push(readRecord(batch, row));
  }
  await store.commit();
  expect(await store.count()).toBe(records.length);

  const zone = "America/Los_Angeles";
  const wallClock = wallClockOf(zone);
  const answer = await store.aggregate({
    by: {
      date: { kind: "date", zone },
      bin: { kind: "time-of-day", minutes: 30, zone },
      service: { kind: "column", column: "service" },
    },
    measures: { n: { kind: "count" }, bytes: { kind: "sum", column: "orig_bytes" } },
  });
  const expected = new Map<string, [number, number]>();
  for (const record of records) {
    const clock = wallClock(Number(record["ts"]));
    const name = [clock.date, Math.floor(clock.minute / 30) * 30, textOf(record["service"])].join();
    const [n, bytes] = expected.get(name) ?? [0, 0];
    expected.set(name, [n + 1, bytes + (numberOf(record["orig_bytes"]) ?? 0)]);
  }
  const found = new Map(
    Array.from(answer.values.n, (n, i) => [
      [answer.keys.date[i], answer.keys.bin[i], answer.keys.service[i] ?? ""].join(),
      [n, answer.values.bytes[i]! || 0],
    ]),
  );
  expect(found).toEqual(expected);

  const columns = ["duration", "orig_bytes", "resp_bytes", "orig_pkts"] as const;
  for (const column of columns) {
    const values = records.flatMap((record) => numberOf(record[column]) ?? []);
    const profile = await store.profile({ column });
    expect(profile.unset).toBe(records.length - values.length);
    expect(profile.distinct).toBe(new Set(values).size);
    for (const { q, value } of profile.numbers!.quantiles) expect(value).toBeCloseTo(quantile(values, q), 6);
  }
  const where = { service: ["http"] };
  const chosen = records.filter((record) => record["service"] === "http");
  for (const method of ["pearson", "spearman"] as const) {
    const { matrix } = await store.correlations({ columns, method, where });
    columns.forEach((x, i) => {
      columns.forEach((y, j) => {
        const both = chosen.filter(
          (record) => numberOf(record[x]) !== undefined && numberOf(record[y]) !== undefined,
        );
        const of = (column: string) => both.map((record) => numberOf(record[column])!);
        const value = method === "pearson" ? pearson(of(x), of(y)) : pearson(ranks(of(x)), ranks(of(y)));
        expect(matrix[i * columns.length + j]).toBeCloseTo(value, 9);
      });
    });
  }
});

function numberOf(value: unknown): number | undefined {
  return value === undefined || value === null || value === "-" || value === "" ? undefined : Number(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" && value !== "-" && value !== "(empty)" ? value : "";
}
