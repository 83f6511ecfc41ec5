import { performance } from "node:perf_hooks";
import { expect, test } from "vitest";
import { openStore, type Store } from "../../src/store/index.ts";
import { makeBatch } from "../features/make-batch.ts";
import { randomRows } from "./random-rows.ts";

/** 60,000 rows. */
async function largeStore(): Promise<Store> {
  const store = await openStore({ threads: 2 });
  const batch = makeBatch(randomRows(5000, 1));
  for (let i = 0; i < 12; i++) await store.append(batch);
  await store.commit();
  return store;
}

/** A question that takes many times as long as the test may. */
function slowQuestion(store: Store, signal: AbortSignal): Promise<unknown> {
  return store.aggregate(
    {
      by: { row: { kind: "bin", column: "ts", from: 0, width: 1e-6 }, pair: { kind: "pair" } },
      measures: Object.fromEntries(
        Array.from({ length: 60 }, (_, i) => [
          `m${i}`,
          { kind: "distinct", of: [{ kind: "pair" }, { kind: "column", column: "history" }] } as const,
        ]),
      ),
    },
    { signal },
  );
}

test("an abort ends a query with its reason, long before it would have ended", async () => {
  await using store = await largeStore();
  for (const millis of [0, 30]) {
    const started = performance.now();
    await expect(slowQuestion(store, AbortSignal.timeout(millis))).rejects.toMatchObject({
      name: "TimeoutError",
    });
    const aborted = performance.now() - started;
    expect(aborted).toBeLessThan(3000);
  }
  const stopped = new AbortController();
  stopped.abort(new Error("nobody waits"));
  await expect(store.count({}, { signal: stopped.signal })).rejects.toThrow("nobody waits");
  // The connection that was interrupted answers the next question.
  expect(await store.count()).toBe(60_000);
  const stop = new AbortController();
  const counting = store.count();
  const slow = slowQuestion(store, stop.signal);
  stop.abort(new Error("only this one"));
  await expect(slow).rejects.toThrow("only this one");
  expect(await counting).toBe(60_000);
});

test("correlations can be aborted while they are computed", async () => {
  await using store = await largeStore();
  const columns = [
    "duration",
    "orig_bytes",
    "resp_bytes",
    "orig_pkts",
    "resp_pkts",
    "ts",
    "orig_ip_bytes",
  ] as const;
  for (const method of ["pearson", "spearman"] as const)
    await expect(
      store.correlations({ columns, method }, { signal: AbortSignal.timeout(10) }),
    ).rejects.toMatchObject({ name: "TimeoutError" });
});

test("closing the store ends what is running", async () => {
  const store = await largeStore();
  const slow = slowQuestion(store, new AbortController().signal).catch(String);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await store.close();
  expect(await slow).toContain("closed");
  await expect(store.count()).rejects.toThrow("closed");
});
