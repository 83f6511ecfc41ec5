import type { Random } from "../../base/random.ts";
import { MINUTE, SECOND, type Micros } from "../connection.ts";
import { arrivals, type Habit } from "../habits/habit.ts";
import { between, chance, exponential, pick, size, weighted } from "../draw.ts";
import { always, publicHours } from "../habits/rhythm.ts";
import { outsider } from "../network/internet.ts";
import { internetPath, peer, type Peer } from "../network/peer.ts";
import { stacks } from "../network/stack.ts";
import { ping, portUnreachable } from "../protocols/icmp.ts";
import { tcp } from "../protocols/tcp.ts";
import { midstream, probedOpen, refused, unanswered } from "../protocols/tcp-attempts.ts";
import { udp } from "../protocols/udp.ts";
import { after, type Scene } from "../scene.ts";

/** What the internet does to the network: visitors of its web server, and the scanning that never ends. */
export function outside(scene: Scene): readonly Habit[] {
  const { random, pace, network } = scene;
  const visits = Math.min(150, 20 + network.hosts.length * 0.5);
  return [
    arrivals(random, pace, visits, publicHours, (at) => visit(scene, at)),
    arrivals(random, pace, 30, always, (at) => knock(scene, at)),
    arrivals(random, pace, 0.35, always, (at) => lookAround(scene, at)),
    arrivals(random, pace, 0.8, always, (at) => straggler(scene, at)),
  ];
}

/** Someone reads the network's own web pages. */
function visit(scene: Scene, at: Micros): void {
  const { random, network } = scene;
  const stack = pick(random, [stacks.windows, stacks.mac, stacks.linux] as const);
  const from = outsider(random, stack);
  const path = internetPath(between(random, 0.008, 0.22), 0.001);
  let fromPort = anyPort(random, stack.lowestPort, stack.highestPort);
  const connections = 1 + random.integer(3);
  const to = network.webServer.v4;
  const plain = chance(random, 0.15);
  for (let i = 0; i < connections; i++) {
    const turns = 1 + Math.floor(exponential(random, 3));
    const start = after(at, i * between(random, 0.05, 3));
    const ending = weighted(random, [
      [60, "Ff"],
      [24, "fF"],
      [8, "fR"],
      [5, "R"],
      [2, "r"],
      [1, "FRf"],
    ] as const);
    const base = {
      at: start,
      from,
      fromPort,
      to,
      path,
      turns: turns + (plain ? 0 : 2),
      idleSeconds: chance(random, 0.5) ? between(random, 4, 65) : 0.1,
      ending,
    };
    scene.emit(
      plain
        ? tcp(
            {
              ...base,
              toPort: 80,
              service: "http",
              sent: turns * size(random, 380, 0.3, 90),
              received: turns * size(random, 1400, 0.8, 250),
            },
            random,
          )
        : tcp(
            {
              ...base,
              toPort: 443,
              service: "ssl",
              sent: 620 + turns * size(random, 430, 0.3, 90),
              received: 3900 + turns * size(random, 11_000, 1.1, 250),
            },
            random,
          ),
    );
    fromPort = Math.min(65_535, fromPort + 1 + random.integer(2));
  }
}

const background = { kind: "background" } as const;
const knockedAt = [
  22, 23, 23, 80, 443, 445, 2323, 3389, 5060, 5555, 6379, 8080, 8443, 8728, 9200, 1433, 3306, 81, 8000,
];

/** One packet of the scanning that every public address gets. */
function knock(scene: Scene, at: Micros): void {
  const { random } = scene;
  const from = outsider(random, chance(random, 0.75) ? stacks.crafted : stacks.linux);
  probe(
    scene,
    at,
    from,
    publicAddress(random),
    chance(random, 0.7) ? pick(random, knockedAt) : 1 + random.integer(65_535),
  );
}

/** One scanner passes all of the network's public addresses, slowly. */
function lookAround(scene: Scene, at: Micros): void {
  const { random } = scene;
  const from = outsider(random, stacks.crafted);
  const port = pick(random, knockedAt);
  let time = at;
  for (let last = 1; last < 15; last++) {
    if (chance(random, 0.7)) probe(scene, time, from, last, port);
    time += Math.round(exponential(random, 3 * MINUTE)) + SECOND;
  }
}

/** What the firewall does: silence, except at the ports that the two public servers serve. */
function probe(scene: Scene, at: Micros, from: Peer, last: number, port: number): void {
  const { random, network } = scene;
  const server = last === 3 ? network.mailServer : last === 4 ? network.webServer : undefined;
  const to = server?.v4 ?? peer(`203.0.113.${last}`, true, stacks.linux);
  const attempt = { at, from, fromPort: anyPort(random, 1024, 65_535), to, toPort: port };
  const rtt = between(random, 0.01, 0.25);
  if (server === undefined) {
    if (port === 5060) {
      scene.emit(
        udp({ ...attempt, service: undefined, sent: 380 + random.integer(60), seconds: 0 }),
        background,
      );
    } else {
      scene.emit(unanswered(attempt, chance(random, 0.85) ? 1 : 2, random), background);
    }
  } else if (port === 5060) {
    const sent = 380 + random.integer(60);
    scene.emit(udp({ ...attempt, service: undefined, sent, seconds: 0 }), background);
    scene.emit(portUnreachable(after(at, 0.00005), server.v4, from, sent + 28), background);
  } else if (serves(server.role, port)) {
    scene.emit(probedOpen(attempt, rtt, random), background);
  } else if (chance(random, 0.6)) {
    // The sensor stands beside the server: the reset follows at once.
    scene.emit(refused(attempt, 0.00006, random), background);
  } else {
    scene.emit(unanswered(attempt, 1, random), background);
  }
}

function serves(role: string, port: number): boolean {
  return role === "mail-server" ? port === 25 || port === 587 || port === 993 : port === 80 || port === 443;
}

/** Late packets of forgotten connections, and pings from afar. */
function straggler(scene: Scene, at: Micros): void {
  const { random, network } = scene;
  const from = outsider(random);
  const to = network.webServer.v4;
  if (chance(random, 0.5)) {
    const count = 1 + random.integer(4);
    scene.emit(
      ping(at, from, to, internetPath(between(random, 0.01, 0.3)), count, count, random),
      background,
    );
  } else {
    const sent = size(random, 900, 0.8);
    scene.emit(
      midstream(
        { at, from, fromPort: anyPort(random, 1024, 65_535), to, toPort: 443 },
        sent,
        size(random, 3000, 1),
        exponential(random, 20),
      ),
      background,
    );
  }
}

function publicAddress(random: Random): number {
  return 1 + random.integer(14);
}

function anyPort(random: Random, low: number, high: number): number {
  return low + random.integer(high - low + 1);
}
