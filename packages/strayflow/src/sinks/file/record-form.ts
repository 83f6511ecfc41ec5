import type { Message } from "../message.ts";

/** How messages stand in a file, a line each. */
export interface RecordForm {
  /** Without its line end, and without one inside. */
  line(message: Message): string;
  /** The stable id of a line that `line` made; undefined for any other line. */
  idOf(line: string): string | undefined;
  /** Begins a new file; "" for nothing. Times are milliseconds since 1970. */
  header(now: number): string;
  /** Ends a file for good; "" for nothing. */
  footer(now: number): string;
  /** Whether lines may follow in a file that begins and ends like this. */
  mayFollow(head: string, lastLine: string): boolean;
  /** Whether a line that was cut off by a crash is likely one of ours, so that it may be taken away. */
  isOurs(cut: string): boolean;
}
