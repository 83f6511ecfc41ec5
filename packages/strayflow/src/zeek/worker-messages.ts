import type { ErrorKind, ErrorPlace } from "../base/errors.ts";
import type { Batch } from "./batch.ts";
import type { Reject } from "./rejects.ts";
import type { ScanTally } from "./scan-tally.ts";

/** What the reader tells one of its workers. */
export type ToWorker =
  | {
      readonly kind: "read";
      /** Place of the file among all; every answer names it. */
      readonly index: number;
      readonly file: string;
      readonly batchRows: number | undefined;
      readonly wantsRejects: boolean;
    }
  /** So many bytes of what was sent have been taken up. */
  | { readonly kind: "taken"; readonly bytes: number };

/** What a worker tells the reader of file `index`; `bytes` is what the message holds in memory until it is taken up. */
export type FromWorker =
  | (About & { readonly kind: "batch"; readonly batch: Batch })
  | (About & { readonly kind: "rejects"; readonly rejects: readonly Reject[] })
  | (About & { readonly kind: "end"; readonly tally: ScanTally; readonly problem: SentError | undefined });

interface About {
  readonly index: number;
  readonly bytes: number;
  /** How much of the file, as it is on the disk, has been read so far. */
  readonly bytesRead: number;
}

/** An `ExpectedError` on its way between threads, where classes are lost. */
export interface SentError {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly place: ErrorPlace | undefined;
}

/** A worker waits while more than this of what it sent has not been taken up: memory stays flat, whatever the size. */
export const MAX_UNTAKEN_BYTES = 4 << 20;
