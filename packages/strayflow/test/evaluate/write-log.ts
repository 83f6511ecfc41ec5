import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { zeekTypes } from "../../src/zeek/columns.ts";
import type { SomeConnection } from "../features/make-batch.ts";

/** Without the one column that is a set. */
const { tunnel_parents: _set, ...types } = zeekTypes;

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "strayflow-evaluate-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Writes a Zeek log as TSV, with every column, and gives its path. */
export function writeTsvLog(folder: string, name: string, rows: readonly SomeConnection[]): string {
  const fields = Object.keys(types) as (keyof SomeConnection)[];
  const lines = rows.map((row) =>
    fields
      .map((field) => {
        const value = row[field];
        if (value === undefined) return "-";
        if (typeof value === "boolean") return value ? "T" : "F";
        return field === "ts" ? (value as number).toFixed(6) : String(value);
      })
      .join("\t"),
  );
  const head = [
    "#separator \\x09",
    "#set_separator\t,",
    "#empty_field\t(empty)",
    "#unset_field\t-",
    "#path\tconn",
    `#fields\t${fields.join("\t")}`,
    `#types\t${Object.values(types).join("\t")}`,
  ];
  return write(folder, name, [...head, ...lines]);
}

/** Writes a Zeek log as JSON lines, unset fields absent, and gives its path. */
export function writeJsonLog(folder: string, name: string, rows: readonly SomeConnection[]): string {
  return write(
    folder,
    name,
    rows.map((row) => JSON.stringify(row)),
  );
}

function write(folder: string, name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

/** An ordinary connection by its number: five hosts, ten minutes apart, with all that conn.log states. */
export function ordinary(i: number, more: SomeConnection = {}): SomeConnection {
  return {
    ts: 1_700_000_000 + 600 * i,
    uid: `C${i}`,
    "id.orig_h": `10.0.0.${1 + (i % 5)}`,
    "id.orig_p": 40_000 + i,
    "id.resp_h": "10.0.1.1",
    "id.resp_p": 443,
    proto: "tcp",
    service: "ssl",
    duration: 1.5,
    orig_bytes: 100 + i,
    resp_bytes: 2000,
    conn_state: "SF",
    local_orig: true,
    missed_bytes: 0,
    history: "ShADadFf",
    orig_pkts: 4,
    orig_ip_bytes: 300,
    resp_pkts: 5,
    resp_ip_bytes: 2300,
    ...more,
  };
}
