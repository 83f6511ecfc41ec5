import { hashText, seededRandom } from "../../base/random.ts";
import { byEnd, endMicros, logged, type Micros, type SimulatedConnection } from "../connection.ts";
import { internetPath, lanPath, peer, portSource, type Path, type Peer } from "../network/peer.ts";
import { stacks, type StackName } from "../network/stack.ts";
import { connectionUid } from "../uid.ts";
import type { StrengthLevel } from "./attack.ts";
import { attacks, type AttackKind, type AttackParameters } from "./attacks.ts";

/** A level, or numbers of one's own over those of `medium`. */
export type Strength<Kind extends AttackKind> = StrengthLevel | Partial<AttackParameters[Kind]>;

/** Where an attack is planted, and how strong it is. */
export interface PlantOptions<Kind extends AttackKind> {
  readonly seed: number | string;
  readonly strength?: Strength<Kind> | undefined;
  /** When its first connection begins. */
  readonly start: Micros;
  /** Connections that end later are left out. */
  readonly until?: Micros | undefined;
  /** Address of the attacker; for a SYN flood, of one of them. */
  readonly source: string;
  /**
   * Addresses that it is aimed at, at least one: the scanned host; the hosts that exist in a sweep; the SSH server; the
   * controller of a beacon; where data are sent to; the flooded server; the machines to move to; the resolver of a
   * DNS tunnel, and the one that it asks in turn if that is seen too.
   */
  readonly targets: readonly [string, ...string[]];
  readonly sourceStack?: StackName | undefined;
  readonly targetStack?: StackName | undefined;
  /** Round trip; without it, that of a switched network or of the internet, as the addresses say. */
  readonly rttSeconds?: number | undefined;
  /** What `local_orig` and `local_resp` will say; without it, private addresses are local. */
  readonly isLocal?: ((address: string) => boolean) | undefined;
  /** Whether a port of a target is served; without it, some of the usual ones are, depending on the address. */
  readonly isOpen?: ((address: string, port: number) => boolean) | undefined;
  /** Number of this attack among those planted in one log. */
  readonly id?: number | undefined;
}

/** The numbers behind a strength. */
export function strengthParameters<Kind extends AttackKind>(
  kind: Kind,
  strength: Strength<Kind> = "medium",
): Readonly<AttackParameters[Kind]> {
  const { levels } = attacks[kind];
  return typeof strength === "string" ? levels[strength] : { ...levels.medium, ...strength };
}

/**
 * The connections of one attack, in the log's order, built like any other: for planting into a simulated log or into
 * somebody's own traffic. The same options give the same connections, uids included.
 */
export function plantAttack<Kind extends AttackKind>(
  kind: Kind,
  options: PlantOptions<Kind>,
): SimulatedConnection[] {
  const random = seededRandom(`${options.seed}/plant ${kind}`);
  const isLocal = options.isLocal ?? isPrivate;
  const isOpen = options.isOpen ?? usuallyOpen;
  const sourceStack = stacks[options.sourceStack ?? usualStack(kind, isLocal(options.source))];
  const targetStack = stacks[options.targetStack ?? "linux"];
  const source = peer(options.source, isLocal(options.source), sourceStack);
  const makePeer = (address: string) => peer(address, isLocal(address), targetStack);
  const targets = options.targets.map(makePeer);
  const scene = {
    random,
    start: options.start,
    source,
    ports: portSource(sourceStack, random.fork("ports")),
    targets,
    path: pathBetween(source, targets[0]!, options.rttSeconds),
    peer: makePeer,
    isOpen: (target: Peer, port: number) => isOpen(target.address, port),
  };
  const flows = attacks[kind].plant(scene, strengthParameters(kind, options.strength));
  const origin = { kind: "attack", attack: kind, id: options.id ?? 1 } as const;
  const uids = random.fork("uids");
  const until = options.until ?? Number.POSITIVE_INFINITY;
  return flows
    .filter((flow) => endMicros(flow) <= until)
    .sort(byEnd)
    .map((flow) => logged(flow, connectionUid(uids), origin));
}

/** Who logs in needs a whole TCP; who only knocks from outside mostly crafts packets. */
function usualStack(kind: AttackKind, local: boolean): StackName {
  if (local) return "windows";
  return kind === "port-scan" || kind === "host-sweep" || kind === "syn-flood" ? "crafted" : "linux";
}

function pathBetween(source: Peer, target: Peer, rttSeconds: number | undefined): Path {
  const near = source.local && target.local;
  const usual = near ? lanPath : internetPath(0.045);
  return rttSeconds === undefined ? usual : { ...usual, rttSeconds };
}

/** RFC 1918, RFC 4193 and link-local addresses. */
function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|f[cd]|fe[89ab])/i.test(address);
}

function usuallyOpen(address: string, port: number): boolean {
  const served = [22, 80, 135, 139, 443, 445, 3389].includes(port) ? 0.4 : 0.004;
  return hashText(`${address} ${port}`) / 2 ** 32 < served;
}
