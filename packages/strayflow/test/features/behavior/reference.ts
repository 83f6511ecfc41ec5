import type { SomeConnection } from "../make-batch.ts";

/** One row as the reference sees it: the clock, and what the definitions ask of a connection. */
interface Seen {
  readonly time: number;
  readonly orig: string;
  readonly resp: string;
  readonly net: string;
  readonly service: string;
  readonly sent: number | undefined;
  readonly received: number | undefined;
  readonly size: number | undefined;
  readonly duration: number | undefined;
  readonly state: string;
  /** Filled in as the rows are gone through. */
  firstContact: boolean;
  peerSurprise: number;
  portSurprise: number;
}

type Features = Record<string, number>;

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const WEEK = 7 * DAY;
const unanswered = ["S0", "SH", "RSTOS0"];
const refused = ["REJ"];
const reset = ["RSTO", "RSTR", "RSTRH"];
const failed = [...unanswered, ...refused, ...reset];

/**
 * The behaviour features of every row, each straight from its definition over all rows before it; distinct things are
 * counted exactly. For streams without jumps of the clock, and with IPv4 addresses only.
 */
export function referenceFeatures(rows: readonly SomeConnection[]): Features[] {
  const past: Seen[] = [];
  let clock = -Infinity;
  return rows.map((row) => {
    clock = Math.max(clock, (row.ts ?? 0) + (row.duration ?? 0));
    const now = seenFrom(row, clock);
    const features = featuresOf(now, past);
    past.push(now);
    return features;
  });
}

