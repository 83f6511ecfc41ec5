import type { Filter, Conditions } from "../../src/store/index.ts";
import type { SomeConnection } from "../features/make-batch.ts";

/** The slow and plain form of what the store computes, over rows as objects. */
export type Plain = SomeConnection & {
  readonly ts: number;
  readonly "id.orig_h": string;
  readonly "id.resp_h": string;
};

export function satisfies(row: Plain, { from, to, not, ...conditions }: Filter): boolean {
  if (from !== undefined && row.ts < from) return false;
  if (to !== undefined && row.ts >= to) return false;
  if (!holding(row, conditions).every(Boolean)) return false;
  return not === undefined || !holding(row, not).some(Boolean);
}

function holding(row: Plain, c: Conditions): boolean[] {
  const ends = [row["id.orig_h"], row["id.resp_h"]] as const;
  const results: boolean[] = [];
  if (c.host) results.push(c.host.some((net) => ends.some((end) => within(end, net))));
  if (c.orig) results.push(c.orig.some((net) => within(ends[0], net)));
  if (c.resp) results.push(c.resp.some((net) => within(ends[1], net)));
  if (c.pair)
    results.push(
      c.pair.some(
        ([a, b]) => (within(ends[0], a) && within(ends[1], b)) || (within(ends[0], b) && within(ends[1], a)),
      ),
    );
  const port = (value: number, ports: NonNullable<Conditions["respPort"]>) =>
    ports.some((p) =>
      typeof p === "number" ? p === value : value >= (p.from ?? -1) && value <= (p.to ?? 1e9),
    );
  if (c.origPort) results.push(port(row["id.orig_p"] ?? 0, c.origPort));
  if (c.respPort) results.push(port(row["id.resp_p"] ?? 0, c.respPort));
  if (c.proto) results.push(c.proto.includes(row.proto ?? null));
  if (c.service) results.push(c.service.includes(row.service ?? null));
  if (c.serviceHas) results.push(c.serviceHas.some((one) => (row.service ?? "").split(",").includes(one)));
  if (c.state) results.push(c.state.includes(row.conn_state ?? null));
  if (c.history) results.push(c.history.includes(row.history ?? null));
  if (c.historyHas) results.push(c.historyHas.some((one) => (row.history ?? "").includes(one)));
  if (c.label) results.push(c.label.includes(row.label ?? null));
  if (c.direction) results.push(c.direction.includes(directionOf(row)));
  for (const { column, from = -Infinity, to = Infinity } of c.numbers ?? []) {
    const value = row[column as keyof Plain] as number | undefined;
    results.push(value !== undefined && value >= from && value <= to);
  }
  for (const column of c.set ?? []) results.push(row[column as keyof Plain] !== undefined);
  return results;
}

export function directionOf({ local_orig: orig, local_resp: resp }: Plain) {
  if (orig === undefined || resp === undefined) return "unknown";
  return orig ? (resp ? "internal" : "outbound") : resp ? "inbound" : "external";
}

/** By comparing bits as text. */
function within(address: string, network: string): boolean {
  const [base = "", prefix] = network.split("/");
  const shift = base.includes(":") ? 0 : 96;
  const length = prefix === undefined ? 128 : Number(prefix) + shift;
  return bits(address).slice(0, length) === bits(base).slice(0, length);
}

function bits(address: string): string {
  if (!address.includes(":"))
    return `${"0".repeat(80)}${"1".repeat(16)}${address
      .split(".")
      .map((octet) => Number(octet).toString(2).padStart(8, "0"))
      .join("")}`;
  const [head = "", tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::");
  const left = head.split(":").filter(Boolean);
  const right = (tail ?? "").split(":").filter(Boolean);
  const middle = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...middle, ...right]
    .map((group) => parseInt(group, 16).toString(2).padStart(16, "0"))
    .join("");
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  const high = sorted[Math.ceil(place)]!;
  return low + (place - Math.floor(place)) * (high - low);
}

export function pearson(x: readonly number[], y: readonly number[]): number {
  const meanX = x.reduce((sum, value) => sum + value, 0) / x.length;
  const meanY = y.reduce((sum, value) => sum + value, 0) / y.length;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (const [i, value] of x.entries()) {
    xx += (value - meanX) ** 2;
    yy += (y[i]! - meanY) ** 2;
    xy += (value - meanX) * (y[i]! - meanY);
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : NaN;
}

export function ranks(values: readonly number[]): number[] {
  return values.map(
    (value) =>
      values.filter((other) => other < value).length +
      (values.filter((other) => other === value).length + 1) / 2,
  );
}

/** Wall clock of a zone, by the formatter of the runtime, one row at a time. */
export function wallClockOf(zone: string) {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    weekday: "short",
  });
  return (ts: number) => {
    const parts = new Map(format.formatToParts(ts * 1000).map(({ type, value }) => [type, value]));
    const get = (type: Intl.DateTimeFormatPartTypes) => parts.get(type)!;
    return {
      date: `${get("year")}-${get("month")}-${get("day")}`,
      hour: Number(get("hour")),
      minute: Number(get("hour")) * 60 + Number(get("minute")),
      weekday: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(get("weekday")) + 1,
    };
  };
}
