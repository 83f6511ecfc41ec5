import type { StageOptions } from "../base/stage.ts";
import type { Incident } from "../detect/incidents/index.ts";
import { hashAddress } from "../features/behavior/fingerprint.ts";
import { parseAddress } from "../zeek/address.ts";
import { findInputs, readConnections, type Batch } from "../zeek/index.ts";
import type { FlaggedRows } from "./flagged-rows.ts";
import { HostHabits, type Habits } from "./host-habits.ts";
import { shownConnection, type ShownConnection } from "./shown-connection.ts";

/** A connection of the host that an incident is about, and where it stands to the incident. */
export interface NearbyConnection extends ShownConnection {
  readonly place: "before" | "during" | "after";
  readonly flagged: boolean;
}

/** What the logs hold around one incident. */
export interface IncidentContext {
  /** In order of time; at most `nearbyRows` before, as many after, and twice as many within. */
  readonly nearby: readonly NearbyConnection[];
  /** Connections of the host between the incident's first and last moment, flagged or not. */
  readonly during: number;
  /** What the host does where it is not flagged. */
  readonly habits: Habits;
}

/** By the ids of incidents. */
export type IncidentContexts = ReadonlyMap<string, IncidentContext>;

export const nearbyRows = 8;
const MOST_PENDING = 256;

/** Whether these inputs can be read again: files, not standard input or a pipe. */
export async function canReadAgain(inputs: readonly string[], signal?: AbortSignal): Promise<boolean> {
  // A pipe must not even be looked into.
  if (inputs.includes("-")) return false;
  const { files } = await findInputs(inputs, signal);
  return files.every(({ bytes }) => bytes !== undefined);
}

/**
 * Reads logs that were scored once more, for the hosts of a few incidents: what they did just before, meanwhile and just
 * after, and what they usually do. Memory is bounded by the number of incidents. Undefined where the logs do not have as many
 * connections as before: they have changed meanwhile.
 *
 * @param flagged of the same rows in the same order
 */
export async function gatherContext(
  inputs: readonly string[],
  incidents: readonly Incident[],
  flagged: FlaggedRows,
  { signal, onProgress }: StageOptions = {},
): Promise<IncidentContexts | undefined> {
  const hosts = new WatchedHosts(incidents);
  if (incidents.length === 0) return new Map();
  let seen = 0;
  const report =
    onProgress &&
    ((progress: Parameters<typeof onProgress>[0]) => onProgress({ ...progress, stage: "context" }));
  for await (const batch of readConnections(inputs, { signal, onProgress: report })) {
    hosts.add(batch, (row) => flagged.has(seen + row));
    seen += batch.rows;
  }
  return seen === flagged.rows ? hosts.contexts() : undefined;
}

interface Host {
  readonly words: Uint32Array;
  readonly habits: HostHabits;
  readonly watches: Watch[];
}

class WatchedHosts {
  readonly #byHash = new Map<number, Host[]>();
  readonly #watches: Watch[] = [];

