import type { Batch } from "../../zeek/batch.ts";
import { logsOfGrowth } from "./logarithm.ts";
import type { Quantity } from "./moments.ts";
import { runSteps } from "./steps.ts";
import type { Step } from "./steps.ts";

/** How each of some consecutive rows ended, and how much it carried. */
export class RowAmounts {
  rows = 0;
  /** 1 where the connection ended so; all but `empty` (no payload is known to have passed) are failures. */
  readonly unanswered: Float64Array;
  readonly refused: Float64Array;
  readonly reset: Float64Array;
  readonly failed: Float64Array;
  readonly empty: Float64Array;
  /** Bytes; NaN where the log states no usable number. */
  readonly sent: Float64Array;
  readonly received: Float64Array;
  /** The same with 0 where unknown. */
  readonly sentKnown: Float64Array;
  readonly receivedKnown: Float64Array;
  /** ln(1 + bytes) and ln(1 + milliseconds). Size is what is known of sent plus received. */
  readonly logs: Readonly<Record<"sent" | "received" | "size" | "duration", Quantity>>;
  readonly #seconds: Float64Array;
  readonly #size: Float64Array;
  readonly #steps: readonly Step[];

  constructor(mostRows: number) {
    const column = () => new Float64Array(mostRows);
    const quantity = () => ({ values: column(), known: column() });
    this.unanswered = column();
    this.refused = column();
    this.reset = column();
    this.failed = column();
    this.empty = column();
    this.sent = column();
    this.received = column();
    this.sentKnown = column();
    this.receivedKnown = column();
    this.logs = { sent: quantity(), received: quantity(), size: quantity(), duration: quantity() };
    this.#seconds = column();
    this.#size = column();
    const scratch = new Float32Array(mostRows);
    const { sent, received, size, duration } = this.logs;
    this.#steps = [
      () => logsOfGrowth(this.sentKnown, 1, sent.values, this.rows, scratch),
      () => logsOfGrowth(this.receivedKnown, 1, received.values, this.rows, scratch),
      () => logsOfGrowth(this.#size, 1, size.values, this.rows, scratch),
      () => logsOfGrowth(this.#seconds, 1000, duration.values, this.rows, scratch),
    ];
  }

  read(batch: Batch, from: number, rows: number): void {
    this.rows = rows;
    this.#readOutcomes(batch, from);
    takeUsable(batch.orig_bytes, from, this.sent, this.sentKnown, this.logs.sent.known, rows);
    takeUsable(batch.resp_bytes, from, this.received, this.receivedKnown, this.logs.received.known, rows);
    takeUsable(batch.duration, from, this.#seconds, this.#seconds, this.logs.duration.known, rows);
    this.#addSizes();
    runSteps(this.#steps);
  }

  #readOutcomes({ conn_state: { codes, values } }: Batch, from: number): void {
    const { unanswered, refused, reset, failed, rows } = this;
    const outcomes = Uint8Array.from(values, outcomeOf);
    for (let row = 0; row < rows; row++) {
      const outcome = outcomes[codes[from + row]!]!;
      unanswered[row] = outcome & UNANSWERED;
      refused[row] = (outcome & REFUSED) >> 1;
      reset[row] = (outcome & RESET) >> 2;
      failed[row] = outcome === 0 ? 0 : 1;
    }
  }

  #addSizes(): void {
    const { sentKnown, receivedKnown, empty, logs, rows } = this;
    const hasSent = logs.sent.known;
    const hasReceived = logs.received.known;
    const hasSize = logs.size.known;
    const sizes = this.#size;
    for (let row = 0; row < rows; row++) {
      const size = sentKnown[row]! + receivedKnown[row]!;
      sizes[row] = size;
      empty[row] = size > 0 ? 0 : 1;
      hasSize[row] = Math.max(hasSent[row]!, hasReceived[row]!);
    }
  }
}

/**
 * What is unset, negative or not finite is not known: NaN in `amounts`, 0 in `known`, which may be the same column. What no
 * link carries counts as the most that a double counts exactly.
 */
function takeUsable(
  column: Float64Array,
  from: number,
  amounts: Float64Array,
  known: Float64Array,
  isKnown: Float64Array,
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    const value = column[from + row]!;
    const usable = value >= 0 && value < Infinity;
    const amount = value < Number.MAX_SAFE_INTEGER ? value : Number.MAX_SAFE_INTEGER;
    amounts[row] = usable ? amount : NaN;
    known[row] = usable ? amount : 0;
    isKnown[row] = usable ? 1 : 0;
  }
}

const UNANSWERED = 1;
const REFUSED = 2;
const RESET = 4;

function outcomeOf(connState: string): number {
  switch (connState) {
    case "S0":
    case "SH":
    case "RSTOS0":
      return UNANSWERED;
    case "REJ":
      return REFUSED;
    case "RSTO":
    case "RSTR":
    case "RSTRH":
      return RESET;
    default:
      return 0;
  }
}
