import type { Readable, Writable } from "node:stream";

/** The world as a command sees it. Passed in, so that a command runs in a test without a process. */
export interface Io {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Width of the terminal; 100 where there is none. */
  readonly columns: number;
  /** Milliseconds that only ever grow; differences mean something, values do not. */
  now(): number;
  /** Fires when the user wants the run to end. */
  readonly signal: AbortSignal;
  /** Calls the listener when the user wants things to be loaded anew (SIGHUP), until the function that it gives back is called. */
  readonly onHangup?: ((listener: () => void) => () => void) | undefined;
}

/** Emphasis is for a person at a terminal who has not asked for plain text (no-color.org). */
export function usesColour(io: Io, stream: "stdout" | "stderr"): boolean {
  return io[stream].isTTY === true && !io.env["NO_COLOR"] && io.env["TERM"] !== "dumb";
}

/** The reason with which a run is aborted when nobody reads its standard output any more. */
export class StdoutClosed extends Error {}
