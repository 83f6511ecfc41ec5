import { ExpectedError } from "../base/errors.ts";
import { rejectReasons, type Reject, type RejectReason } from "./rejects.ts";
import { emptyTally, type ScanTally } from "./scan-tally.ts";

/** What is found in one log besides its connections, and the verdict on a log that has none. */
export class ScanFindings {
  readonly tally: ScanTally = emptyTally();
  /** The logs whose rows were left out, by the name that they give themselves. */
  readonly otherLogs = new Set<string>();
  readonly #file: string;
  readonly #onReject: ((reject: Reject) => void) | undefined;
  /** Whether the log may have connections before what is read now. */
  #isEntered = false;
  #firstReject: { readonly line: number; readonly reason: RejectReason } | undefined;
  /** Why the rows under some header cannot be read, the first time it happened. */
  #headerProblem: { readonly line: number; readonly problem: string } | undefined;

  constructor(file: string, onReject: ((reject: Reject) => void) | undefined) {
    this.#file = file;
    this.#onReject = onReject;
  }

  /** Says that what comes is not the beginning of the log. */
  enter(): void {
    this.#isEntered = true;
  }

  /** `column` is "" where no single one is at fault; `text` gives the line. */
  reject(line: number, reason: RejectReason, column: string, text: () => string): void {
    this.tally.rejected++;
    this.tally.rejectedByReason[reason]++;
    this.#firstReject ??= { line, reason };
    if (this.#onReject === undefined) return;
    const reject = { file: this.#file, line, reason, text: text() };
    this.#onReject(column === "" ? reject : { ...reject, column });
  }

  warn(line: number, message: string): void {
    this.tally.warnings.push({ file: this.#file, line, message });
  }

  /** A header under which nothing can be read: the end of a log that has had no connection yet. */
  badHeader(line: number, problem: string): void {
    this.#headerProblem ??= { line, problem };
    if (this.tally.rows === 0 && !this.#isEntered)
      throw this.#error(`${problem}; expected a Zeek conn log`, line);
  }

  /** Says, at the end of a log that has connections, what else there was. */
  close(oddPorts: number): void {
    const { warnings, skipped } = this.tally;
    if (oddPorts > 0) {
      const message = `read id.orig_p as 0 in ${oddPorts} rows where it is over 65535`;
      warnings.push({ file: this.#file, message });
    }
    const others = [...this.otherLogs].join(", ") || "other logs";
    if (skipped > 0) warnings.push({ file: this.#file, message: `left out ${skipped} rows of ${others}` });
    if (this.#headerProblem === undefined) return;
    const { line, problem } = this.#headerProblem;
    this.warn(line, `${problem}; the rows under this header were rejected`);
  }

  /** Why the log, of which all has been read, has no connection. `isEmpty` where it has no line that says anything. */
  whyNone(isEmpty: boolean): ExpectedError {
    const { rejected, skipped } = this.tally;
    const [other] = this.otherLogs;
    if (other !== undefined) return this.#error(`this is a ${other} log; expected a conn log`);
    if (skipped > 0) return this.#error(`none of its ${skipped} lines is of a conn log; expected a conn log`);
    if (this.#firstReject !== undefined) {
      const { line, reason } = this.#firstReject;
      if (reason === "no-header") return this.noZeekLog();
      const lines = rejected === 1 ? "its only line" : `every one of its ${rejected} lines`;
      return this.#error(`${lines} had to be rejected; the first because ${rejectReasons[reason]}`, line);
    }
    if (isEmpty) return this.#error("the file is empty; expected a Zeek conn log");
    return this.#error("the log has a header and no connections");
  }

  noZeekLog(): ExpectedError {
    return this.#error(
      "this is no Zeek log: it has no #fields line, and its lines are neither JSON objects nor rows of a conn log",
    );
  }

  #error(message: string, line?: number): ExpectedError {
    return new ExpectedError("log-format", message, {
      file: this.#file,
      ...(line === undefined ? {} : { line }),
    });
  }
}
