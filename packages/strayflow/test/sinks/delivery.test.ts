import { afterEach, expect, test } from "vitest";
import { Delivery, SinkError, type DeliveryRoute, type Message, type Sink } from "../../src/sinks/index.ts";
import { backoffMillis } from "../../src/sinks/backoff.ts";
import { openedMany } from "./make-message.ts";
import { MemoryOutbox } from "./memory-outbox.ts";
import { until } from "./until.ts";

let running: Delivery | undefined;
afterEach(() => running?.close(10));

function start(
  outbox: MemoryOutbox,
  sinks: readonly Sink[],
  { route = {}, options = {} }: { route?: Partial<DeliveryRoute>; options?: object } = {},
): Delivery {
  const routes = sinks.map((sink) => ({
    sink,
    batch: 10,
    timeLimitMillis: 1000,
    pauseMillis: 0,
    giveUpMillis: 60_000,
    ...route,
  }));
  const backoff = { firstMillis: 4, mostMillis: 20 };
  running = new Delivery({ outbox, routes, backoff, pollMillis: 10, ...options });
  return running;
}

/** Notes what arrives; `act` may throw or hang first. */
function recordingSink(
  name: string,
  act: (messages: readonly Message[], signal: AbortSignal) => unknown = () => undefined,
) {
  const calls: string[][] = [];
  let isClosed = false;
  return {
    name,
    calls,
    arrived: () => calls.flat(),
    isClosed: () => isClosed,
    async send(messages: readonly Message[], signal: AbortSignal) {
      await act(messages, signal);
      calls.push(messages.map(({ id }) => id));
    },
    close() {
      isClosed = true;
      return Promise.resolve();
    },
  };
}

const ids = (messages: readonly Message[]) => messages.map(({ id }) => id);
const hang = (_: unknown, signal: AbortSignal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("aborted")));
  });

test("messages arrive once, in order, in batches", async () => {
  const outbox = new MemoryOutbox();
  const messages = openedMany(25);
  outbox.put("file", ...messages);
  const file = recordingSink("file");
  const delivery = start(outbox, [file]);
  await until(() => outbox.left("file").length === 0);
  expect(file.arrived()).toEqual(ids(messages));
  expect(file.calls.map((call) => call.length)).toEqual([10, 10, 5]);
  expect(delivery.metrics()[0]).toMatchObject({ sink: "file", sent: 25, waiting: 0, failed: 0 });
});