  constructor(incidents: readonly Incident[]) {
    const byName = new Map<string, Host>();
    for (const incident of incidents) {
      const words = parseAddress(incident.host);
      if (words === undefined) continue;
      let host = byName.get(incident.host);
      if (host === undefined) {
        host = { words, habits: new HostHabits(), watches: [] };
        byName.set(incident.host, host);
        const hash = hashAddress(0, words, 0);
        this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), host]);
      }
      const watch = new Watch(incident, host.habits);
      host.watches.push(watch);
      this.#watches.push(watch);
    }
  }

  add(batch: Batch, isFlagged: (row: number) => boolean): void {
    const { orig_h, resp_h, rows } = batch;
    for (const watch of this.#watches) watch.begin(batch, isFlagged);
    for (let row = 0; row < rows; row++) {
      const originator = this.#find(orig_h, 4 * row);
      if (originator !== undefined) see(originator, batch, row, isFlagged(row), true);
      const responder = this.#find(resp_h, 4 * row);
      if (responder !== undefined && responder !== originator)
        see(responder, batch, row, isFlagged(row), false);
    }
    for (const watch of this.#watches) watch.settle();
  }

  contexts(): IncidentContexts {
    return new Map(this.#watches.map((watch) => [watch.incident.id, watch.context()]));
  }

  #find(words: Uint32Array, at: number): Host | undefined {
    return this.#byHash
      .get(hashAddress(0, words, at))
      ?.find((host) => host.words.every((word, i) => word === words[at + i]));
  }
}

function see(host: Host, batch: Batch, row: number, flagged: boolean, isOriginator: boolean): void {
  if (!flagged) host.habits.add(batch, row, isOriginator);
  for (const watch of host.watches) watch.add(row);
}

/** Keeps the connections that are nearest to one incident. */
class Watch {
  readonly incident: Incident;
  readonly #habits: HostHabits;
  /** Ascending by start. */
  readonly #before: NearbyConnection[] = [];
  readonly #after: NearbyConnection[] = [];
  /** The first ones and the latest ones. */
  readonly #first: NearbyConnection[] = [];
  readonly #latest: NearbyConnection[] = [];
  #during = 0;
  /** Rows of the current batch that may be among the latest before the incident, or within it. */
  #rowsBefore: number[] = [];
  #rowsWithin: number[] = [];
  #batch: Batch | undefined;
  #isFlagged: (row: number) => boolean = () => false;

  constructor(incident: Incident, habits: HostHabits) {
    this.incident = incident;
    this.#habits = habits;
  }

  begin(batch: Batch, isFlagged: (row: number) => boolean): void {
    this.#batch = batch;
    this.#isFlagged = isFlagged;
  }

  /** Takes a row of the current batch. Text is made only for rows that may be shown. */
  add(row: number): void {
    const ts = this.#batch!.ts[row]!;
    const { firstSeen, lastSeen } = this.incident;
    if (ts < firstSeen) {
      if (this.#before.length === nearbyRows && ts <= this.#before[0]!.ts) return;
      this.#rowsBefore.push(row);
      if (this.#rowsBefore.length === MOST_PENDING) this.#rowsBefore = this.#latestOf(this.#rowsBefore);
    } else if (ts > lastSeen) {
      if (this.#after.length === nearbyRows && ts >= this.#after.at(-1)!.ts) return;
      insert(this.#after, this.#shown(row, "after"));
      if (this.#after.length > nearbyRows) this.#after.pop();
    } else {
      this.#during++;
      if (this.#first.length < nearbyRows) this.#first.push(this.#shown(row, "during"));
      else {
        this.#rowsWithin.push(row);
        if (this.#rowsWithin.length === MOST_PENDING) this.#rowsWithin = this.#latestOf(this.#rowsWithin);
      }
    }
  }

  /** Ends the current batch. */
  settle(): void {
    for (const row of this.#latestOf(this.#rowsBefore)) insert(this.#before, this.#shown(row, "before"));
    for (const row of this.#latestOf(this.#rowsWithin)) insert(this.#latest, this.#shown(row, "during"));
    for (const kept of [this.#before, this.#latest]) kept.splice(0, Math.max(0, kept.length - nearbyRows));
    this.#rowsBefore = [];
    this.#rowsWithin = [];
    this.#batch = undefined;
  }

  #latestOf(rows: readonly number[]): number[] {
    const { ts } = this.#batch!;
    return rows.toSorted((a, b) => ts[a]! - ts[b]!).slice(-nearbyRows);
  }

  #shown(row: number, place: NearbyConnection["place"]): NearbyConnection {
    return { ...shownConnection(this.#batch!, row), place, flagged: this.#isFlagged(row) };
  }

  context(): IncidentContext {
    const during = [...this.#first, ...this.#latest].sort((a, b) => a.ts - b.ts);
    return {
      nearby: [...this.#before, ...during, ...this.#after],
      during: this.#during,
      habits: this.#habits.habits(),
    };
  }
}

/** Into a list that ascends by start; after its equals. */
function insert(list: NearbyConnection[], connection: NearbyConnection): void {
  let at = list.length;
  while (at > 0 && list[at - 1]!.ts > connection.ts) at--;
  list.splice(at, 0, connection);
}
