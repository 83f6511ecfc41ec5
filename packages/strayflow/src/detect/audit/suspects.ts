import { assert } from "../../base/errors.ts";
import { formatCount } from "../../base/units.ts";
import { formatAddress } from "../../zeek/index.ts";
import type { Activity } from "./activity.ts";
import type { Episode } from "./episode-table.ts";
import type { AuditFinding, Evidence, FindingKind } from "./finding.ts";
import type { Flood } from "./flood-table.ts";
import { auditLimits, silenceSeconds } from "./limits.ts";
import { median, robustDeviations } from "./outliers.ts";
import type { RowRule } from "./row-rules.ts";
import { period, portName } from "./wording.ts";

/** A finding before its rows were counted, and the rules that say which they are. */
export interface Suspect {
  readonly kind: FindingKind;
  readonly host: string;
  readonly what: string;
  /** Of its largest activity. */
  readonly size: number;
  readonly from: number;
  readonly to: number;
  readonly evidence: Evidence;
  readonly rules: readonly Omit<RowRule, "finding">[];
}

/** What an activity counts against its limit, so that activities of one kind can be compared. */
function sizeOf(activity: Activity): number {
  return activity.kind === "flood" ? activity.flood.peak : activity.episode.counted;
}

function inside(activity: Activity): boolean {
  return activity.kind === "flood" ? activity.flood.fromInside : activity.episode.fromInside;
}

const limitOf: Readonly<Record<Activity["kind"], number>> = {
  targets: auditLimits.targetsInVain,
  ports: auditLimits.portsInVain,
  hosts: auditLimits.hostsInVain,
  guesses: auditLimits.guesses,
  flood: auditLimits.floodAMinute,
};

/** Whether an activity that is large, or fast, enough also looks like what it is taken for. */
export function isLikely(activity: Activity): boolean {
  if (activity.kind === "flood") return true;
  const { tried, counted, from, to } = activity.episode;
  const isLarge = counted >= limitOf[activity.kind];
  if (activity.kind !== "guesses") {
    return counted >= (isLarge ? auditLimits.vainShare : auditLimits.overwhelmingVainShare) * tried;
  }
  return (
    isLarge &&
    counted >= auditLimits.sameSizeShare * tried &&
    counted * 60 >= auditLimits.guessesAMinute * (to - from)
  );
}

/**
 * Turns activities into suspects, one a host and kind. Where many hosts of one side do the same it is what they do here, and
 * one remark says so; only those that stand out among them are suspects.
 */
export function suspectsOf(
  activities: readonly Activity[],
  rows: number,
): { suspects: Suspect[]; remarks: AuditFinding[] } {
  const suspects: Suspect[] = [];
  const remarks: AuditFinding[] = [];
  for (const kind of ["targets", "ports", "hosts", "guesses", "flood"] as const) {
    for (const side of [true, false]) {
      const alike = activities.filter((activity) => activity.kind === kind && inside(activity) === side);
      const hosts = [...Map.groupBy(alike, hostOf)];
      const sizes = hosts.map(([, own]) => Math.max(...own.map(sizeOf)));
      const deviations = robustDeviations(sizes.map(Math.log), LEAST_SPREAD);
      const many = hosts.length >= auditLimits.manyHosts;
      for (const [i, [host, own]] of hosts.entries()) {
        const standsOut =
          deviations[i]! >= auditLimits.standOut || sum(own) >= auditLimits.standOutShare * rows;
        // An exposed network is scanned and tried by strangers all day: without doubt is only what drowns the rest.
        const mayBeCertain = side || sum(own) >= auditLimits.standOutShare * rows;
        if (!many || standsOut) suspects.push(suspectOf(kind, host, own, mayBeCertain));
      }
      if (many) remarks.push(background(kind, side, hosts.length, median(sizes)));
    }
  }
  return { suspects: mergeScans(suspects), remarks };
}

function hostOf(activity: Activity): string {
  if (activity.kind !== "flood") return formatAddress(activity.episode.originator, 0);
  return formatAddress(activity.flood.originator ?? activity.flood.responder, 0);
}

