import type { Message } from "./message.ts";

/** A way out for messages: a file, a server, a mailbox. */
export interface Sink {
  readonly name: string;
  /**
   * Resolves when all messages are delivered, in order. One call at a time. Rejects soon after `signal` is aborted.
   *
   * @throws SinkError which says how many arrived all the same
   */
  send(messages: readonly Message[], signal: AbortSignal): Promise<void>;
  /** Gives up connections and files; nothing is sent after it. */
  close(): Promise<void>;
}

export interface SinkErrorOptions extends ErrorOptions {
  /** Whether the same messages may arrive at another time. */
  readonly retriable: boolean;
  /** How many messages, counted from the first, are delivered in spite of the error. */
  readonly delivered?: number | undefined;
  /** How many of the messages after those the error speaks of; all of them where absent. */
  readonly refused?: number | undefined;
  /** The receiver asked to be left alone for so long. */
  readonly retryAfterMillis?: number | undefined;
}

/** A delivery that failed. The message holds no secret and is safe to print. */
export class SinkError extends Error {
  readonly retriable: boolean;
  readonly delivered: number;
  readonly refused: number | undefined;
  readonly retryAfterMillis: number | undefined;

  constructor(
    message: string,
    { retriable, delivered, refused, retryAfterMillis, ...rest }: SinkErrorOptions,
  ) {
    super(message, rest);
    this.name = "SinkError";
    this.retriable = retriable;
    this.delivered = delivered ?? 0;
    this.refused = refused;
    this.retryAfterMillis = retryAfterMillis;
  }
}