function featuresOf(now: Seen, past: readonly Seen[]): Features {
  const t = now.time;
  const started = past[0]?.time ?? t;
  const own = past.filter((row) => row.orig === now.orig);
  const peer = own.filter((row) => row.resp === now.resp);
  const target = peer.filter((row) => row.service === now.service);
  const ownPort = own.filter((row) => row.service === now.service);
  const to = past.filter((row) => row.resp === now.resp);
  const toPort = to.filter((row) => row.service === now.service);
  const ownAge = t - (own[0]?.time ?? t);
  const toAge = t - (to[0]?.time ?? t);

  now.firstContact = peer.length === 0;
  now.peerSurprise = surprise(weight(own, t, WEEK), weight(peer, t, WEEK));
  now.portSurprise = surprise(weight(own, t, WEEK), weight(ownPort, t, WEEK));

  const own5m = sum(own, t, 300, one);
  const share5m = (states: readonly string[]) =>
    sum(own, t, 300, (row) => Number(states.includes(row.state))) / (own5m + 2);
  const ownFailedShare =
    damped(own, t, DAY, (row) => Number(failed.includes(row.state))) / (weight(own, t, DAY) + 2);
  const contacts = own.filter((row) => row.firstContact);
  const failedContacts = contacts.filter((row) => failed.includes(row.state));
  const sent1h = sum(own, t, HOUR, (row) => row.sent ?? 0);
  const received1h = sum(own, t, HOUR, (row) => row.received ?? 0);
  const hourlySent = (damped(own, t, DAY, (row) => row.sent ?? 0) * HOUR) / steady(ownAge, HOUR);
  const ownPerMinute = (weight(own, t, DAY) * MINUTE) / steady(ownAge, MINUTE);
  const toPerMinute = (weight(to, t, DAY) * MINUTE) / steady(toAge, MINUTE);
  const contactsPerHour = (weight(contacts, t, DAY) * HOUR) / steady(ownAge, HOUR);
  const ownGaps = gaps(own);
  const peerGaps = gaps(peer);
  const resp5m = sum(to, t, 300, one);

  return {
    orig_conns_1m: Math.log1p(sum(own, t, MINUTE, one)),
    orig_conns_5m: Math.log1p(own5m),
    orig_conns_1h: Math.log1p(sum(own, t, HOUR, one)),
    orig_hosts_1m: Math.log1p(distinct(own, t, MINUTE, (row) => row.resp)),
    orig_hosts_5m: Math.log1p(distinct(own, t, 300, (row) => row.resp)),
    orig_hosts_1h: Math.log1p(distinct(own, t, HOUR, (row) => row.resp)),
    orig_nets_5m: Math.log1p(distinct(own, t, 300, (row) => row.net)),
    orig_ports_1m: Math.log1p(distinct(own, t, MINUTE, (row) => row.service)),
    orig_ports_5m: Math.log1p(distinct(own, t, 300, (row) => row.service)),

    port_hosts_5m: Math.log1p(distinct(ownPort, t, 300, (row) => row.resp)),
    port_hosts_1h: Math.log1p(distinct(ownPort, t, HOUR, (row) => row.resp)),
    host_ports_1h: Math.log1p(distinct(peer, t, HOUR, (row) => row.service)),

    orig_unanswered_5m: share5m(unanswered),
    orig_refused_5m: share5m(refused),
    orig_reset_5m: share5m(reset),
    orig_empty_5m: sum(own, t, 300, (row) => Number(!((row.size ?? 0) > 0))) / (own5m + 2),
    orig_failed_1h:
      sum(own, t, HOUR, (row) => Number(failed.includes(row.state))) / (sum(own, t, HOUR, one) + 2),
    orig_failed_excess: share5m(failed) + (2 * ownFailedShare) / (own5m + 2) - ownFailedShare,
    orig_failed_contacts: Math.log1p(weight(failedContacts, t, HOUR)),
    orig_failed_contact_share: weight(failedContacts, t, HOUR) / (weight(contacts, t, HOUR) + 2),

    target_conns_1m: Math.log1p(sum(target, t, MINUTE, one)),
    target_conns_5m: Math.log1p(sum(target, t, 300, one)),
    target_share_5m: sum(target, t, 300, one) / (own5m + 2),
    target_same_size: repeats(target, t),
    orig_same_size: repeats(own, t),

    orig_sent_5m: Math.log1p(sum(own, t, 300, (row) => row.sent ?? 0)),
    orig_received_5m: Math.log1p(sum(own, t, 300, (row) => row.received ?? 0)),
    orig_sent_1h: Math.log1p(sent1h),
    orig_balance_1h: (sent1h - received1h) / (sent1h + received1h + 10_000),
    orig_sent_excess: Math.log((sent1h + 10_000) / (hourlySent + 10_000)),

    orig_conns_10s: Math.log1p(weight(own, t, 10)),
    orig_burst: Math.log((1 + sum(own, t, MINUTE, one)) / (1 + ownPerMinute)),
    orig_silence: Math.log1p(own.length === 0 ? 0 : t - own.at(-1)!.time),
    orig_silence_z: own.length === 0 ? 0 : z(ownGaps, t, logGap(own.at(-1)!, now)),

    ...hourFeatures(own, t),

    orig_size_mean_10m: moments(
      values(own, (row) => log(row.size)),
      t,
      600,
    ).mean,
    orig_size_spread_10m: moments(
      values(own, (row) => log(row.size)),
      t,
      600,
    ).spread,
    orig_sent_z: z(
      values(own, (row) => log(row.sent)),
      t,
      log(now.sent),
    ),
    orig_received_z: z(
      values(own, (row) => log(row.received)),
      t,
      log(now.received),
    ),
    orig_duration_z: z(values(own, logDuration), t, logDuration(now)),

    orig_port_sent_z: z(
      values(ownPort, (row) => log(row.sent)),
      t,
      log(now.sent),
    ),
    orig_port_received_z: z(
      values(ownPort, (row) => log(row.received)),
      t,
      log(now.received),
    ),
    orig_port_duration_z: z(values(ownPort, logDuration), t, logDuration(now)),

    peer_novelty: novelty(ownAge, t - (peer[0]?.time ?? t)),
    peer_surprise: now.peerSurprise,
    peer_surprise_excess: excess(own, t, now.peerSurprise, (row) => row.peerSurprise),
    new_peers_1h: Math.log1p(sum(contacts, t, HOUR, one)),
    new_peers_excess: Math.log((1 + sum(contacts, t, HOUR, one)) / (1 + contactsPerHour)),

    port_novelty: novelty(ownAge, t - (ownPort[0]?.time ?? t)),
    port_surprise: now.portSurprise,
    port_surprise_excess: excess(own, t, now.portSurprise, (row) => row.portSurprise),

    pair_conns_1d: Math.log1p(weight(peer, t, DAY)),
    pair_size_z: z(
      values(peer, (row) => log(row.size)),
      t,
      log(now.size),
    ),
    pair_duration_z: z(values(peer, logDuration), t, logDuration(now)),
    pair_gap_z: peer.length === 0 ? 0 : z(peerGaps, t, logGap(peer.at(-1)!, now)),
    pair_gap_spread: moments(peerGaps, t, DAY).spread,
    pair_size_spread: moments(
      values(peer, (row) => log(row.size)),
      t,
      DAY,
    ).spread,

    resp_conns_1m: Math.log1p(sum(to, t, MINUTE, one)),
    resp_conns_5m: Math.log1p(resp5m),
    resp_sources_1m: Math.log1p(distinct(to, t, MINUTE, (row) => row.orig)),
    resp_sources_5m: Math.log1p(distinct(to, t, 300, (row) => row.orig)),
    resp_ports_5m: Math.log1p(distinct(to, t, 300, (row) => row.service)),
    resp_unanswered_5m: sum(to, t, 300, (row) => Number(unanswered.includes(row.state))) / (resp5m + 2),
    resp_failed_5m: sum(to, t, 300, (row) => Number(failed.includes(row.state))) / (resp5m + 2),
    resp_received_5m: Math.log1p(sum(to, t, 300, (row) => row.sent ?? 0)),
    resp_sent_5m: Math.log1p(sum(to, t, 300, (row) => row.received ?? 0)),
    resp_burst: Math.log((1 + sum(to, t, MINUTE, one)) / (1 + toPerMinute)),

    resp_port_received_z: z(
      values(toPort, (row) => log(row.sent)),
      t,
      log(now.sent),
    ),
    resp_port_sent_z: z(
      values(toPort, (row) => log(row.received)),
      t,
      log(now.received),
    ),
    resp_port_duration_z: z(values(toPort, logDuration), t, logDuration(now)),

    resp_novelty: novelty(t - started, toAge),
    resp_rarity: Math.max(
      0,
      Math.log1p(distinct(past, t, DAY, (row) => row.orig)) -
        Math.log1p(distinct(to, t, DAY, (row) => row.orig)),
    ),
    resp_port_novelty: novelty(toAge, t - (toPort[0]?.time ?? t)),
    resp_port_surprise: surprise(weight(to, t, WEEK), weight(toPort, t, WEEK)),
  };
}

