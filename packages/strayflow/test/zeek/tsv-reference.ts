import { parseAddress, type Batch } from "../../src/zeek/index.ts";
import { numberColumns, textColumns } from "../../src/zeek/builder.ts";
import { knownColumn } from "../../src/zeek/columns.ts";

/** One connection as plain values; what a batch says about one of its rows, or what the slow reader makes of a line. */
export type PlainRow = Record<string, number | string | undefined>;

export function rowsOf(batches: readonly Batch[]): PlainRow[] {
  return batches.flatMap((batch) => Array.from({ length: batch.rows }, (_, row) => rowOf(batch, row)));
}

function rowOf(batch: Batch, row: number): PlainRow {
  const decode = (start: number, end: number) =>
    Buffer.from(batch.text.subarray(start, end)).toString("latin1");
  const plain: PlainRow = {
    line: batch.lineNumber[row]!,
    text: decode(batch.lineStart[row]!, batch.lineEnd[row]!),
  };
  plain["uid"] = decode(batch.uid.start[row]!, batch.uid.end[row]!);
  for (const name of numberColumns) plain[name] = batch[name][row]!;
  for (const name of textColumns) plain[name] = batch[name].values[batch[name].codes[row]!]!;
  for (const name of ["orig_p", "resp_p", "local_orig", "local_resp"] as const)
    plain[name] = batch[name][row]!;
  for (const name of ["orig_h", "resp_h"] as const)
    plain[name] = batch[name].subarray(row * 4, row * 4 + 4).join(" ");
  return plain;
}

/** The rows without what says where and how they were written. */
export function withoutPlace(rows: readonly PlainRow[]): PlainRow[] {
  return rows.map((row) => ({ ...row, text: undefined, line: undefined }));
}

const targets: Record<string, string> = {
  "id.orig_h": "orig_h",
  "id.orig_p": "orig_p",
  "id.resp_h": "resp_h",
  "id.resp_p": "resp_p",
};

/**
 * The reader as one would write it in five minutes: a string per line, a string per field. It knows good rows under one
 * plain header only, and is what the fast reader must agree with there.
 */
export function readSlowly(bytes: Uint8Array): PlainRow[] {
  const lines = Buffer.from(bytes).toString("latin1").split("\n");
  let fields: string[] = [];
  const rows: PlainRow[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.startsWith("#fields")) fields = line.split("\t").slice(1);
    if (line === "" || line.startsWith("#")) continue;
    const values = line.split("\t");
    const row: PlainRow = { line: index + 1, text: line, uid: "", local_orig: 2, local_resp: 2 };
    for (const name of numberColumns) row[name] = NaN;
    for (const name of textColumns) row[name] = "";
    for (const [k, field] of fields.entries()) {
      const known = knownColumn(field);
      const value = values[k]!;
      if (known === undefined || known === "tunnel_parents" || value === "-") continue;
      const target = targets[known] ?? known;
      if (target === "orig_h" || target === "resp_h") row[target] = parseAddress(value)!.join(" ");
      else if (known.startsWith("local_")) row[target] = value === "T" ? 1 : 0;
      else if (known === "uid") row["uid"] = value;
      else if ((textColumns as readonly string[]).includes(target)) {
        row[target] = value === "(empty)" ? "" : Buffer.from(value, "latin1").toString("utf8");
      } else row[target] = Number(value);
    }
    rows.push(row);
  }
  return rows;
}