function suspectOf(
  kind: Activity["kind"],
  host: string,
  own: readonly Activity[],
  mayBeCertain: boolean,
): Suspect {
  const largest = own.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a));
  const spans = own.map((activity) => (activity.kind === "flood" ? activity.flood : activity.episode));
  const from = Math.min(...spans.map((span) => span.from));
  const to = Math.max(...spans.map((span) => span.to));
  const isPlain =
    largest.kind === "flood" ||
    largest.episode.counted >=
      (kind === "guesses" ? auditLimits.sameSizeShare : auditLimits.overwhelmingVainShare) *
        largest.episode.tried;
  const total = kind === "flood" ? sizeOf(largest) : own.reduce((all, activity) => all + sizeOf(activity), 0);
  const evidence: Evidence = isHabit(own, from, to)
    ? "remark"
    : mayBeCertain && isPlain && (total >= auditLimits.overwhelmingTimes * limitOf[kind] || own.some(isFast))
      ? "overwhelming"
      : "suspicious";
  return {
    kind: kindOf(kind),
    host,
    what: saying(kind, own, largest),
    size: sizeOf(largest),
    from,
    to,
    evidence,
    rules: own.map(ruleOf),
  };
}

/** Faster than anything but a program that goes through a list. */
function isFast(activity: Activity): boolean {
  if (activity.kind === "flood" || activity.kind === "guesses") return false;
  return activity.episode.peak >= auditLimits.fastShare * limitOf[activity.kind];
}

function kindOf(kind: Activity["kind"]): FindingKind {
  return kind === "flood" ? "flood" : kind === "guesses" ? "brute-force" : "scan";
}

/** A host that does it inside the network on three days, and on half of all days between, has been told to. */
function isHabit(own: readonly Activity[], from: number, to: number): boolean {
  const days = new Set<number>();
  for (const activity of own) {
    if (activity.kind === "flood" || !activity.episode.fromInside || !activity.episode.toInside) return false;
    days.add(Math.floor(activity.episode.from / DAY));
  }
  return days.size >= 3 && days.size >= (to - from) / DAY / 2;
}

function saying(kind: Activity["kind"], own: readonly Activity[], largest: Activity): string {
  const runs = countRuns(own);
  const times = runs > 1 ? ` in ${formatCount(runs)} runs` : "";
  if (largest.kind === "flood") return `${floodSaying(largest.flood)}${times}`;
  const { episode } = largest;
  const episodes = own.flatMap((activity) => (activity.kind === "flood" ? [] : [activity.episode]));
  const service = portName(episode.port, episode.proto);
  const responder = formatAddress(episode.responder, 0);
  const most = formatCount(episode.tried);
  if (kind === "targets") return `${targetsSaying(episode)}${times}`;
  if (kind === "ports") {
    const hosts = new Set(episodes.map((one) => formatAddress(one.responder, 0))).size;
    return hosts === 1
      ? `tried ${most} ports of ${responder}${times}`
      : `tried ports of ${formatCount(hosts)} hosts, up to ${most} of one,${times}`;
  }
  if (kind === "hosts") {
    const ports = new Set(episodes.map((one) => portName(one.port, one.proto))).size;
    return ports === 1
      ? `tried ${service} of ${most} hosts${times}`
      : `tried ${formatCount(ports)} ports, up to ${most} hosts each,${times}`;
  }
  const targets = new Set(episodes.map((one) => formatAddress(one.responder, 0))).size;
  const where = targets === 1 ? responder : `${formatCount(targets)} hosts`;
  return `held ${formatCount(sum(own))} conversations of one size with ${service} of ${where}${times}`;
}

function targetsSaying({ counted, responders, services, responder, port, proto }: Episode): string {
  const ports = `${formatCount(services)} ports`;
  if (responders === 1) return `tried ${ports} of ${formatAddress(responder, 0)}`;
  const hosts = `${formatCount(responders)} hosts`;
  if (services === 1) return `tried ${portName(port, proto)} of ${hosts}`;
  return `tried ${ports} on ${hosts}, ${formatCount(counted)} combinations in vain,`;
}