test("a message that comes later is sent at once when the delivery is woken", async () => {
  const outbox = new MemoryOutbox();
  const file = recordingSink("file");
  const delivery = start(outbox, [file], { options: { pollMillis: 60_000 } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  outbox.put("file", ...openedMany(1));
  delivery.wake();
  await until(() => file.calls.length === 1);
  expect(file.arrived()).toEqual(["incident1.1"]);
});

test("a sink that fails for a time gets everything afterwards, in order", async () => {
  const outbox = new MemoryOutbox();
  const messages = openedMany(12);
  outbox.put("web", ...messages);
  let failures = 3;
  const failed: string[] = [];
  const web = recordingSink("web", () => {
    if (failures-- > 0) throw new SinkError("answered 500", { retriable: true });
  });
  const delivery = start(outbox, [web], {
    options: { onFailure: (name: string, error: string) => failed.push(`${name}: ${error}`) },
  });
  await until(() => outbox.left("web").length === 0);
  expect(web.arrived()).toEqual(ids(messages));
  expect(failed).toEqual(Array(3).fill("web: answered 500"));
  expect(delivery.metrics()[0]).toMatchObject({
    failed: 3,
    sent: 12,
    lastError: undefined,
    failingSince: undefined,
  });
});

test("what arrived before a failure in the middle is not sent again", async () => {
  const outbox = new MemoryOutbox();
  const messages = openedMany(5);
  outbox.put("web", ...messages);
  let isFirst = true;
  const arrived: string[] = [];
  const web = recordingSink("web", (batch) => {
    if (!isFirst) return arrived.push(...ids(batch));
    isFirst = false;
    arrived.push(...ids(batch.slice(0, 2)));
    throw new SinkError("cut", { retriable: true, delivered: 2 });
  });
  start(outbox, [web]);
  await until(() => outbox.left("web").length === 0);
  expect(arrived).toEqual(ids(messages));
});

test("one message that is refused for good is given up, the others arrive", async () => {
  const outbox = new MemoryOutbox();
  const messages = openedMany(7);
  outbox.put("mail", ...messages);
  const bad = messages[3]!.id;
  const mail = recordingSink("mail", (batch) => {
    if (ids(batch).includes(bad)) throw new SinkError("550 no", { retriable: false });
  });
  const delivery = start(outbox, [mail], { route: { pauseMillis: 30 } });
  await until(() => outbox.left("mail").length === 0);
  expect(mail.arrived()).toEqual(ids(messages).filter((id) => id !== bad));
  expect(outbox.givenUp).toEqual([{ sink: "mail", id: bad, error: "550 no" }]);
  expect(delivery.metrics()[0]).toMatchObject({ givenUp: 1, sent: 6 });
});

test("a message that fails for longer than the limit does not hold up those behind it", async () => {
  const outbox = new MemoryOutbox();
  const messages = openedMany(3);
  outbox.put("web", ...messages);
  const bad = messages[0]!.id;
  const web = recordingSink("web", (batch) => {
    if (ids(batch).includes(bad)) throw new SinkError("answered 500", { retriable: true });
  });
  start(outbox, [web], { route: { giveUpMillis: 40 } });
  await until(() => outbox.left("web").length === 0);
  expect(web.arrived()).toEqual(ids(messages.slice(1)));
  expect(ids(messages.slice(0, 1))).toEqual(outbox.givenUp.map(({ id }) => id));
});

test("a sink that hangs is stopped by its time limit and tried again", async () => {
  const outbox = new MemoryOutbox();
  outbox.put("slow", ...openedMany(2));
  let hangs = 1;
  const slow = recordingSink("slow", (messages, signal) =>
    hangs-- > 0 ? hang(messages, signal) : undefined,
  );
  const errors: string[] = [];
  start(outbox, [slow], {
    route: { timeLimitMillis: 30 },
    options: { onFailure: (_: string, error: string) => errors.push(error) },
  });
  await until(() => outbox.left("slow").length === 0);
  expect(errors).toEqual(["no answer within 30 ms"]);
});

test("a sink that hangs, refuses or throws nonsense never holds up another", async () => {
  const outbox = new MemoryOutbox();
  const messages = openedMany(40);
  const deaf = recordingSink("deaf", () => new Promise(() => undefined));
  const dead = recordingSink("dead", () => {
    throw new TypeError("x is not a function");
  });
  const good = recordingSink("good");
  for (const { name } of [deaf, dead, good]) outbox.put(name, ...messages);
  const delivery = start(outbox, [deaf, dead, good], { route: { timeLimitMillis: 20 } });
  await until(() => outbox.left("good").length === 0);
  await until(() => delivery.metrics()[0]?.lastError === "no answer within 20 ms");
  expect(outbox.left("deaf")).toHaveLength(40);
  expect(delivery.metrics()[1]).toMatchObject({
    sink: "dead",
    sent: 0,
    waiting: 40,
    lastError: "x is not a function",
  });
  const before = Date.now();
  await delivery.close(50);
  // The deaf one is left behind after a grace of a second.
  expect(Date.now() - before).toBeLessThan(2500);
  expect([deaf, dead, good].every((each) => each.isClosed())).toBe(true);
});

test("closing sends what is there, ends at the limit, and leaves the rest in the outbox", async () => {
  const outbox = new MemoryOutbox();
  const [good, slow] = [recordingSink("good"), recordingSink("slow", hang)];
  const delivery = start(outbox, [good, slow], { route: { timeLimitMillis: 60_000, batch: 5 } });
  outbox.put("good", ...openedMany(20));
  outbox.put("slow", ...openedMany(20));
  await delivery.close(100);
  expect(good.arrived()).toHaveLength(20);
  expect(outbox.left("slow")).toHaveLength(20);
  expect(outbox.givenUp).toEqual([]);
});

test("closing does not wait for the pause between two mails, and does not retry what fails", async () => {
  const outbox = new MemoryOutbox();
  let attempts = 0;
  const dead = recordingSink("dead", () => {
    attempts++;
    throw new SinkError("refused", { retriable: true });
  });
  const mail = recordingSink("mail");
  outbox.put("mail", ...openedMany(1));
  const delivery = start(outbox, [mail, dead], {
    route: { pauseMillis: 60_000 },
    options: { backoff: { firstMillis: 60_000, mostMillis: 60_000 } },
  });
  await until(() => mail.calls.length === 1);
  outbox.put("mail", ...openedMany(3));
  outbox.put("dead", ...openedMany(3));
  await until(() => attempts === 1);
  const before = Date.now();
  await delivery.close(3000);
  expect(Date.now() - before).toBeLessThan(1000);
  expect(mail.calls.map((call) => call.length)).toEqual([1, 3]);
  expect(attempts).toBe(1);
});

test("messages gather while a sink rests", async () => {
  const outbox = new MemoryOutbox();
  const mail = recordingSink("mail");
  const delivery = start(outbox, [mail], { route: { pauseMillis: 80 } });
  for (const message of openedMany(6)) {
    outbox.put("mail", message);
    delivery.wake();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await until(() => outbox.left("mail").length === 0);
  expect(mail.calls.map((call) => call.length)).toEqual([1, 5]);
});

test("a message is not sent again because the outbox could not note its delivery", async () => {
  class Failing extends MemoryOutbox {
    failures = 2;
    override done(name: string, done: readonly string[]): Promise<void> {
      return this.failures-- > 0 ? Promise.reject(new Error("disk full")) : super.done(name, done);
    }
  }
  const outbox = new Failing();
  outbox.put("file", ...openedMany(3));
  const file = recordingSink("file");
  start(outbox, [file]);
  await until(() => outbox.left("file").length === 0);
  expect(file.calls).toHaveLength(1);
});

test("an outbox that cannot be read is asked again", async () => {
  class Failing extends MemoryOutbox {
    failures = 3;
    override take(name: string, limit: number): Promise<readonly Message[]> {
      return this.failures-- > 0 ? Promise.reject(new Error("locked")) : super.take(name, limit);
    }
  }
  const outbox = new Failing();
  outbox.put("file", ...openedMany(1));
  const file = recordingSink("file");
  start(outbox, [file]);
  await until(() => file.calls.length === 1);
  expect(outbox.failures).toBeLessThan(0);
});

test("a server's wish to be left alone is heeded", async () => {
  const outbox = new MemoryOutbox();
  outbox.put("web", ...openedMany(1));
  const times: number[] = [];
  const web = recordingSink("web", () => {
    times.push(Date.now());
    if (times.length === 1) throw new SinkError("answered 429", { retriable: true, retryAfterMillis: 150 });
  });
  start(outbox, [web]);
  await until(() => outbox.left("web").length === 0);
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(145);
});

test("the wait doubles up to a cap, and half of it is chance", () => {
  const backoff = { firstMillis: 1000, mostMillis: 300_000 };
  const waits = [1, 2, 3, 9, 10, 5000].map((failures) => backoffMillis(failures, backoff, 1));
  expect(waits).toEqual([1000, 2000, 4000, 256_000, 300_000, 300_000]);
  expect(backoffMillis(3, backoff, 0)).toBe(2000);
});
