import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A connection as its line says it: text by column; unset columns are absent. */
export type PlainRow = Readonly<Record<string, string>>;

/** Reads TSV logs in the plainest way, without any part of the program. */
export function readPlain(files: readonly string[]): PlainRow[] {
  return files.flatMap((file) => {
    const bytes = readFileSync(file);
    const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
    const rows: PlainRow[] = [];
    let fields: string[] = [];
    for (const line of text.split("\n")) {
      if (line.startsWith("#fields\t")) fields = line.split("\t").slice(1);
      else if (line !== "" && !line.startsWith("#")) {
        const values = line.split("\t");
        rows.push(
          Object.fromEntries(
            fields.flatMap((field, k) =>
              values[k] === "-" || values[k] === "(empty)" || values[k] === undefined
                ? []
                : [[field, values[k]]],
            ),
          ),
        );
      }
    }
    return rows;
  });
}

export function numberOf(row: PlainRow, column: string): number {
  return row[column] === undefined ? NaN : Number(row[column]);
}

/** How often each value of `key` comes, most frequent first, ties by name. */
export function countBy(rows: readonly PlainRow[], key: (row: PlainRow) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** Linear between the two nearest. */
export function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low]! + (at - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
}

export function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    ab += (a[k]! - ma) * (b[k]! - mb);
    aa += (a[k]! - ma) ** 2;
    bb += (b[k]! - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Ranks from 1, the mean of their places for equal values. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, k) => k).sort((a, b) => values[a]! - values[b]!);
  const found = values.map(() => 0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++;
    for (let k = from; k <= to; k++) found[order[k]!] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return found;
}

/** Date, hour, minute and weekday (Monday 0) on the clocks of a zone, as the runtime's calendar has them. */
export function openClock(zone: string) {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return (seconds: number) => {
    const parts = Object.fromEntries(
      format.formatToParts(Math.floor(seconds) * 1000).map(({ type, value }) => [type, value]),
    );
    return {
      date: `${parts["year"]}-${parts["month"]}-${parts["day"]}`,
      hour: Number(parts["hour"]),
      minute: Number(parts["minute"]),
      weekday: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(parts["weekday"]!),
    };
  };
}