function seenFrom(row: SomeConnection, time: number): Seen {
  const { orig_bytes: sent, resp_bytes: received } = row;
  const resp = row["id.resp_h"] ?? "10.0.0.2";
  const icmp = row.proto === "icmp";
  return {
    time,
    orig: row["id.orig_h"] ?? "10.0.0.1",
    resp,
    net: resp.split(".").slice(0, 3).join("."),
    service: `${row.proto} ${(icmp ? row["id.orig_p"] : row["id.resp_p"]) ?? 0}`,
    sent,
    received,
    size: sent === undefined && received === undefined ? undefined : (sent ?? 0) + (received ?? 0),
    duration: row.duration,
    state: row.conn_state ?? "",
    firstContact: false,
    peerSurprise: 0,
    portSurprise: 0,
  };
}

const one = () => 1;
const log = (bytes: number | undefined) => (bytes === undefined ? NaN : Math.log1p(bytes));
const logDuration = (row: Seen) => (row.duration === undefined ? NaN : Math.log1p(row.duration * 1000));
const logGap = (before: Seen, after: Seen) => Math.log1p((after.time - before.time) * 1000);

/** How much of a row counts in a window of W seconds: all in the present bucket, a part in the one before. */
function inWindow(row: Seen, now: number, seconds: number): "current" | "before" | "out" {
  const passed = Math.floor(now / seconds) - Math.floor(row.time / seconds);
  return passed === 0 ? "current" : passed === 1 ? "before" : "out";
}

function leftOf(now: number, seconds: number): number {
  return 1 - (now / seconds - Math.floor(now / seconds));
}

function sum(rows: readonly Seen[], now: number, seconds: number, of: (row: Seen) => number): number {
  let total = 0;
  for (const row of rows) {
    const place = inWindow(row, now, seconds);
    total += of(row) * (place === "current" ? 1 : place === "before" ? leftOf(now, seconds) : 0);
  }
  return total;
}

function distinct(rows: readonly Seen[], now: number, seconds: number, of: (row: Seen) => string): number {
  const current = new Set(rows.filter((row) => inWindow(row, now, seconds) === "current").map(of));
  const both = new Set(rows.filter((row) => inWindow(row, now, seconds) !== "out").map(of));
  return current.size + leftOf(now, seconds) * (both.size - current.size);
}

function fading(then: number, now: number, halfLife: number): number {
  const ticks = Math.floor((now * 256) / halfLife) - Math.floor((then * 256) / halfLife);
  return 2 ** (-ticks / 256);
}

