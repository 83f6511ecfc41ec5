import type { Message } from "./message.ts";
import { SinkLoop, type DeliveryRoute, type LoopOptions, type SinkMetrics } from "./sink-loop.ts";

/**
 * Messages that wait for delivery, kept where a crash does not reach them: at least once, in order for each sink.
 * A message is put in by whoever commits the news; that a sink wants it is decided then.
 */
export interface Outbox {
  /**
   * The oldest messages that are neither done nor given up, oldest first, at most `limit`; none while the oldest of
   * them waits for its `retryAt`. Taking changes nothing: what is not reported comes again.
   */
  take(sink: string, limit: number): Promise<readonly Message[]>;
  /** Delivered: never taken again. */
  done(sink: string, ids: readonly string[]): Promise<void>;
  /** Not delivered. `retryAt` is in milliseconds since 1970; without it they are given up, and never taken again. */
  failed(sink: string, ids: readonly string[], error: string, retryAt: number | undefined): Promise<void>;
  /** How many wait for this sink. */
  waiting(sink: string): Promise<number>;
}

export interface DeliveryOptions extends Partial<LoopOptions> {
  readonly outbox: Outbox;
  readonly routes: readonly DeliveryRoute[];
}

/**
 * Carries messages from the outbox to the sinks: one loop for each sink, so that none waits for another, and none of it
 * is waited for by detection.
 */
export class Delivery {
  readonly #loops: readonly SinkLoop[];
  readonly #runs: Promise<void>[];

  /** Starts at once. Two routes may not have the same name. */
  constructor({ outbox, routes, ...options }: DeliveryOptions) {
    const names = new Set(routes.map((route) => route.sink.name));
    if (names.size < routes.length) throw new Error("two sinks have the same name");
    this.#loops = routes.map((route) => new SinkLoop(route, { outbox, ...options }));
    this.#runs = this.#loops.map((loop) => loop.run());
  }

  /** Says that the outbox has got something; without it, it is found within a second. */
  wake(): void {
    for (const loop of this.#loops) loop.wake();
  }

  metrics(): readonly SinkMetrics[] {
    return this.#loops.map((loop) => loop.metrics());
  }

  /**
   * Sends what can be sent within the limit, then gives up what is under way and closes the sinks. Nothing is lost: what
   * was not delivered stays in the outbox. A sink that failed is not tried again. Never rejects.
   */
  async close(limitMillis = 5000): Promise<void> {
    for (const loop of this.#loops) loop.drain();
    await within(limitMillis, Promise.all(this.#runs));
    for (const loop of this.#loops) loop.kill();
    // Sinks that do not even answer an abort are left behind: the process is about to end.
    await within(closeMillis, Promise.all(this.#runs));
    await within(closeMillis, Promise.allSettled(this.#loops.map((loop) => loop.close())));
  }
}

const closeMillis = 1000;

async function within(millis: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, millis);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
