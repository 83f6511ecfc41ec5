import { formatDuration } from "../base/units.ts";
import { backoffMillis, type Backoff } from "./backoff.ts";
import type { Outbox } from "./delivery.ts";
import type { Message } from "./message.ts";
import { SinkError, type Sink } from "./sink.ts";
import { oneLine } from "./text.ts";
import { Waiting } from "./waiting.ts";

/** A sink, and how it wants to be fed. */
export interface DeliveryRoute {
  readonly sink: Sink;
  /** Most messages in one call of `send`. */
  readonly batch: number;
  /** A call that takes longer has failed. */
  readonly timeLimitMillis: number;
  /** Time between the starts of two calls, in which messages gather; 0 for none. */
  readonly pauseMillis: number;
  /** Messages that have failed for so long are given up, so that one that can never arrive does not hold up the rest. */
  readonly giveUpMillis: number;
}

export interface LoopOptions {
  readonly outbox: Outbox;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly backoff: Backoff;
  /** How often an outbox that was empty is looked at without `wake`. */
  readonly pollMillis: number;
  /** Told of each failure; the text holds no secret and is safe to print. */
  readonly onFailure: (sink: string, error: string, givenUp: number) => void;
}

/** Of one sink since the start of the process. Times are milliseconds since 1970. */
export interface SinkMetrics {
  readonly sink: string;
  /** Messages in the outbox when it was last looked at. */
  readonly waiting: number;
  readonly sent: number;
  /** Calls of `send` that failed. */
  readonly failed: number;
  /** Messages that will never arrive. */
  readonly givenUp: number;
  /** Of the failures since it last worked; absent while it works. */
  readonly lastError: string | undefined;
  readonly failingSince: number | undefined;
  readonly lastSent: number | undefined;
}

const defaults: Omit<LoopOptions, "outbox"> = {
  now: Date.now,
  random: Math.random,
  backoff: { firstMillis: 1000, mostMillis: 300_000 },
  pollMillis: 1000,
  onFailure: () => undefined,
};

/** Feeds one sink until it is told to stop. */
export class SinkLoop {
  readonly #route: DeliveryRoute;
  readonly #options: LoopOptions;
  readonly #waiting = new Waiting();
  readonly #kill = new AbortController();
  #isDraining = false;
  /** Failed calls and outbox errors since something last worked. */
  #failures = 0;
  #nextCall = 0;
  /** One message at a time, after a call with several was refused, to find the one that is at fault. */
  #singly = 0;
  /** The oldest message, if it failed, and since when it does. */
  #stuck: { readonly id: string; readonly since: number } | undefined;
  #metrics: { -readonly [K in keyof SinkMetrics]: SinkMetrics[K] };

