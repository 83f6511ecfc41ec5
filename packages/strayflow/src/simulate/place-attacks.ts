import { permutation, type Random } from "../base/random.ts";
import { unreachable } from "../base/errors.ts";
import { MINUTE, type Micros, type SimulatedConnection } from "./connection.ts";
import { chance, pick } from "./draw.ts";
import type { AttackKind } from "./attacks/attacks.ts";
import { plantAttack, strengthParameters, type PlantOptions } from "./attacks/plant-attack.ts";
import type { Host } from "./network/host.ts";
import { outsideAddress } from "./network/internet.ts";
import type { Network } from "./network/network.ts";
import type { StackName } from "./network/stack.ts";
import type { AttackRequest } from "./options.ts";
import type { Plan } from "./plan.ts";

/** An attack that has found its place in a simulation. */
export interface PlacedAttack extends AttackRequest {
  /** From 1, in the order of the request. */
  readonly id: number;
  readonly source: string;
  readonly targets: readonly string[];
  /** It begins when this share of the simulation (of its rows, or else of its time) is over. */
  readonly due: number;
  readonly parameters: Readonly<Record<string, number>>;
  /** Its connections, the first beginning at `start`, none ending after `until`. */
  plant(start: Micros, until: Micros): SimulatedConnection[];
}

/** Attacks begin between these shares of the simulation: what is before is clean, and there is time for the slow ones. */
const earliest = 0.6;
const latest = 0.75;

/** Gives every requested attack its turn, an attacker and targets in the network. */
export function placeAttacks(plan: Plan, network: Network, random: Random): readonly PlacedAttack[] {
  const { attacks, seed } = plan;
  // A different one for each, while there are enough of them.
  const insiders = permutation(network.clients.length, random);
  return attacks.map((request, index) => {
    const draw = random.fork(`attack ${index}`);
    const due = earliest + ((latest - earliest) * (index + draw.uniform())) / attacks.length;
    const delay = draw.integer(MINUTE);
    const place = {
      ...placeOf(request.kind, network, network.clients[insiders[index % insiders.length]!]!, draw),
      seed: `${seed}/${index}`,
      strength: request.strength,
      isLocal: (address: string) => isInside(address),
      id: index + 1,
    };
    return {
      ...request,
      id: index + 1,
      source: place.source,
      targets: place.targets,
      due,
      parameters: { ...strengthParameters(request.kind, request.strength) },
      plant: (start, until) => plantAttack(request.kind, { ...place, start: start + delay, until }),
    };
  });
}

type Place = Pick<PlantOptions<AttackKind>, "source" | "targets" | "sourceStack" | "targetStack" | "isOpen">;

/** Who does it to whom: what such an attack usually has in a network like this. */
function placeOf(kind: AttackKind, network: Network, insider: Host, random: Random): Place {
  const inside = { source: insider.v4.address, sourceStack: stackOf(insider) };
  const isOpen = (address: string, port: number) => serves(network, address, port);
  switch (kind) {
    case "port-scan":
      return {
        ...inside,
        targets: [pick(random, [network.fileServer, network.domainController]).v4.address],
        targetStack: "windows",
        isOpen,
      };
    case "host-sweep": {
      const hosts = network.hosts.filter((host) => host !== insider).map((host) => host.v4.address);
      const subnet = insider.v4.address.slice(0, insider.v4.address.lastIndexOf(".") + 1);
      hosts.sort((a, b) => Number(b.startsWith(subnet)) - Number(a.startsWith(subnet)));
      return { ...inside, targets: atLeastOne(hosts), targetStack: "windows", isOpen };
    }
    case "ssh-brute-force":
      return {
        source: outsideAddress(random),
        sourceStack: "linux",
        targets: [network.webServer.v4.address],
      };
    case "beacon":
    case "exfiltration":
      return { ...inside, targets: [outsideAddress(random)] };
    case "syn-flood":
      return {
        source: outsideAddress(random),
        sourceStack: chance(random, 0.5) ? "crafted" : "linux",
        targets: [network.webServer.v4.address],
        isOpen,
      };
    case "lateral-movement": {
      const others = network.clients.filter((host) => host !== insider).map((host) => host.v4.address);
      const order = Array.from(permutation(others.length, random), (i) => others[i]!);
      return { ...inside, targets: atLeastOne(order), targetStack: "windows" };
    }
    case "dns-tunnel":
      return {
        ...inside,
        targets: [network.domainController.v4.address, network.internet.resolvers[0]!.address],
        targetStack: "windows",
      };
    default:
      return unreachable(kind);
  }
}

/** The smallest network has more than one client and more than one host. */
function atLeastOne(list: readonly string[]): readonly [string, ...string[]] {
  return [list[0]!, ...list.slice(1)];
}

function stackOf(host: Host): StackName {
  const { name } = host.v4.stack;
  return name === "mac" || name === "linux" ? name : "windows";
}

function serves(network: Network, address: string, port: number): boolean {
  const host = network.hosts.find((other) => other.v4.address === address);
  if (host === undefined) return false;
  switch (host.role) {
    case "domain-controller":
      return [53, 88, 135, 139, 389, 445, 464, 593, 636, 3268].includes(port);
    case "file-server":
      return [135, 139, 445, 3389, 5985].includes(port);
    case "mail-server":
      return [25, 587, 993].includes(port);
    case "web-server":
      return [22, 80, 443].includes(port);
    case "gateway":
    case "backup-server":
      return [22, 53, 443].includes(port);
    case "printer":
      return [80, 443, 515, 631, 9100].includes(port);
    default:
      return host.v4.stack.name === "windows" && [135, 445].includes(port);
  }
}

function isInside(address: string): boolean {
  return (
    address.startsWith("10.20.") ||
    address.startsWith("192.168.4") ||
    /^203\.0\.113\.(\d|1[0-5])$/.test(address)
  );
}
