import type { Micros } from "../connection.ts";
import { between, chance, exponential, logNormal, pick, size } from "../draw.ts";
import type { Host } from "../network/host.ts";
import { groups, type Peer } from "../network/peer.ts";
import { after, endsWithin, pathWithin, type Scene } from "../scene.ts";
import { ping } from "./icmp.ts";
import { tcp } from "./tcp.ts";
import { refused, unanswered } from "./tcp-attempts.ts";
import { udp } from "./udp.ts";

/** Sets the clock by a server here or out there (NTP). */
export function setClock(scene: Scene, at: Micros, server: Host | Peer): void {
  const { host, random } = scene;
  const here = "role" in server;
  const to = here ? server.v4 : server;
  const seconds = logNormal(random, here ? pathWithin(scene, server).rttSeconds : 0.025, 0.3);
  // Daemons ask from port 123 itself, programs from any.
  const fromPort = host.v4.stack.name === "windows" ? 123 : host.ports.next();
  const answered = !chance(random, 0.01);
  scene.emit(
    udp({
      at,
      from: host.v4,
      fromPort,
      to,
      toPort: 123,
      service: "ntp",
      sent: 48,
      received: answered ? 48 : 0,
      seconds,
    }),
  );
}

/** Renews its address (DHCP), or asks for one as a newcomer. */
export function renewLease(scene: Scene, at: Micros, newcomer: boolean): void {
  const { host, random, network } = scene;
  const length = 300 + random.integer(48);
  const server = network.gateway.v4;
  if (newcomer) {
    scene.emit(
      udp({
        at,
        from: groups.nobody,
        fromPort: 68,
        to: groups.everyone,
        toPort: 67,
        service: "dhcp",
        sent: 2 * length,
        sentPackets: 2,
        seconds: logNormal(random, 0.9, 0.5),
      }),
    );
    return;
  }
  scene.emit(
    udp({
      at,
      from: host.v4,
      fromPort: 68,
      to: server,
      toPort: 67,
      service: "dhcp",
      sent: length,
      received: 300 + random.integer(30),
      seconds: logNormal(random, 0.004, 0.8),
    }),
  );
}

/** Prints: Internet Printing Protocol to a printer here. */
export function print(scene: Scene, at: Micros, printer: Host): void {
  const { host, random } = scene;
  const sent = size(random, 380_000, 1.3, 9000, 2e8);
  scene.emit(
    tcp(
      {
        at,
        from: host.v4,
        fromPort: host.ports.next(),
        to: printer.v4,
        toPort: 631,
        service: "http",
        path: { ...pathWithin(scene, printer), up: 1.5e6 },
        sent,
        received: size(random, 1900, 0.4),
        turns: 4 + random.integer(5),
        idleSeconds: between(random, 0.5, 12),
      },
      random,
    ),
  );
}

/** Reads a device's counters (SNMP). */
export function readCounters(scene: Scene, at: Micros, device: Host): void {
  const { host, random } = scene;
  const requests = 3 + random.integer(3);
  scene.emit(
    udp({
      at,
      from: host.v4,
      fromPort: host.ports.next(),
      to: device.v4,
      toPort: 161,
      service: "snmp",
      sent: requests * 43,
      sentPackets: requests,
      received: requests * (47 + random.integer(12)),
      receivedPackets: requests,
      seconds: requests * logNormal(random, 0.006, 0.4),
    }),
  );
}

/** Asks whether another is there. */
export function checkAlive(scene: Scene, at: Micros, other: Host, count: number): void {
  const { random } = scene;
  const ends = endsWithin(scene, other);
  const answered = chance(random, 0.01) ? random.integer(count) : count;
  scene.emit(ping(at, ends.from, ends.to, pathWithin(scene, other), count, answered, random));
}

/** An administrator's session, or a program's short command (SSH). */
export function remoteShell(scene: Scene, at: Micros, server: Host, minutes: number): void {
  const { host, random } = scene;
  const ends = endsWithin(scene, server);
  const keystrokes = Math.max(4, Math.round(minutes * between(random, 15, 60)));
  scene.emit(
    tcp(
      {
        at,
        ...ends,
        fromPort: host.ports.next(),
        toPort: 22,
        service: "ssh",
        path: pathWithin(scene, server),
        sent: 2100 + keystrokes * 44,
        received: 2600 + size(random, keystrokes * 130, 0.6),
        turns: 10 + keystrokes,
        idleSeconds: minutes * 60,
        first: chance(random, 0.5) ? "responder" : "originator",
        ending: chance(random, 0.92) ? "Ff" : "R",
      },
      random,
    ),
  );
}

/** A great many bytes from one server to another (rsync over SSH, or a backup agent's own port). */
export function copyFiles(scene: Scene, at: Micros, server: Host, bytes: number, port: number): void {
  const { host, random } = scene;
  scene.emit(
    tcp(
      {
        at,
        from: host.v4,
        fromPort: host.ports.next(),
        to: server.v4,
        toPort: port,
        service: port === 22 ? "ssh" : "ssl",
        path: pathWithin(scene, server),
        sent: bytes,
        received: size(random, bytes / 3000, 0.3, 3000),
        turns: 30,
        idleSeconds: exponential(random, 40),
      },
      random,
    ),
  );
}

/** Sends a line to the log collector (syslog). */
export function sendLog(scene: Scene, at: Micros, server: Host): void {
  const { host, random } = scene;
  const lines = 1 + Math.floor(exponential(random, 2));
  scene.emit(
    udp({
      at,
      from: host.v4,
      fromPort: 514,
      to: server.v4,
      toPort: 514,
      service: "syslog",
      sent: lines * (90 + random.integer(90)),
      sentPackets: lines,
      seconds: lines === 1 ? 0 : exponential(random, 12),
    }),
  );
}

/** Tries a machine that is gone: an old printer, a share that was moved. */
export function tryTheGone(scene: Scene, at: Micros, gone: Peer, port: number): void {
  const { host, random } = scene;
  const tries = pick(random, [3, 3, 4, 5] as const);
  scene.emit(
    unanswered({ at, from: host.v4, fromPort: host.ports.next(), to: gone, toPort: port }, tries, random),
  );
}

/** Tries a port that a server here keeps shut; Windows tries three times. */
export function tryTheShut(scene: Scene, at: Micros, server: Host, port: number): void {
  const { host, random } = scene;
  const times = host.v4.stack.name === "windows" ? 3 : 1;
  for (let i = 0; i < times; i++) {
    const start = after(at, i * 0.51);
    scene.emit(
      refused(
        { at: start, from: host.v4, fromPort: host.ports.next(), to: server.v4, toPort: port },
        pathWithin(scene, server).rttSeconds,
        random,
      ),
    );
  }
}
