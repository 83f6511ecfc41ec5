import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashText } from "../../src/base/random.ts";
import { simulate } from "../../src/simulate/index.ts";
import { linesOf, writeLog } from "./office.ts";

export interface DriftOptions {
  readonly seed: number;
  readonly hosts: number;
  readonly days: number;
  /** Before the drift; as many as such hosts make where absent. */
  readonly rows?: number | undefined;
  /** Days of the log to learn from; drift goes on through them too. */
  readonly trainingDays: number;
  /** Share by which traffic grows a day. */
  readonly growth: number;
  /** Share by which what connections carry grows a day. */
  readonly volume: number;
  /** Days from one new host to the next. */
  readonly daysPerNewHost: number;
  /** Share of the places out there that move to other addresses by the last day, one by one. */
  readonly moved: number;
}

/** Two logs of one simulated network without attacks that slowly becomes another, in a folder that disposal removes. */
export interface DriftingNetwork extends AsyncDisposable {
  readonly training: string;
  readonly later: string;
  readonly model: string;
}

/**
 * The simulator's network stays as it is for ever. So the log is thinned out, the earlier the more; the clients arrive
 * one after another; bytes grow; and strangers come from other addresses from their own day on.
 */
export async function openDriftingNetwork(options: DriftOptions): Promise<DriftingNetwork> {
  const { seed, hosts, days, rows: all, trainingDays } = options;
  const folder = await mkdtemp(join(tmpdir(), "strayflow-drift-"));
  const path = (name: string) => join(folder, name);
  const shape = { files: "single", compression: "none", attacks: [] } as const;
  await simulate({ out: path("all"), days, hosts, rows: all, seed, ...shape });
  const { header, rows, fields } = await linesOf(path("all/conn.log"));
  const column = (name: string) => fields.indexOf(name);
  const drift = driftOf(options, column);
  const first = Number(rows[0]!.split("\t")[column("ts")]);
  const parts: { readonly training: string[]; readonly later: string[] } = { training: [], later: [] };
  for (const row of rows) {
    const values = row.split("\t");
    const end = Number(values[column("ts")]) + (Number(values[column("duration")]) || 0);
    const day = Math.max(0, (end - first) / 86_400);
    if (drift(values, day)) parts[day < trainingDays ? "training" : "later"].push(values.join("\t"));
  }
  await writeLog(path("training.log"), header, parts.training);
  await writeLog(path("later.log"), header, parts.later);
  await rm(path("all"), { recursive: true });
  return {
    training: path("training.log"),
    later: path("later.log"),
    model: path("model"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Changes the values of a row as of a day, and says whether it is there at all. */
function driftOf(
  { days, growth, volume, daysPerNewHost, moved }: DriftOptions,
  column: (name: string) => number,
): (values: string[], day: number) => boolean {
  const uid = column("uid");
  const ends = [column("id.orig_h"), column("id.resp_h")];
  const amounts = ["orig_bytes", "resp_bytes", "orig_ip_bytes", "resp_ip_bytes"].map(column);
  const share = (text: string) => hashText(text) / 2 ** 32;
  const arrivals = new Map<string, number>();
  return (values, day) => {
    if (share(values[uid]!) > (1 + growth) ** (day - days)) return false;
    for (const end of ends) {
      const address = values[end]!;
      if (isClient(address)) {
        // A quarter of the clients come later, in an order of their own.
        const late = share(`${address} late`) < 0.25;
        if (late && !arrivals.has(address)) arrivals.set(address, daysPerNewHost * (1 + arrivals.size));
        if (day < (arrivals.get(address) ?? 0)) return false;
      } else if (isOutside(address) && share(`${address} moves`) < moved) {
        if (day >= days * share(`${address} day`)) values[end] = elsewhere(address);
      }
    }
    for (const at of amounts) {
      const value = Number(values[at]);
      if (value > 0) values[at] = String(Math.round(value * (1 + volume) ** day));
    }
    return true;
  };
}

function isClient(address: string): boolean {
  return /^10\.20\.(16|96|160)\./.test(address);
}

function isOutside(address: string): boolean {
  return /^(198\.1[89]|192\.0\.2|198\.51\.100)\./.test(address);
}

/** Another address of the same neighbourhood. */
function elsewhere(address: string): string {
  const octets = address.split(".");
  return [...octets.slice(0, 3), String((Number(octets[3]) + 101) % 256)].join(".");
}
