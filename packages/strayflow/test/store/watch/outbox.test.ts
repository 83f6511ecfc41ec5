import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Delivery, statusMessage, type Message } from "../../../src/sinks/index.ts";
import { openWatchStore } from "../../../src/store/index.ts";

const message = (n: number): Message =>
  statusMessage(
    { code: "late", text: `news ${n} \uD800 "'; --`, seconds: n === 3 ? NaN : n },
    { time: n, sensor: "a", severity: "low", since: n },
  );
const send = (sinks: readonly string[], from: number, to: number) => ({
  sensor: "a",
  messages: Array.from({ length: to - from }, (_, i) => ({ sinks, message: message(from + i) })),
});

function someFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "outbox-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("each sink gets its messages in order, across restarts, until they are done or given up", async () => {
  const file = join(someFolder(), "a.store");
  let now = 1000;
  const open = () => openWatchStore({ file, threads: 1, now: () => now });
  const store = await open();
  await store.commitStep(send(["a", "b"], 0, 5));
  await store.commitStep(send(["b"], 5, 6));
  const taken = await store.outbox.take("a", 3);
  expect(taken.map(({ time }) => time)).toEqual([0, 1, 2]);
  await store.outbox.done("a", [taken[0]!.id, taken[1]!.id]);
  await store.outbox.failed("a", [taken[2]!.id], "no answer", 5000);
  expect(await store.outbox.take("a", 3)).toEqual([]);
  expect([await store.outbox.waiting("a"), await store.outbox.waiting("b")]).toEqual([3, 6]);
  await store.close();

  await using again = await open();
  expect([await again.outbox.waiting("a"), await again.outbox.waiting("b")]).toEqual([3, 6]);
  expect(await again.outbox.take("a", 3)).toEqual([]);
  now = 5000;
  const rest = await again.outbox.take("a", 10);
  expect(rest.map(({ time }) => time)).toEqual([2, 3, 4]);
  await again.outbox.failed("a", [rest[0]!.id], "refused", undefined);
  expect((await again.outbox.take("a", 1)).map(({ time }) => time)).toEqual([3]);
  await again.commitStep(send(["a"], 6, 7));
  expect((await again.outbox.take("a", 10)).map(({ time }) => time)).toEqual([3, 4, 6]);
  expect((await again.outbox.take("b", 10)).map(({ time }) => time)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(await again.outboxCounts()).toEqual([
    { sink: "a", waiting: 3, delivered: 2, givenUp: 1, lastError: "refused" },
    { sink: "b", waiting: 6, delivered: 0, givenUp: 0 },
  ]);
});

test("delivery empties it while steps go on", async () => {
  await using store = await openWatchStore({ threads: 1 });
  const got: number[] = [];
  const delivery = new Delivery({
    outbox: store.outbox,
    routes: [
      {
        sink: {
          name: "a",
          send: (messages) => {
            got.push(...messages.map(({ time }) => time));
            return Promise.resolve();
          },
          close: () => Promise.resolve(),
        },
        batch: 3,
        timeLimitMillis: 1000,
        pauseMillis: 0,
        giveUpMillis: 1000,
      },
    ],
  });
  for (let n = 0; n < 20; n += 2) {
    await store.commitStep(send(["a"], n, n + 2));
    delivery.wake();
  }
  await delivery.close();
  expect(got).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(await store.outboxCounts()).toEqual([{ sink: "a", waiting: 0, delivered: 20, givenUp: 0 }]);
});