function floodSaying({ originator, responder, port, proto, peak, usual }: Flood): string {
  const service = portName(port, proto);
  const usually = usual > 0 ? `, usually ${formatCount(Math.round(usual))}` : "";
  return originator === undefined
    ? `got up to ${formatCount(peak)} connections a minute to ${service} from several hosts${usually},`
    : `opened up to ${formatCount(peak)} connections a minute to ${service} of ${formatAddress(responder, 0)}${usually},`;
}

/** Connections that were tried, all in all. */
function sum(own: readonly Activity[]): number {
  return own.reduce(
    (total, one) => total + (one.kind === "flood" ? one.flood.connections : one.episode.tried),
    0,
  );
}

/** Activities that overlap, or follow one another without silence, are one run. */
function countRuns(own: readonly Activity[]): number {
  const spans = own
    .map((activity) => (activity.kind === "flood" ? activity.flood : activity.episode))
    .toSorted((a, b) => a.from - b.from);
  let runs = 0;
  let end = -Infinity;
  for (const { from, to } of spans) {
    if (from > end + silenceSeconds.group) runs++;
    end = Math.max(end, to);
  }
  return runs;
}

function ruleOf(activity: Activity): Omit<RowRule, "finding"> {
  if (activity.kind === "flood") {
    const { originator, responder, port, proto, from, to } = activity.flood;
    return { originator, responder, service: { port, proto }, from, to, onlyInVain: true };
  }
  const { originator, responder, port, proto, from, to } = activity.episode;
  const service = { port, proto };
  switch (activity.kind) {
    case "targets":
      return { originator, from, to, onlyInVain: true };
    case "ports":
      return { originator, responder, from, to, onlyInVain: true };
    case "hosts":
      return { originator, service, from, to, onlyInVain: true };
    default:
      return { originator, responder, service, from, to, onlyInVain: false };
  }
}

/** A scan is found by all of its targets, by hosts and by ports: what counted most says it. */
function mergeScans(suspects: readonly Suspect[]): Suspect[] {
  return [...Map.groupBy(suspects, ({ kind, host }) => `${kind} ${host}`).values()].map((same) => {
    const [first] = same.toSorted((a, b) => b.size - a.size);
    assert(first !== undefined, "a group has members");
    const all = same.map(({ evidence }) => evidence);
    return {
      ...first,
      from: Math.min(...same.map(({ from }) => from)),
      to: Math.max(...same.map(({ to }) => to)),
      evidence: (["overwhelming", "suspicious"] as const).find((level) => all.includes(level)) ?? "remark",
      rules: same.flatMap(({ rules }) => rules),
    };
  });
}

function background(kind: Activity["kind"], isInside: boolean, hosts: number, usual: number): AuditFinding {
  const does = {
    targets: `scan, half of them more than ${formatCount(usual)} targets`,
    ports: `scan ports, half of them more than ${formatCount(usual)}`,
    hosts: `scan hosts, half of them more than ${formatCount(usual)}`,
    guesses: `repeat one conversation with a service that asks for a password, half of them more than ${formatCount(usual)} times`,
    flood: `flood a service, half of them with more than ${formatCount(usual)} connections a minute`,
  }[kind];
  const sentence = `${formatCount(hosts)} hosts ${isInside ? "of this network" : "from outside"} ${does}: taken as usual here, but for those that stand out`;
  return { kind: "background", sentence, rows: 0, share: 0, evidence: "remark" };
}

/** The sentence of a suspect whose rows have been counted. */
export function sentenceOf({ host, what, from, to }: Suspect, shareText: string): string {
  return `${host} ${what} ${period(from, to)}: ${shareText} of all connections`;
}

const DAY = 86_400;
/** Among hosts that all do about the same, a factor of 1.5 is no difference. */
const LEAST_SPREAD = 0.4;
