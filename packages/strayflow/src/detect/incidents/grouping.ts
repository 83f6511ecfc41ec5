import { assert } from "../../base/errors.ts";
import type { HostRole } from "./incident.ts";
import type { Kind } from "./kinds.ts";

/** What grouping must know of an alert. `Key` names hosts. */
export interface Placed<Key> {
  /** The stream's clock at the alert, seconds. */
  readonly time: number;
  readonly originator: Key;
  readonly responder: Key;
  /** Names protocol and port: alerts with equal numbers concern the same service. */
  readonly service: number;
  readonly kind: Kind;
}

/** Alerts that belong together, as far as it takes to find the next one; `content` is whatever the caller keeps of them. */
export interface Group<Key, Content> {
  readonly number: number;
  readonly host: Key;
  readonly role: HostRole;
  /** Of the alert that opened it. */
  readonly kind: Kind;
  readonly first: number;
  last: number;
  alerts: number;
  content: Content;
  /** Some of what it concerns; both are cut off at `mostMembers`. */
  readonly targets: Set<Key>;
  readonly services: Set<number>;
  readonly kinds: Set<Kind>;
  /** One target, one service, nothing else. */
  isAlone: boolean;
  /** The most patient of its kinds decides when it is over. */
  idleSeconds: number;
}

export interface GroupingLimits {
  /** Incidents that are open at once; the one that was idle longest makes room. */
  readonly open: number;
  /** Of one host; what fits into none of so many joins the latest. */
  readonly openPerHost: number;
  /** Hosts that are watched for alarms from many sources. */
  readonly watchedTargets: number;
}

const defaultGroupingLimits: GroupingLimits = { open: 2048, openPerHost: 8, watchedTargets: 4096 };

export interface GroupingHandlers<Key, Content> {
  create(placed: Placed<Key>): Content;
  onClose?(group: Group<Key, Content>): void;
  /** `from` is gone afterwards. */
  onFold?(into: Group<Key, Content>, from: Group<Key, Content>): void;
}

/** So many different originators that alarm on one target within an hour are one incident of the target. */
const spreadSources = 8;
const spreadSeconds = 3600;
/** Targets and services that a group remembers; one with more of both takes anything that its host does. */
const mostMembers = 32;
/** An incident that comes and goes slowly may pause for so many of its own mean gaps, up to a day. */
const patience = 4;
const longestIdle = 86_400;
/** Then it is reported anew, however steadily it goes on. */
const longestSeconds = 7 * 86_400;
const sweepSeconds = 300;

/** What a grouping remembers, as plain data (of structured clone) where `Key` and `Content` are. */
export interface GroupingState<Key, Content> {
  readonly groups: readonly Group<Key, Content>[];
  readonly watches: ReadonlyMap<Key, Watch<Key>>;
  readonly clock: number;
  readonly swept: number;
  readonly opened: number;
}

/** Originators that alarmed on one target lately, one entry each. */
interface Watch<Key> {
  entries: { readonly originator: Key; readonly time: number; readonly group: number }[];
}

/**
 * Decides which alerts belong together. Alerts of one acting host join the open incident with which they share, in this
 * order, the kind, the target or the service, unless that has been idle for too long; where many originators alarm on
 * one target, it is one incident of the target instead, and what they had opened is folded into it. The result depends
 * on the sequence of alerts alone; memory is bounded by the limits, whatever comes.
 */
