import { rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "../../base/make-folder.ts";
import { DAY, HOUR, SECOND, type Micros, type SimulatedConnection } from "../connection.ts";
import { compressionEndings, openLogFile, type Compression, type LogFile } from "./log-file.ts";
import { lineBuffer } from "./line-buffer.ts";
import { appendTsvRow } from "./row-bytes.ts";
import { jsonRow, tsvFooter, tsvHeader, type LogFormat } from "./rows.ts";

/** How the log lies on disk. */
export interface LogShape {
  readonly format: LogFormat;
  readonly labels: boolean;
  readonly compression: Compression;
  /** One `conn.log`, or a file an hour in Zeek's archive layout: `2025-03-03/conn.08:00:00-09:00:00.log.gz`. */
  readonly files: "single" | "hourly";
}

/** Writes rows to the files of a log below `directory`. */
export interface LogWriter {
  /** Paths relative to the directory, in time order; complete after `close`. */
  readonly files: readonly string[];
  /** Rows that end at `from` or later, in order, none later than the next full hour; calls follow each other in time. */
  write(rows: readonly SimulatedConnection[], from: Micros): Promise<void>;
  /** Finishes the last file, whose log ends at this time. */
  close(at: Micros): Promise<void>;
  /** Closes what is open, as it is. */
  abandon(): Promise<void>;
}

/** Large enough that handing over costs nothing, small enough for memory. */
const blockBytes = 1 << 18;

/** A log that starts at `start`; makes its files as rows come. */
export function openLogWriter(directory: string, shape: LogShape, start: Micros): LogWriter {
  const files: string[] = [];
  const lines = lineBuffer(blockBytes + 1024);
  let current: OpenFile | undefined;

  const open = async (at: Micros): Promise<OpenFile> => {
    const hour = Math.floor(at / HOUR) * HOUR;
    const from = shape.files === "single" ? start : Math.max(hour, start);
    const until = shape.files === "single" ? Number.POSITIVE_INFINITY : hour + HOUR;
    const name = fileName(shape, from, until);
    await makeFolder(dirname(join(directory, name)));
    const file = openLogFile(join(directory, name), shape.compression);
    if (shape.format === "tsv") await file.write(tsvHeader(from, shape.labels));
    return { file, name, from, until };
  };
  const close = async (at: Micros) => {
    if (current === undefined) return;
    const { file, name, from, until } = current;
    const end = Math.min(at, until);
    await file.write(lines.take());
    if (shape.format === "tsv") await file.write(tsvFooter(end));
    await file.close();
    current = undefined;
    // The name says when the file was closed, which is only known now.
    const final = fileName(shape, from, end);
    if (final !== name) await rename(join(directory, name), join(directory, final));
    files.push(final);
  };

  return {
    files,
    async write(rows, from) {
      if (current !== undefined && from >= current.until) await close(current.until);
      // Like Zeek, makes no file for an hour in which nothing ended.
      if (rows.length === 0) return;
      current ??= await open(from);
      for (let i = 0; i < rows.length; i++) {
        if (shape.format === "tsv") appendTsvRow(lines, rows[i]!, shape.labels);
        else lines.text(jsonRow(rows[i]!, shape.labels));
        if (lines.length > blockBytes) await current.file.write(lines.take());
      }
    },
    close,
    async abandon() {
      await current?.file.abandon();
      current = undefined;
    },
  };
}

interface OpenFile {
  readonly file: LogFile;
  readonly name: string;
  readonly from: Micros;
  readonly until: Micros;
}

function fileName(shape: LogShape, from: Micros, until: Micros): string {
  const ending = compressionEndings[shape.compression];
  return shape.files === "single"
    ? `conn.log${ending}`
    : `${day(from)}/conn.${clock(from)}-${clock(until)}.log${ending}`;
}

function day(at: Micros): string {
  return new Date((Math.floor(at / DAY) * DAY) / 1000).toISOString().slice(0, 10);
}

function clock(at: Micros): string {
  // A part of a second counts as a whole one, as the file holds it.
  return new Date(Math.ceil(at / SECOND) * 1000).toISOString().slice(11, 19);
}
