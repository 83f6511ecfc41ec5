import {
  DuckDBInstance,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBResult,
} from "@duckdb/node-api";
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  parseAddress,
  UNSET_BOOLEAN,
  type Batch,
  type BatchSource,
  type TextColumn,
} from "../../zeek/index.ts";
import type { Engine } from "../engine.ts";
import { copyNumbers } from "../read-table.ts";
import { Statement } from "../statement.ts";
import { storeError } from "../store-error.ts";
import type { QueryOptions } from "../store.ts";

/** Which stored connections are read again. */
export interface StoredRows {
  /** Seconds since 1970; those that began at `from` or later. */
  readonly from?: number | undefined;
  /** Names of sensors; all unless told. */
  readonly sensors?: readonly string[] | undefined;
}

/**
 * Hands stored connections over as batches of some 2,000, in the order in which they ended, as a log has them. Of the rows'
 * text only the uids are there: they can be computed with, not shown. Whoever receives a batch owns it.
 */
export function readStored(
  engine: Engine,
  rows: StoredRows,
  use: (batch: Batch) => void,
  options: QueryOptions,
): Promise<void> {
  const statement = new Statement();
  return engine.stream(batchSql("conn", "uid, row", rows, statement), statement, options, (result) =>
    eachBatch(result, use, options),
  );
}

/**
 * The same of a file that `exportParquet` wrote for the connections: how another process than the store's owner gets at
 * them. Throws `ExpectedError` where the file cannot be read.
 */
