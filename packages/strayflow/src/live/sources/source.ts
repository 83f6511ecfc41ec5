import type { SourceNotice } from "./notices.ts";
import type { Position } from "./position.ts";

/**
 * Which connections a log holds: those that are over, or those that were still open when they were written. Rows of the
 * second kind come again and again for one connection, with totals since its start (packages zeek-long-connections,
 * which writes `conn_long.log`, and zeek-open-connections, which writes `open_conn.log`).
 */
export type LogKind = "ended" | "open";

/**
 * A log: what was written as one file, whatever that file is called now. The same object throughout a run, so that it may
 * be the key of a map; its fields move on as more of it is seen.
 */
export interface SourceLog {
  readonly kind: LogKind;
  /** Where it was met last. */
  readonly file: string;
  /** Its first plain bytes, up to `HEAD_BYTES`. */
  readonly head: Uint8Array;
  /** Hash of its header and first row; undefined as long as there is no row. */
  readonly tag: string | undefined;
  /** When its first row was written, as `ts` + `duration` of that row tell; seconds since 1970. */
  readonly time: number | undefined;
  /** The header under which its rows stand, where the log itself does not begin with it. */
  readonly inheritedHeader: Uint8Array | undefined;
}

/** What a source hands over, in order. */
export type SourceEvent =
  /** The header lines in force where the bytes go on. Comes before the bytes of a log that do not begin at its start. */
  | {
      readonly kind: "header";
      readonly log: SourceLog;
      readonly file: string;
      readonly bytes: Uint8Array;
    }
  /** Plain bytes, which the receiver may keep; `offset` is the place of the first of them in the plain log. */
  | {
      readonly kind: "bytes";
      readonly log: SourceLog;
      readonly file: string;
      readonly offset: number;
      readonly chunk: Uint8Array;
    }
  /**
   * The log is over. With `isWhole` what follows its last line end is a line too; otherwise forget it, as it is handed over
   * again once the rest is found. Should more of the log turn up, a header and then bytes from `offset` on will come.
   */
  | {
      readonly kind: "end";
      readonly log: SourceLog;
      readonly file: string;
      readonly offset: number;
      readonly isWhole: boolean;
    }
  /** All there is has been handed over. Comes once after each burst, the first one of no bytes at all included. */
  | { readonly kind: "idle" }
  | { readonly kind: "notice"; readonly notice: SourceNotice };

/** Where the bytes of one sensor come from. To be run through once; it ends only where standard input does. */
export interface Source extends AsyncIterable<SourceEvent> {
  readonly name: string;
  /** Where this run begins: what was passed in, or what a new source starts from. To be stored before the first event. */
  readonly position: Position;
  /** When bytes were last handed over, milliseconds since 1970 by the clock passed in; undefined before the first. */
  readonly lastDataAt: number | undefined;
}
