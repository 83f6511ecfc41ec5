import { unreachable, type ExpectedError } from "../base/errors.ts";
import type { Batch, BatchSource } from "./batch.ts";
import { addSeenColumns } from "./columns.ts";
import { BatchBuilder } from "./builder.ts";
import { decodeText } from "./escapes.ts";
import { guessHeader } from "./guess.ts";
import { noHeader, openSection, readDirective, type HeaderState, type Section } from "./header.ts";
import { JsonLines } from "./json-lines.ts";
import { OK, REJECT_TEXT_BYTES, rejectCodes, rejectReason, SKIPPED } from "./rejects.ts";
import type { Reject, RejectCode } from "./rejects.ts";
import { ScanFindings } from "./scan-findings.ts";
import type { ScanTally } from "./scan-tally.ts";
import { TsvScanner } from "./tsv.ts";

export const DEFAULT_BATCH_ROWS = 8192;

/** No connection is longer; beyond it a line is dropped while it is read, so that memory stays bounded. */
const MAX_LINE_BYTES = 4 << 20;

/** A batch whose text has grown so far is handed over before it is full. */
const MAX_BATCH_TEXT = 16 << 20;
const FIRST_TEXT_BYTES = 128 << 10;

/** So many lines of which none is a connection nor says what the others are: not worth reading on. */
const HOPELESS_LINES = 2000;

const MAX_HEADER_BYTES = 1 << 20;

const NO_HEADER = rejectCodes["no-header"];
const LINE_TOO_LONG = rejectCodes["line-too-long"];
const JSON_INVALID = rejectCodes["json-invalid"];
const CUT_SHORT = rejectCodes["cut-short"];

const TAB = 9;
const NEWLINE = 10;
const SPACE = 32;
const HASH = 35;
const BRACE = 123;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

export interface LogScannerOptions {
  /** For messages and for `BatchSource.file`. */
  readonly file: string;
  /** 1 to `MAX_BATCH_ROWS`. */
  readonly batchRows?: number | undefined;
  readonly maxLineBytes?: number | undefined;
  /** Receives each batch as soon as it is complete, and owns it. */
  readonly onBatch: (batch: Batch) => void;
  readonly onReject?: ((reject: Reject) => void) | undefined;
}

type Format =
  | { readonly kind: "undecided" }
  | { readonly kind: "json"; readonly scanner: JsonLines }
  | TsvFormat;

interface TsvFormat {
  readonly kind: "tsv";
  header: HeaderState;
  /** Absent between a directive and the first row under it. */
  section: Section | undefined;
  /** Present where the section holds connections. */
  rows: TsvScanner | undefined;
}

/**
 * Reads one log, TSV or JSON, from bytes that arrive in pieces cut anywhere: however they are cut, the same connections
 * come out. A batch ends when it is full, where the header changes, at `flush`, and where its text would grow out of
 * bounds.
 */
export class LogScanner {
  readonly #file: string;
  readonly #findings: ScanFindings;
  readonly #maxLineBytes: number;
  readonly #onBatch: (batch: Batch) => void;
  readonly #builder: BatchBuilder;
  #format: Format = { kind: "undecided" };
  #source: BatchSource;
  /** builder.text[0, #at) is read, [#at, #end) is not; what follows is free. */
  #at = 0;
  #end = 0;
  /** Plain bytes of the log before builder.text[0]. */
  #base = 0;
  /** Where the complete lines end. */
  #limit = 0;
  /** Line number at `#at`. */
  #line = 1;
  /** What to allocate for the text of the next batch, judged by the last. */
  #textBytes = FIRST_TEXT_BYTES;
  /** In the middle of a line that is too long and already counted. */
  #dropping = false;
  /** Where that line begins in the log. */
  #droppedFrom = 0;
  #isLastLine = false;
  /** The line at #at may be no row, although rows are expected. */
  #isSpecial = false;
  /** Lines so far that no header and no guess could make sense of. */
  #headless = 0;
  /** What knows the keys of JSON rows, once some were met. */
  #json: JsonLines | undefined;