  constructor(route: DeliveryRoute, options: Partial<LoopOptions> & Pick<LoopOptions, "outbox">) {
    this.#route = route;
    this.#options = { ...defaults, ...options };
    this.#metrics = {
      sink: route.sink.name,
      waiting: 0,
      sent: 0,
      failed: 0,
      givenUp: 0,
      lastError: undefined,
      failingSince: undefined,
      lastSent: undefined,
    };
  }

  wake(): void {
    this.#waiting.wake();
  }

  /** Ends the loop when the outbox is empty, or at the first failure. */
  drain(): void {
    this.#isDraining = true;
    this.#waiting.end();
  }

  /** Ends the loop now; what is under way is aborted. */
  kill(): void {
    this.drain();
    this.#kill.abort();
  }

  close(): Promise<void> {
    return this.#route.sink.close();
  }

  metrics(): SinkMetrics {
    return { ...this.#metrics };
  }

  /** Never rejects: whatever happens in a sink or the outbox is a failure like others. */
  async run(): Promise<void> {
    while (!this.#kill.signal.aborted) {
      try {
        if (!(await this.#step())) return;
      } catch (error) {
        this.#noteFailure(`the outbox failed: ${reasonOf(error)}`, 0);
        if (this.#isDraining) return;
        await this.#waiting.pause(this.#retryMillis());
      }
    }
  }

  /** False when the loop is over. */
  async #step(): Promise<boolean> {
    const { now, outbox, pollMillis } = this.#options;
    const { sink, batch, pauseMillis } = this.#route;
    await this.#waiting.pause(this.#nextCall - now());
    const pause = this.#waiting.mark();
    const messages = await outbox.take(sink.name, this.#singly > 0 ? 1 : batch);
    this.#metrics.waiting = await outbox.waiting(sink.name);
    if (messages.length === 0) {
      if (this.#isDraining) return false;
      await this.#waiting.forWork(pollMillis, pause);
      return true;
    }
    this.#nextCall = this.#singly > 0 ? 0 : now() + pauseMillis;
    const error = await this.#send(messages);
    if (error === undefined) {
      await this.#settle(messages);
      return true;
    }
    const arrived = messages.slice(0, error.delivered);
    if (arrived.length > 0) await this.#settle(arrived);
    if (this.#kill.signal.aborted) return false;
    await this.#fail(messages.slice(arrived.length), error);
    return !this.#isDraining;
  }

  async #send(messages: readonly Message[]): Promise<SinkError | undefined> {
    const { sink, timeLimitMillis } = this.#route;
    const limit = new AbortController();
    const late = `no answer within ${formatDuration(timeLimitMillis / 1000)}`;
    const timer = setTimeout(() => {
      limit.abort();
      // Shown while a sink that does not heed the abort still hangs. It is not called again before it returns: calls
      // that pile up would take threads and memory from everything else.
      this.#metrics.lastError = late;
      this.#metrics.failingSince ??= this.#options.now();
    }, timeLimitMillis);
    try {
      await sink.send(messages, AbortSignal.any([limit.signal, this.#kill.signal]));
      return undefined;
    } catch (cause) {
      const delivered = cause instanceof SinkError ? cause.delivered : 0;
      if (limit.signal.aborted) return new SinkError(late, { retriable: true, delivered, cause });
      return cause instanceof SinkError ? cause : new SinkError(reasonOf(cause), { retriable: true, cause });
    } finally {
      clearTimeout(timer);
    }
  }

  async #settle(messages: readonly Message[]): Promise<void> {
    this.#failures = 0;
    this.#stuck = undefined;
    this.#singly = Math.max(0, this.#singly - messages.length);
    this.#metrics.sent += messages.length;
    this.#metrics.lastSent = this.#options.now();
    this.#metrics.lastError = undefined;
    this.#metrics.failingSince = undefined;
    await this.#record(() => this.#options.outbox.done(this.#route.sink.name, idsOf(messages)));
    this.#metrics.waiting = Math.max(0, this.#metrics.waiting - messages.length);
  }

  async #fail(messages: readonly Message[], error: SinkError): Promise<void> {
    const { now, outbox } = this.#options;
    const affected = messages.slice(0, error.refused ?? messages.length);
    const first = affected[0];
    if (first === undefined) return;
    const isFinal = !error.retriable || this.#isTooLong(first);
    if (isFinal && affected.length > 1) {
      this.#singly = affected.length;
      this.#nextCall = 0;
      this.#noteFailure(error.message, 0);
      return;
    }
    this.#noteFailure(error.message, isFinal ? affected.length : 0);
    this.#singly = Math.max(0, this.#singly - (isFinal ? 1 : 0));
    const retryAt = isFinal ? undefined : now() + this.#retryMillis(error.retryAfterMillis);
    await this.#record(() => outbox.failed(this.#route.sink.name, idsOf(affected), error.message, retryAt));
    if (retryAt !== undefined) this.#nextCall = Math.max(this.#nextCall, retryAt);
  }

  #isTooLong(first: Message): boolean {
    const now = this.#options.now();
    if (this.#stuck?.id !== first.id) this.#stuck = { id: first.id, since: now };
    return now - this.#stuck.since >= this.#route.giveUpMillis;
  }

  /** What the outbox must know before anything else is taken from it: else a delivered message would be sent again. */
  async #record(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await write();
        return;
      } catch (error) {
        this.#noteFailure(`the outbox failed: ${reasonOf(error)}`, 0);
        if (this.#isDraining) throw error;
        await this.#waiting.pause(this.#retryMillis());
      }
    }
  }

  #noteFailure(error: string, givenUp: number): void {
    const shown = oneLine(error, 500);
    this.#failures++;
    this.#metrics.failed++;
    this.#metrics.givenUp += givenUp;
    this.#metrics.waiting = Math.max(0, this.#metrics.waiting - givenUp);
    this.#metrics.lastError = shown;
    this.#metrics.failingSince ??= this.#options.now();
    this.#options.onFailure(this.#route.sink.name, shown, givenUp);
  }

  #retryMillis(askedMillis = 0): number {
    const { backoff, random } = this.#options;
    return Math.max(Math.min(askedMillis, mostAskedMillis), backoffMillis(this.#failures, backoff, random()));
  }
}

/** A server may ask for an hour of rest, not for a year. */
const mostAskedMillis = 3_600_000;

function idsOf(messages: readonly Message[]): string[] {
  return messages.map((message) => message.id);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