export async function readExported(
  file: string,
  rows: StoredRows,
  use: (batch: Batch) => void,
  options: QueryOptions = {},
): Promise<void> {
  const path = resolve(file);
  const folder = dirname(path);
  const scratch = await mkdtemp(join(folder, ".read-"));
  let connection: DuckDBConnection | undefined;
  let instance: DuckDBInstance | undefined;
  try {
    instance = await DuckDBInstance.create(":memory:", {
      memory_limit: "400MB",
      temp_directory: scratch,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
    connection = await instance.connect();
    await connection.run(`SET allowed_directories = ['${folder.replaceAll("'", "''")}']`);
    await connection.run("SET enable_external_access = false");
    const statement = new Statement();
    const relation = `read_parquet('${path.replaceAll("'", "''")}')`;
    const sql = batchSql(relation, "uid", rows, statement);
    await eachBatch(await connection.stream(sql, statement.values, statement.types), use, options);
  } catch (error) {
    throw storeError(error, path);
  } finally {
    connection?.closeSync();
    instance?.closeSync();
    await rm(scratch, { recursive: true, force: true });
  }
}

const numbers = [
  "duration",
  "orig_bytes",
  "resp_bytes",
  "missed_bytes",
  "orig_pkts",
  "orig_ip_bytes",
  "resp_pkts",
  "resp_ip_bytes",
  "ip_proto",
] as const;
const ports = ["id.orig_p", "id.resp_p"] as const;
const flags = ["local_orig", "local_resp"] as const;
const texts = ["proto", "service", "conn_state", "history", "label", "detailedlabel"] as const;

/** Columns in this order: `ts` in microseconds, numbers, ports, flags, texts, uid, both addresses. */
function batchSql(
  relation: string,
  tie: string,
  { from, sensors }: StoredRows,
  statement: Statement,
): string {
  const wanted = [
    "epoch_us(ts)::DOUBLE",
    ...[...numbers, ...ports, ...flags].map((name) => `"${name}"::DOUBLE`),
    ...texts,
    "uid",
    '"id.orig_h"',
    '"id.resp_h"',
  ];
  const conditions = ["TRUE"];
  if (from !== undefined) conditions.push(`ts >= make_timestamp(${statement.whole(Math.ceil(from * 1e6))})`);
  if (sensors !== undefined)
    conditions.push(`source IN (${sensors.map((name) => statement.text(name)).join(", ") || "NULL"})`);
  return `SELECT ${wanted.join(", ")} FROM ${relation} WHERE ${conditions.join(" AND ")}
    ORDER BY epoch_us(ts) + coalesce(duration, 0) * 1e6, ${tie}`;
}

async function eachBatch(
  result: DuckDBResult,
  use: (batch: Batch) => void,
  { signal }: QueryOptions,
): Promise<void> {
  const known = new Map<string, Uint32Array>();
  for (;;) {
    signal?.throwIfAborted();
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    use(batchOf(chunk, known));
    if (known.size > MOST_KNOWN) known.clear();
  }
}

function batchOf(chunk: DuckDBDataChunk, known: Map<string, Uint32Array>): Batch {
  const rows = chunk.rowCount;
  let next = 0;
  const number = () => {
    const values = new Float64Array(rows);
    copyNumbers(chunk, next++, values, 0);
    return values;
  };
  const words = () => chunk.getColumnValues(next++) as (string | null)[];
  const ts = number().map((micros) => micros / 1e6);
  const [
    duration,
    orig_bytes,
    resp_bytes,
    missed_bytes,
    orig_pkts,
    orig_ip_bytes,
    resp_pkts,
    resp_ip_bytes,
    ip_proto,
  ] = numbers.map(number);
  const [orig_p, resp_p] = ports.map(() => Uint16Array.from(number()));
  const [local_orig, local_resp] = flags.map(() =>
    Uint8Array.from(number(), (value) => (Number.isNaN(value) ? UNSET_BOOLEAN : value)),
  );
  const [proto, service, conn_state, history, label, detailedlabel] = texts.map(() => textColumn(words()));
  const { text, uid } = uidColumn(words());
  const [orig_h, resp_h] = [words(), words()].map((addresses) => addressColumn(addresses, known));
  const nowhere = new Uint32Array(rows);
  return {
    rows,
    source,
    text,
    lineStart: nowhere,
    lineEnd: nowhere,
    lineNumber: nowhere,
    ts,
    duration: duration!,
    orig_bytes: orig_bytes!,
    resp_bytes: resp_bytes!,
    missed_bytes: missed_bytes!,
    orig_pkts: orig_pkts!,
    orig_ip_bytes: orig_ip_bytes!,
    resp_pkts: resp_pkts!,
    resp_ip_bytes: resp_ip_bytes!,
    ip_proto: ip_proto!,
    orig_h: orig_h!,
    resp_h: resp_h!,
    orig_p: orig_p!,
    resp_p: resp_p!,
    local_orig: local_orig!,
    local_resp: local_resp!,
    proto: proto!,
    service: service!,
    conn_state: conn_state!,
    history: history!,
    label: label!,
    detailedlabel: detailedlabel!,
    uid,
  };
}

function textColumn(words: readonly (string | null)[]): TextColumn {
  const codeOf = new Map<string, number>([["", 0]]);
  const values = [""];
  const codes = Uint16Array.from(words, (word) => {
    const value = word ?? "";
    const code = codeOf.get(value) ?? values.push(value) - 1;
    codeOf.set(value, code);
    return code;
  });
  return { codes, values };
}

function uidColumn(words: readonly (string | null)[]): Pick<Batch, "text" | "uid"> {
  const text = new TextEncoder().encode(words.map((word) => word ?? "").join(""));
  const start = new Uint32Array(words.length);
  const end = new Uint32Array(words.length);
  let at = 0;
  words.forEach((word, row) => {
    start[row] = at;
    end[row] = at += Buffer.byteLength(word ?? "");
  });
  return { text, uid: { start, end } };
}

function addressColumn(words: readonly (string | null)[], known: Map<string, Uint32Array>): Uint32Array {
  const out = new Uint32Array(4 * words.length);
  words.forEach((word, row) => {
    let address = known.get(word!);
    if (address === undefined) {
      address = parseAddress(word!) ?? new Uint32Array(4);
      known.set(word!, address);
    }
    out.set(address, 4 * row);
  });
  return out;
}

/** JSON leaves out what is unset, as a store does; so nobody takes a column for missing. */
const source: BatchSource = { file: "the store", layout: { kind: "json" } };
const MOST_KNOWN = 100_000;
