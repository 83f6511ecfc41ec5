import type { Random } from "../../base/random.ts";
import { chance, pick, popular } from "../draw.ts";
import { makeHost, quirks, type Host, type HostPlace, type Role } from "./host.ts";
import { inventInternet, type Internet } from "./internet.ts";
import type { StackName } from "./stack.ts";

/** The smallest network that has every role. */
export const fewestHosts = 10;

/** More would not fit its address plan. */
export const mostHosts = 10_000;

/** The invented network: who is there, and the world that it talks to. */
export interface Network {
  readonly hosts: readonly Host[];
  readonly gateway: Host;
  readonly domainController: Host;
  readonly fileServer: Host;
  readonly mailServer: Host;
  readonly webServer: Host;
  readonly backupServer: Host;
  readonly printers: readonly Host[];
  /** People's own machines. */
  readonly clients: readonly Host[];
  readonly internet: Internet;
}

/** Local networks, as the sensor's configuration lists them. */
export const localNetworks = [
  "10.20.0.0/16",
  "192.168.40.0/21",
  "203.0.113.0/28",
  "2001:db8:20::/48",
  "fe80::/10",
];

const servers: readonly Omit<HostPlace, "number">[] = [
  { role: "gateway", address: "10.20.0.1", stack: "linux", wireless: false, vlan: 10 },
  { role: "domain-controller", address: "10.20.0.10", stack: "windows", wireless: false, vlan: 10 },
  { role: "file-server", address: "10.20.0.20", stack: "windows", wireless: false, vlan: 10 },
  { role: "mail-server", address: "203.0.113.3", stack: "linux", wireless: false, vlan: 30 },
  { role: "web-server", address: "203.0.113.4", stack: "linux", wireless: false, vlan: 30 },
  { role: "backup-server", address: "10.20.0.40", stack: "linux", wireless: false, vlan: undefined },
];

/** A network of `count` hosts (at least `fewestHosts`, at most `mostHosts`): the servers, then people and things. */
export function inventNetwork(count: number, random: Random): Network {
  const internet = inventInternet(random.fork("internet"), Math.min(4000, 250 + count * 3));
  const hosts = servers.map((place, i) => makeHost({ ...place, number: 1 }, random.fork(`host ${i}`)));
  const numbers = new Map<Role, number>();
  for (let i = servers.length; i < count; i++) {
    const draw = random.fork(`host ${i}`);
    const role = roleOf(i - servers.length);
    const number = (numbers.get(role) ?? 0) + 1;
    numbers.set(role, number);
    hosts.push(makeHost(placeOf(role, number, draw), draw));
  }
  for (const host of hosts) {
    for (let i = 0; i < 14; i++) {
      host.favourites.push(internet.sites[popular(host.random, internet.sites.length)]!);
    }
  }
  const [gateway, domainController, fileServer, mailServer, webServer, backupServer] = hosts as [
    Host,
    Host,
    Host,
    Host,
    Host,
    Host,
  ];
  return {
    hosts,
    gateway,
    domainController,
    fileServer,
    mailServer,
    webServer,
    backupServer,
    printers: hosts.filter((host) => host.role === "printer"),
    clients: hosts.filter((host) => host.role === "workstation" || host.role === "laptop"),
    internet,
  };
}

/** In every 20: nine workstations, five laptops, three phones, a printer and two things; all kinds among the first four. */
function roleOf(index: number): Role {
  const cycle: readonly Role[] = [
    "workstation", "laptop", "printer", "phone",
    "workstation", "laptop", "workstation", "iot",
    "workstation", "workstation", "laptop", "phone",
    "workstation", "workstation", "laptop", "iot",
    "workstation", "phone", "workstation", "laptop",
  ]; // prettier-ignore
  return cycle[index % cycle.length]!;
}

function placeOf(role: Role, number: number, random: Random): HostPlace {
  const quirk = chance(random, 0.22) ? pick(random, quirks) : undefined;
  switch (role) {
    case "workstation":
      return {
        role,
        number,
        address: `10.20.${16 + block(number)}.${low(number)}`,
        stack: client(random),
        wireless: false,
        vlan: 20,
        quirk,
      };
    case "laptop":
      return {
        role,
        number,
        address: `10.20.${96 + block(number)}.${low(number)}`,
        stack: client(random),
        wireless: true,
        vlan: 21,
        quirk,
      };
    case "phone":
      return {
        role,
        number,
        address: `10.20.${160 + block(number)}.${low(number)}`,
        stack: chance(random, 0.5) ? "mac" : "linux",
        wireless: true,
        vlan: 22,
      };
    case "printer":
      return {
        role,
        number,
        address: `192.168.${40 + block(number)}.${low(number)}`,
        stack: "embedded",
        wireless: false,
        vlan: undefined,
      };
    default:
      return {
        role,
        number,
        address: `192.168.${43 + block(number)}.${low(number)}`,
        stack: chance(random, 0.5) ? "embedded" : "linux",
        wireless: true,
        vlan: undefined,
      };
  }
}

function client(random: Random): StackName {
  const draw = random.uniform();
  return draw < 0.72 ? "windows" : draw < 0.9 ? "mac" : "linux";
}

function block(number: number): number {
  return Math.floor((number - 1) / 230);
}

function low(number: number): number {
  return 20 + ((number - 1) % 230);
}
