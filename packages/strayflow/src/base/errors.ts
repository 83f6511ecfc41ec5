/**
 * Every failure that a user can cause or meet, with its exit status and the advice that goes with it.
 * `docs/errors.md` is generated from this table.
 */
export const errorKinds = {
  usage: { exit: 2, help: "Run the command with --help to see what it takes." },
  "input-missing": {
    exit: 65,
    help: "Check the path; strayflow takes files, directories, globs and - for standard input.",
  },
  "input-unreadable": { exit: 65, help: "Check the permissions of the file and of the folders above it." },
  "log-format": { exit: 65, help: "The input is not a Zeek conn log that this version can read." },
  "log-compression": {
    exit: 65,
    help: "The compressed data is damaged; check the file with gzip -t or zstd -t.",
  },
  "too-few-rows": { exit: 65, help: "Give more logs: a longer period of ordinary traffic." },
  "labels-format": {
    exit: 65,
    help: "Check the file of labels against what the command's --help describes.",
  },
  "model-missing": { exit: 66, help: "Train a model first: strayflow train LOGS --model DIR." },
  "model-damaged": {
    exit: 66,
    help: "Train again, or restore the directory from a copy: its files do not belong together.",
  },
  "model-version": { exit: 66, help: "Use the strayflow version that trained the model, or train again." },
  "model-mismatch": {
    exit: 66,
    help: "The model was trained on other traffic. Train again, or use logs with the same columns.",
  },
  "store-missing": {
    exit: 66,
    help: "Check the path of the store; explore --store FILE and watch make one.",
  },
  "store-busy": {
    exit: 66,
    help: "One process at a time may have a store open. Wait for the other one, or stop it.",
  },
  "store-damaged": {
    exit: 66,
    help: "The file is not a store, or no longer a whole one. Give another file, or restore it from a copy.",
  },
  "store-version": { exit: 66, help: "Use the strayflow version that wrote the store last, or a later one." },
  internal: {
    exit: 70,
    help: "This is a fault of strayflow. Run again with --debug and report what it prints.",
  },
  "output-failed": {
    exit: 74,
    help: "Check the free space and the permissions of the place that is written to.",
  },
} as const satisfies Record<string, { readonly exit: number; readonly help: string }>;

export type ErrorKind = keyof typeof errorKinds;

/** Where in the input a failure was met; `line` counts from 1. */
export interface ErrorPlace {
  readonly file: string;
  readonly line?: number;
}

/**
 * A failure that is not a bug: bad input, a full disk, a wrong flag. The message says what was found and what was
 * expected; the kind fixes the exit status and the advice.
 */
export class ExpectedError extends Error {
  readonly kind: ErrorKind;
  readonly place: ErrorPlace | undefined;

  constructor(kind: ErrorKind, message: string, place?: ErrorPlace, options?: ErrorOptions) {
    super(message, options);
    this.name = "ExpectedError";
    this.kind = kind;
    this.place = place;
  }
}

/** True for a rejection that an aborted signal caused. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}

/** Marks the end of an exhaustive switch; the type system rejects the call when a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`unreachable case: ${JSON.stringify(value)}`);
}

/** Throws when an invariant of our own code does not hold: a bug, never bad input. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