  constructor(options: LogScannerOptions) {
    this.#file = options.file;
    this.#maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
    this.#onBatch = options.onBatch;
    this.#findings = new ScanFindings(options.file, options.onReject);
    this.#builder = new BatchBuilder(options.batchRows ?? DEFAULT_BATCH_ROWS);
    this.#builder.text = new Uint8Array(FIRST_TEXT_BYTES);
    this.#source = { file: this.#file, layout: { kind: "json" } };
  }

  /**
   * Goes on in the middle of a log, at plain byte `offset` of it: first reads the header lines in force there, all of them
   * whole. Lines are counted from those on.
   */
  enter(header: Uint8Array, offset: number): void {
    this.#findings.enter();
    this.push(header);
    this.#base = offset - this.#end;
  }

  /** Reads further bytes, which may be changed afterwards. Throws where it is clear that this is no Zeek log. */
  push(chunk: Uint8Array): void {
    let from = 0;
    while (from < chunk.length) {
      if (this.#dropping) {
        const lineFeed = chunk.indexOf(NEWLINE, from);
        const next = lineFeed < 0 ? chunk.length : lineFeed + 1;
        this.#base += next - from;
        from = next;
        if (lineFeed < 0) return;
        this.#dropping = false;
        this.#line++;
        continue;
      }
      if (this.#end === this.#builder.text.length && !this.#makeRoom()) continue;
      const { text } = this.#builder;
      const taken = Math.min(chunk.length - from, text.length - this.#end);
      text.set(taken === chunk.length ? chunk : chunk.subarray(from, from + taken), this.#end);
      // All complete lines before these bytes have been read.
      const lineFeed = text.subarray(this.#end, this.#end + taken).lastIndexOf(NEWLINE);
      this.#limit = lineFeed < 0 ? this.#at : this.#end + lineFeed + 1;
      this.#end += taken;
      from += taken;
      this.#scan();
    }
  }

  /** Ends the input: reads a last line that no line end follows, and hands over the last batch. */
  flush(): void {
    if (this.#end > this.#at) {
      this.#isLastLine = true;
      this.push(Uint8Array.of(NEWLINE));
      // That one is not in the log.
      this.#base--;
    }
    this.emit();
    if (this.tally.rows > 0) this.#findings.close(this.#json?.oddPorts ?? 0);
  }

  /** Hands over the rows read so far, full batch or not. */
  emit(): void {
    const builder = this.#builder;
    if (builder.rows === 0) return;
    this.#textBytes = Math.max(FIRST_TEXT_BYTES, Math.ceil(this.#at * 1.05));
    const { text } = builder;
    const batch = builder.take(this.#source, this.#at);
    const isGivenAway = batch.text.buffer === text.buffer;
    const rest = text.subarray(this.#at, this.#end);
    if (isGivenAway) {
      builder.text = new Uint8Array(Math.max(this.#textBytes, rest.length * 2));
      builder.text.set(rest);
    } else text.copyWithin(0, this.#at, this.#end);
    this.#base += this.#at;
    this.#end -= this.#at;
    this.#limit -= this.#at;
    this.#at = 0;
    this.tally.rows += batch.rows;
    if (batch.source.layout.kind === "json") addSeenColumns(this.tally.columns, batch);
    this.#onBatch(batch);
  }

  /** What has been read and met; the rows of a batch count once it was handed over. */
  get tally(): ScanTally {
    return this.#findings.tally;
  }

  /** Plain bytes of the log up to the end of the last line that was read; within `onBatch`, of its last row. */
  get offset(): number {
    return this.#dropping ? this.#droppedFrom : this.#base + this.#at;
  }

  /** After `flush`: why not a single connection was read, or undefined where some were. */
  problem(): ExpectedError | undefined {
    return this.tally.rows > 0 ? undefined : this.#findings.whyNone(this.#format.kind === "undecided");
  }

  /** Makes room for at least one byte more; false where that took dropping the line that is being gathered. */
  #makeRoom(): boolean {
    const builder = this.#builder;
    const { text } = builder;
    if (builder.rows > 0) {
      if (text.length >= MAX_BATCH_TEXT) this.emit();
      else this.#growText();
    } else if (this.#at > 0) {
      text.copyWithin(0, this.#at, this.#end);
      this.#base += this.#at;
      this.#end -= this.#at;
      this.#at = 0;
    } else if (this.#end > this.#maxLineBytes) {
      this.#reject(0, Math.min(this.#end, REJECT_TEXT_BYTES), LINE_TOO_LONG);
      this.#droppedFrom = this.#base;
      this.#base += this.#end;
      this.#end = 0;
      this.#dropping = true;
      return false;
    } else this.#growText();
    return true;
  }

  #growText(): void {
    const text = new Uint8Array(this.#builder.text.length * 2);
    text.set(this.#builder.text.subarray(0, this.#end));
    this.#builder.text = text;
  }

  /** Reads the complete lines. */
  #scan(): void {
    while (this.#at < this.#limit) {
      const format = this.#format;
      if (format.kind === "undecided") this.#decideFormat();
      else if (format.kind === "json") this.#scanJsonLine(format.scanner);
      else if (format.rows !== undefined && !this.#isSpecial) this.#scanRows(format.rows, false);
      else this.#scanTsvLine(format);
      // Full batches are handed over at once, not when the next row comes: on a live log that may take hours.
      if (this.#builder.rows === this.#builder.capacity) this.emit();
    }
  }

  /** The first byte that is not blank decides between JSON and TSV. */
  #decideFormat(): void {
    const { text } = this.#builder;
    if (this.#line === 1 && BYTE_ORDER_MARK.every((byte, index) => text[this.#at + index] === byte)) {
      this.#at += BYTE_ORDER_MARK.length;
    }
    const lineEnd = text.indexOf(NEWLINE, this.#at);
    const first = firstVisible(text, this.#at, lineEnd);
    if (first === lineEnd) this.#nextLine(lineEnd);
    else if (text[first] === BRACE) this.#goOnAsJson();
    else this.#goOnAsTsv();
  }

  /** A log may change its format: where Zeek was told to write the other from now on, and logs were put together since. */
  #goOnAsJson(): void {
    this.emit();
    this.#source = { file: this.#file, layout: { kind: "json" } };
    this.#json ??= new JsonLines(this.#builder, this.#maxLineBytes, this.#findings.otherLogs);
    this.#json.resume();
    this.#format = { kind: "json", scanner: this.#json };
  }

  #goOnAsTsv(): void {
    this.emit();
    this.#isSpecial = false;
    this.#format = { kind: "tsv", header: noHeader, section: undefined, rows: undefined };
  }

  #scanJsonLine(scanner: JsonLines): void {
    const builder = this.#builder;
    const start = this.#at;
    builder.columns.lineNumber[builder.rows] = this.#line;
    const code = scanner.readLine(start);
    const { lineFeed } = scanner;
    if (code === SKIPPED) this.tally.skipped++;
    else if (code !== OK) {
      const first = firstVisible(builder.text, start, lineFeed);
      if (builder.text[first] === HASH) return this.#goOnAsTsv();
      if (first < lineFeed) this.#reject(start, lineFeed, code);
    }
    this.#nextLine(lineFeed);
  }

  /** Reads rows until something else is in the way. */
  #scanRows(scanner: TsvScanner, isRow: boolean): void {
    const builder = this.#builder;
    const before = builder.rows;
    const code = scanner.readRows(this.#at, this.#limit, this.#line, isRow);
    this.#line += builder.rows - before;
    this.#at = scanner.at;
    if (code !== OK) {
      if (opensObject(builder.text, this.#at)) return this.#goOnAsJson();
      const lineFeed = builder.text.indexOf(NEWLINE, this.#at);
      // The next header may lack columns that the rejected line has written to.
      builder.clearRow();
      this.#reject(this.#at, lineFeed, this.#isTooLong(this.#at, lineFeed) ? LINE_TOO_LONG : code);
      this.#nextLine(lineFeed);
    }
    this.#isSpecial = code === OK && builder.rows < builder.capacity;
  }

  /** A line that is no plain row: a directive, blank, indented, or a row under a header that is not open yet. */
  #scanTsvLine(format: TsvFormat): void {
    const { text } = this.#builder;
    const start = this.#at;
    const lineFeed = text.indexOf(NEWLINE, start);
    const first = firstVisible(text, start, lineFeed);
    this.#isSpecial = false;
    if (first === lineFeed) this.#nextLine(lineFeed);
    else if (this.#isTooLong(start, lineFeed)) {
      this.#reject(start, lineFeed, LINE_TOO_LONG);
      this.#nextLine(lineFeed);
    } else if (text[first] === HASH) {
      const line = headOf(text, first, lineFeed);
      // First, because handing over a batch moves what is left of the text.
      this.#nextLine(lineFeed);
      this.#readDirective(format, line);
    } else if (format.rows !== undefined) this.#scanRows(format.rows, true);
    else if (opensObject(text, first)) this.#goOnAsJson();
    else if (format.section?.kind === "other-log") {
      this.tally.skipped++;
      this.#nextLine(lineFeed);
    } else if (format.section?.kind === "unusable") {
      this.#reject(start, lineFeed, NO_HEADER);
      this.#nextLine(lineFeed);
    } else if (format.header.fields === undefined) this.#guessHeader(format, start, lineFeed);
    else this.#openSection(format, openSection(format.header));
  }

  #readDirective(format: TsvFormat, line: string): void {
    const header = readDirective(format.header, line.trimEnd());
    if (header === format.header) return;
    format.header = header;
    format.section = undefined;
    format.rows = undefined;
    // After the change: whoever goes on from where this batch ends will not see the directive again.
    this.emit();
  }

  #openSection(format: TsvFormat, section: Section): void {
    format.section = section;
    switch (section.kind) {
      case "conn":
        format.rows = new TsvScanner(this.#builder, section, this.#maxLineBytes);
        this.#source = { file: this.#file, layout: section.layout };
        for (const column of section.columns) this.tally.columns.add(column.known ?? column.name);
        break;
      case "other-log":
        this.#findings.otherLogs.add(section.path);
        break;
      case "unusable":
        this.#findings.badHeader(this.#line, section.problem);
        break;
      default:
        unreachable(section);
    }
  }

  #guessHeader(format: TsvFormat, start: number, lineFeed: number): void {
    const guess = guessHeader(format.header, headOf(this.#builder.text, start, lineFeed));
    if (guess === undefined) {
      this.#reject(start, lineFeed, NO_HEADER);
      if (++this.#headless >= HOPELESS_LINES && this.tally.rows === 0) throw this.#findings.noZeekLog();
    } else {
      format.header = guess.header;
      this.#findings.warn(this.#line, guess.note);
    }
    if (!guess?.isRow) this.#nextLine(lineFeed);
  }

  #isTooLong(start: number, end: number): boolean {
    return end - start > this.#maxLineBytes;
  }

  #nextLine(lineFeed: number): void {
    this.#at = lineFeed + 1;
    this.#line++;
  }

  /** Counts the line as rejected; one that ends with the input was cut short rather than badly written. */
  #reject(start: number, end: number, code: RejectCode): void {
    const { text, faultColumn } = this.#builder;
    const isCut = this.#isLastLine && code !== NO_HEADER && end >= this.#end - 1 && !this.#isWholeJson(code);
    const reason = rejectReason(isCut ? CUT_SHORT : code);
    this.#builder.faultColumn = "";
    const lineText = () => decodeText(text.subarray(start, Math.min(end, start + REJECT_TEXT_BYTES)));
    this.#findings.reject(this.#line, reason, isCut ? "" : faultColumn, lineText);
  }

  /** A JSON object shows that it is whole; a row of TSV does not. */
  #isWholeJson(code: RejectCode): boolean {
    return this.#format.kind === "json" && code !== JSON_INVALID;
  }
}

/** The first place in text[start, end) that is no blank, or `end`. */
function firstVisible(text: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && text[at]! <= SPACE) at++;
  return at;
}

/** A line as text, as much of it as a header can have. */
function headOf(text: Uint8Array, start: number, end: number): string {
  return decodeText(text.subarray(start, Math.min(end, start + MAX_HEADER_BYTES)));
}

/** Whether a JSON object seems to begin there. A text of a TSV row may begin with a brace too, but then has tabs after it. */
function opensObject(text: Uint8Array, at: number): boolean {
  if (text[at] !== BRACE) return false;
  const tab = text.indexOf(TAB, at);
  return tab < 0 || tab > text.indexOf(NEWLINE, at);
}