export class AlertGrouping<Key, Content> {
  readonly #handlers: GroupingHandlers<Key, Content>;
  readonly #limits: GroupingLimits;
  /** All open ones, in the order in which they were last added to. */
  readonly #open = new Map<number, Group<Key, Content>>();
  readonly #byHost: Readonly<Record<HostRole, Map<Key, Group<Key, Content>[]>>> = {
    originator: new Map(),
    responder: new Map(),
  };
  readonly #watches = new Map<Key, Watch<Key>>();
  #clock = -Infinity;
  #swept = -Infinity;
  #opened = 0;

  constructor(handlers: GroupingHandlers<Key, Content>, limits: Partial<GroupingLimits> = {}) {
    this.#handlers = handlers;
    this.#limits = { ...defaultGroupingLimits, ...limits };
    assert(this.#limits.open > 0 && this.#limits.openPerHost > 0, "grouping needs room for an incident");
  }

  /** Groups opened so far, folded ones included. */
  get opened(): number {
    return this.#opened;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Open groups, the longest idle first. */
  open(): IterableIterator<Group<Key, Content>> {
    return this.#open.values();
  }

  /** What it remembers, with the contents as `save` gives them; shares memory with the grouping. */
  save<Saved>(save: (content: Content) => Saved): GroupingState<Key, Saved> {
    return {
      groups: Array.from(this.#open.values(), (group) => ({ ...group, content: save(group.content) })),
      watches: this.#watches,
      clock: this.#clock,
      swept: this.#swept,
      opened: this.#opened,
    };
  }

  /**
   * Takes over what another remembered; for a grouping that has seen nothing.
   *
   * @param kindOf the one object that stands for a kind
   */
  load<Saved>(
    state: GroupingState<Key, Saved>,
    load: (saved: Saved) => Content,
    kindOf: (kind: Kind) => Kind,
  ): void {
    assert(this.#opened === 0, "only a grouping that has seen nothing takes over what another remembered");
    for (const saved of state.groups) {
      const group: Group<Key, Content> = {
        ...saved,
        kind: kindOf(saved.kind),
        kinds: new Set(Array.from(saved.kinds, kindOf)),
        targets: new Set(saved.targets),
        services: new Set(saved.services),
        content: load(saved.content),
      };
      this.#open.set(group.number, group);
      const groups = this.#byHost[group.role].get(group.host);
      if (groups === undefined) this.#byHost[group.role].set(group.host, [group]);
      else groups.push(group);
    }
    for (const [target, watch] of state.watches) this.#watches.set(target, { entries: [...watch.entries] });
    this.#clock = state.clock;
    this.#swept = state.swept;
    this.#opened = state.opened;
  }

  /** Finds or opens the group of the next alert. Alerts come in the stream's order; one from the past counts as of now. */
  place(alert: Placed<Key>): Group<Key, Content> {
    this.advance(alert.time);
    const group = this.#find(alert);
    this.#remember(group, alert);
    return alert.kind.mayBeSpread && group.role === "originator" ? this.#watch(alert, group) : group;
  }

  /** Moves the clock on and closes what has been idle for too long. */
  advance(time: number): void {
    if (time > this.#clock) this.#clock = time;
    if (this.#clock - this.#swept < sweepSeconds) return;
    this.#swept = this.#clock;
    for (const group of this.#open.values()) if (this.#isOver(group)) this.#close(group);
  }

  closeAll(): void {
    for (const group of this.#open.values()) this.#close(group);
  }

  #find(alert: Placed<Key>): Group<Key, Content> {
    const { kind, originator, responder } = alert;
    if (kind.role === "responder") {
      const own = this.#groupsOf("responder", responder).find((group) => group.kinds.has(kind));
      return own ?? this.#spreadGroup(alert) ?? this.#openGroup(alert, "responder", responder);
    }
    const own = this.#match(this.#groupsOf("originator", originator), alert);
    if (own !== undefined && ![...own.kinds].every((known) => known.mayBeSpread)) return own;
    return this.#spreadGroup(alert) ?? own ?? this.#openGroup(alert, "originator", originator);
  }

  /** The open incident of the target that takes alerts from whomever. */
  #spreadGroup({ responder, kind }: Placed<Key>): Group<Key, Content> | undefined {
    if (!kind.mayBeSpread) return undefined;
    return this.#groupsOf("responder", responder).find((group) => group.kind.mayBeSpread);
  }

  #match(groups: readonly Group<Key, Content>[], alert: Placed<Key>): Group<Key, Content> | undefined {
    const { responder, service, kind } = alert;
    let best: Group<Key, Content> | undefined;
    let bestRank = 0;
    for (const group of groups) {
      const sameTarget = group.targets.has(responder);
      const sameService = group.services.has(service);
      let rank = 0;
      if (group.isAlone || kind.isPerTarget) {
        const isOne = group.targets.size === 1 && group.services.size === 1;
        rank = sameTarget && sameService && isOne ? (group.kinds.has(kind) ? 5 : 3) : 0;
      } else if (group.kinds.has(kind) && !kind.isVague) rank = 5;
      else if (sameTarget) rank = 4;
      else if (sameService) rank = 2;
      else if (group.targets.size >= mostMembers && group.services.size >= mostMembers) rank = 1;
      // Of equally good ones the latest.
      if (rank > 0 && rank >= bestRank) {
        best = group;
        bestRank = rank;
      }
    }
    if (best === undefined && groups.length >= this.#limits.openPerHost) {
      return groups.findLast((group) => !group.isAlone) ?? groups.at(-1);
    }
    return best;
  }

  /** The host's open groups, the latest last; those that are over are closed first. */
  #groupsOf(role: HostRole, host: Key): readonly Group<Key, Content>[] {
    const groups = this.#byHost[role].get(host);
    if (groups === undefined) return [];
    // From the end, for closing takes out of the list.
    for (let i = groups.length - 1; i >= 0; i--) if (this.#isOver(groups[i]!)) this.#close(groups[i]!);
    return groups;
  }

  #openGroup(alert: Placed<Key>, role: HostRole, host: Key): Group<Key, Content> {
    if (this.#open.size >= this.#limits.open) this.#close(firstOf(this.#open.values()));
    const group: Group<Key, Content> = {
      number: this.#opened++,
      host,
      role,
      kind: alert.kind,
      first: this.#clock,
      last: this.#clock,
      alerts: 0,
      content: this.#handlers.create(alert),
      targets: new Set(),
      services: new Set(),
      kinds: new Set(),
      isAlone: alert.kind.isPerTarget,
      idleSeconds: alert.kind.idleSeconds,
    };
    const groups = this.#byHost[role].get(host);
    if (groups === undefined) this.#byHost[role].set(host, [group]);
    else groups.push(group);
    return group;
  }

  #remember(group: Group<Key, Content>, { responder, service, kind }: Placed<Key>): void {
    group.last = this.#clock;
    group.alerts++;
    group.kinds.add(kind);
    if (group.targets.size < mostMembers) group.targets.add(responder);
    if (group.services.size < mostMembers) group.services.add(service);
    if (kind.isPerTarget) group.isAlone = true;
    group.idleSeconds = Math.max(group.idleSeconds, kind.idleSeconds);
    this.#open.delete(group.number);
    this.#open.set(group.number, group);
    const groups = this.#byHost[group.role].get(group.host)!;
    if (groups.at(-1) !== group) {
      groups.splice(groups.indexOf(group), 1);
      groups.push(group);
    }
  }

  /** Notes that the originator alarms on the target; makes one incident of the target where it is one of many. */
  #watch(alert: Placed<Key>, group: Group<Key, Content>): Group<Key, Content> {
    const { originator, responder } = alert;
    const watch = this.#watches.get(responder) ?? { entries: [] };
    this.#watches.delete(responder);
    this.#watches.set(responder, watch);
    if (this.#watches.size > this.#limits.watchedTargets) this.#watches.delete(firstOf(this.#watches.keys()));
    const since = this.#clock - spreadSeconds;
    watch.entries = watch.entries.filter((entry) => entry.time >= since && entry.originator !== originator);
    watch.entries.push({ originator, time: this.#clock, group: group.number });
    if (watch.entries.length < spreadSources || !this.#isOnlyAbout(group, responder)) return group;
    this.#watches.delete(responder);
    const spread = this.#openGroup(alert, "responder", responder);
    for (const { group: number } of watch.entries) {
      // Some may be closed by now, or have other business as well.
      const part = this.#open.get(number);
      if (part !== undefined && this.#isOnlyAbout(part, responder)) this.#fold(spread, part);
    }
    this.#open.set(spread.number, spread);
    return spread;
  }

  #isOnlyAbout(group: Group<Key, Content>, target: Key): boolean {
    return (
      group.targets.size === 1 &&
      group.targets.has(target) &&
      [...group.kinds].every((kind) => kind.mayBeSpread)
    );
  }

  #fold(into: Group<Key, Content>, from: Group<Key, Content>): void {
    this.#remove(from);
    into.alerts += from.alerts;
    for (const kind of from.kinds) into.kinds.add(kind);
    for (const target of from.targets) if (into.targets.size < mostMembers) into.targets.add(target);
    for (const service of from.services) if (into.services.size < mostMembers) into.services.add(service);
    this.#handlers.onFold?.(into, from);
  }

  #isOver(group: Group<Key, Content>): boolean {
    const idle = this.#clock - group.last;
    const least = group.idleSeconds;
    if (this.#clock - group.first > longestSeconds) return true;
    if (idle <= least) return false;
    const mean = group.alerts > 2 ? (group.last - group.first) / (group.alerts - 1) : 0;
    return idle > Math.min(Math.max(least, patience * mean), Math.max(least, longestIdle));
  }

  #close(group: Group<Key, Content>): void {
    this.#remove(group);
    this.#handlers.onClose?.(group);
  }

  #remove(group: Group<Key, Content>): void {
    this.#open.delete(group.number);
    const { role, host } = group;
    const groups = this.#byHost[role].get(host);
    if (groups === undefined) return;
    const at = groups.indexOf(group);
    if (at >= 0) groups.splice(at, 1);
    if (groups.length === 0) this.#byHost[role].delete(host);
  }
}

function firstOf<Item>(items: Iterable<Item>): Item {
  for (const item of items) return item;
  throw new Error("there is nothing in it");
}
