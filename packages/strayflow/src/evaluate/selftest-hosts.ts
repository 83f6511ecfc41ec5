import type { Random } from "../base/random.ts";
import { addressClass, LINK_LOCAL, PRIVATE, PUBLIC } from "../features/connection/address-class.ts";
import { formatAddress, parseAddress, type Batch } from "../zeek/index.ts";
import { hostName } from "./host-name.ts";

/** What the traffic says of one host. */
export interface SurveyedHost {
  readonly address: string;
  /** Of this network, as far as the log or the address says. */
  readonly isLocal: boolean;
  /** Connections that it opened and that were opened to it. */
  readonly opened: number;
  readonly received: number;
  /** TCP ports on which it answered. */
  readonly serves: ReadonlySet<number>;
}

/** The hosts of some traffic, most active first. */
export interface HostSurvey {
  readonly hosts: readonly SurveyedHost[];
  /** The responder that most DNS queries went to. */
  readonly resolver: string | undefined;
  isLocal(address: string): boolean;
  serves(address: string, port: number): boolean;
  /** An address that does not occur, in the neighbourhood of a public one that does: as far away, and as ordinary. */
  unseenOutside(random: Random, v6?: boolean): string;
}

/** Hosts that are remembered by name; in a flood of strangers the later ones are not worth it. */
const MOST_HOSTS = 100_000;
/** Connection states in which the responder took part. */
const ANSWERED = new Set(["SF", "S1", "S2", "S3", "RSTO", "RSTR"]);
/** A host in at least this share of the rows is what the sensor watches, whatever its address. */
const WATCHED_SHARE = 0.3;

const MOST_ATTEMPTS = 1000;
const MOST_PORTS = 64;

interface Tally {
  readonly address: string;
  readonly kind: number;
  opened: number;
  received: number;
  answered: number;
  dns: number;
  flaggedLocal: number;
  flaggedRemote: number;
  readonly serves: Set<number>;
}

export function surveyHosts(batches: Iterable<Batch>): HostSurvey {
  const tallies = new Map<string | number, Tally>();
  let rows = 0;
  const tallyOf = (words: Uint32Array, row: number): Tally | undefined => {
    const name = hostName(words, row);
    const known = tallies.get(name);
    if (known !== undefined || tallies.size >= MOST_HOSTS) return known;
    const made: Tally = {
      address: formatAddress(words, row),
      kind: addressClass(words, 4 * row),
      opened: 0,
      received: 0,
      answered: 0,
      dns: 0,
      flaggedLocal: 0,
      flaggedRemote: 0,
      serves: new Set(),
    };
    tallies.set(name, made);
    return made;
  };
  for (const batch of batches) {
    const { orig_h, resp_h, resp_p, local_orig, local_resp, proto, conn_state, service } = batch;
    rows += batch.rows;
    for (let row = 0; row < batch.rows; row++) {
      const from = tallyOf(orig_h, row);
      const to = tallyOf(resp_h, row);
      if (from !== undefined) {
        from.opened++;
        if (local_orig[row] === 1) from.flaggedLocal++;
        else if (local_orig[row] === 0) from.flaggedRemote++;
      }
      if (to === undefined) continue;
      to.received++;
      if (local_resp[row] === 1) to.flaggedLocal++;
      else if (local_resp[row] === 0) to.flaggedRemote++;
      if (resp_p[row] === 53 && service.values[service.codes[row]!] === "dns") to.dns++;
      if (!ANSWERED.has(conn_state.values[conn_state.codes[row]!]!)) continue;
      to.answered++;
      const isTcp = proto.values[proto.codes[row]!] === "tcp";
      if (isTcp && to.serves.size < MOST_PORTS) to.serves.add(resp_p[row]!);
    }
  }
  return surveyOf([...tallies.values()].filter(isHost), rows);
}

/**
 * Groups and broadcasts open no connections and are nobody's target, and who only ever is called without an answer may
 * not exist. Link-local addresses are second names of hosts that have others.
 */
function isHost({ kind, opened, answered }: Tally): boolean {
  return (kind === PRIVATE || kind === PUBLIC) && (opened > 0 || answered > 0);
}

function surveyOf(tallies: readonly Tally[], rows: number): HostSurvey {
  const hosts = tallies
    .map((tally) => ({ ...tally, isLocal: isLocalHost(tally, rows) }))
    .sort((a, b) => b.opened + b.received - (a.opened + a.received) || (a.address < b.address ? -1 : 1));
  const byAddress = new Map(hosts.map((host) => [host.address, host]));
  const resolver = hosts.toSorted((a, b) => b.dns - a.dns)[0];
  const strangers = hosts.filter(({ kind, isLocal }) => kind === PUBLIC && !isLocal);
  const strangers6 = strangers.filter(({ address }) => address.includes(":"));
  const strangers4 = strangers.filter(({ address }) => !address.includes(":"));
  return {
    hosts,
    resolver: resolver !== undefined && resolver.dns > 0 ? resolver.address : undefined,
    isLocal: (address) => byAddress.get(address)?.isLocal ?? isPrivate(address),
    serves: (address, port) => byAddress.get(address)?.serves.has(port) === true,
    unseenOutside(random, v6 = false) {
      const outside = v6 ? strangers6 : strangers4;
      for (let attempt = 0; ; attempt++) {
        const near =
          outside[random.integer(Math.max(1, outside.length))]?.address ??
          (v6 ? "2001:db8::1" : "203.0.113.1");
        const address = v6 ? neighbour6(near, random) : neighbour4(near, random);
        if (!byAddress.has(address) || attempt === MOST_ATTEMPTS) return address;
      }
    },
  };
}

/** The same /16. */
function neighbour4(address: string, random: Random): string {
  const [first, second] = address.split(".");
  return `${first}.${second}.${random.integer(256)}.${1 + random.integer(254)}`;
}

/** All but the last group. */
function neighbour6(address: string, random: Random): string {
  return address.slice(0, address.lastIndexOf(":") + 1) + (1 + random.integer(0xffff)).toString(16);
}

function isLocalHost({ kind, flaggedLocal, flaggedRemote, opened, received }: Tally, rows: number): boolean {
  if (flaggedLocal + flaggedRemote > 0) return flaggedLocal > flaggedRemote;
  return kind === PRIVATE || opened + received >= rows * WATCHED_SHARE;
}

function isPrivate(address: string): boolean {
  const words = parseAddress(address);
  return words !== undefined && [PRIVATE, LINK_LOCAL].includes(addressClass(words, 0));
}