function damped(rows: readonly Seen[], now: number, halfLife: number, of: (row: Seen) => number): number {
  return rows.reduce((total, row) => total + of(row) * fading(row.time, now, halfLife), 0);
}

function weight(rows: readonly Seen[], now: number, halfLife: number): number {
  return damped(rows, now, halfLife, one);
}

function steady(age: number, least: number): number {
  return Math.max(least, (DAY / Math.LN2) * (1 - 2 ** (-age / DAY)));
}

function surprise(all: number, part: number): number {
  return Math.max(0, Math.log((all + 1) / (part + 1)));
}

function excess(own: readonly Seen[], now: number, value: number, of: (row: Seen) => number): number {
  const all = weight(own, now, WEEK);
  return all === 0 ? 0 : ((value - damped(own, now, WEEK, of) / all) * all) / (all + 10);
}

function novelty(whole: number, part: number): number {
  return Math.max(0, Math.log((Math.min(whole, WEEK) + HOUR) / (Math.min(part, WEEK) + HOUR)));
}

function repeats(rows: readonly Seen[], now: number): number {
  const again = rows.filter((row, i) => i > 0 && row.sent === rows[i - 1]!.sent);
  return weight(again, now, 600) / (weight(rows, now, 600) + 2);
}

type Value = readonly [time: number, value: number];

function values(rows: readonly Seen[], of: (row: Seen) => number): Value[] {
  return rows.map((row): Value => [row.time, of(row)]).filter(([, value]) => !Number.isNaN(value));
}

function gaps(rows: readonly Seen[]): Value[] {
  return rows.slice(1).map((row, i): Value => [row.time, logGap(rows[i]!, row)]);
}

interface Moments {
  readonly total: number;
  readonly mean: number;
  readonly spread: number;
}

function moments(observed: readonly Value[], now: number, halfLife: number): Moments {
  const weighted = observed.map(([time, value]) => [fading(time, now, halfLife), value] as const);
  const total = weighted.reduce((sumSoFar, [share]) => sumSoFar + share, 0);
  // The mean does not fade: where all weights have gone, it stays what it was at the last value.
  const mean =
    total > 0
      ? weighted.reduce((sumSoFar, [share, value]) => sumSoFar + share * value, 0) / total
      : observed.length === 0
        ? 0
        : moments(observed, observed.at(-1)![0], halfLife).mean;
  const squares = weighted.reduce((sumSoFar, [share, value]) => sumSoFar + share * (value - mean) ** 2, 0);
  return { total, mean, spread: Math.sqrt((squares + 4) / (total + 4)) };
}

function z(observed: readonly Value[], now: number, value: number): number {
  if (Number.isNaN(value)) return 0;
  const { total, mean, spread } = moments(observed, now, DAY);
  const deviations = (((value - mean) / Math.max(spread, 0.1)) * total) / (total + 4);
  return Math.min(10, Math.max(-10, deviations));
}

function hourFeatures(own: readonly Seen[], now: number): Features {
  const hourNow = Math.floor(now / HOUR);
  const dayNow = Math.floor(hourNow / 24);
  const left = 2 ** (-1 / 7);
  const firstDay = Math.floor((own[0]?.time ?? now) / DAY);
  let days = 0;
  for (let day = firstDay; day < dayNow; day++) days += left ** (dayNow - day);
  if (days === 0) return { orig_hour_surprise: 0, orig_hour_excess: 0 };

  const countByHour = new Map<number, number>();
  for (const row of own) {
    const hour = Math.floor(row.time / HOUR);
    if (hour !== hourNow) countByHour.set(hour, (countByHour.get(hour) ?? 0) + 1);
  }
  const usual = (of: (count: number) => number) => {
    const at = (offset: number) => {
      let total = 0;
      for (const [hour, count] of countByHour) {
        if ((hour - hourNow - offset) % 24 === 0)
          total += of(count) * left ** (dayNow - Math.floor(hour / 24));
      }
      return total;
    };
    return Math.max(at(0) / days, at(1) / days, at(-1) / (days + 1));
  };
  const active = usual(one);
  return {
    orig_hour_surprise: Math.log(Math.max(1, (days + 1) / (days * active + 1))),
    orig_hour_excess:
      (Math.log1p(sum(own, now, HOUR, one)) - usual((count) => Math.log1p(count))) * (days / (days + 2)),
  };
}
