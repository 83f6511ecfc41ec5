import type { Micros } from "../connection.ts";
import { between, chance, exponential, pick, size, weighted } from "../draw.ts";
import { someSite, type Site } from "../network/internet.ts";
import { after, pathOutside, type Ends, type Scene } from "../scene.ts";
import { lookUp } from "./dns.ts";
import { tcp, type TcpEnding } from "./tcp.ts";
import { unanswered } from "./tcp-attempts.ts";
import { udp } from "./udp.ts";

/** What goes over one web connection. */
export interface Transfer {
  readonly sent: number;
  readonly received: number;
  readonly turns: number;
  /** Kept open without use. */
  readonly idleSeconds: number;
}

/** Someone reads `pages` pages, one after another. */
export function browse(scene: Scene, at: Micros, pages: number): void {
  const { random } = scene;
  let time = at;
  let site = usualSite(scene);
  for (let page = 0; page < pages; page++) {
    openPage(scene, time, site);
    time = after(time, Math.min(900, 4 + exponential(random, 45)));
    if (chance(random, 0.45)) site = usualSite(scene);
  }
}

/** A program fetches something small, or reports. */
export function callService(scene: Scene, at: Micros, site: Site, sent: number, received: number): void {
  const { random } = scene;
  const start = chance(random, 0.5) ? lookUp(scene, at, site.name) : at;
  const idleSeconds = chance(random, 0.3) ? between(random, 5, 70) : 0;
  fetch(scene, start, site, {
    sent: size(random, sent, 0.15, 90),
    received: size(random, received, 0.3, 120),
    turns: 3,
    idleSeconds,
  });
}

/** One connection to a site, by the protocol that it and the draw prefer. */
export function fetch(scene: Scene, at: Micros, site: Site, transfer: Transfer): void {
  const { host, random } = scene;
  const ends = endsOutside(scene, site);
  const path = pathOutside(scene, site.path);
  const fromPort = host.ports.next();
  if (chance(random, 0.006)) {
    scene.emit(unanswered({ at, ...ends, fromPort, toPort: 443 }, wholeTries(scene), random));
    return;
  }
  if (site.quic && host.v4.stack.name !== "embedded" && chance(random, 0.55)) {
    // First flights are padded to 1,200 bytes.
    const sent = transfer.sent + 2400;
    const received = transfer.received + 3600;
    const receivedPackets = Math.ceil(received / between(random, 1000, 1250));
    const sentPackets = Math.max(
      Math.ceil(sent / 1200),
      3 + Math.round(receivedPackets * between(random, 0.25, 0.5)),
    );
    const seconds =
      path.rttSeconds * (2 + transfer.turns) +
      received / path.down +
      sent / path.up +
      Math.min(transfer.idleSeconds, 30);
    scene.emit(
      udp({
        at,
        from: ends.from,
        to: ends.to,
        fromPort,
        toPort: 443,
        service: "quic,ssl",
        sent: sent + sentPackets * 28,
        sentPackets,
        received: received + receivedPackets * 25,
        receivedPackets,
        seconds,
      }),
    );
    return;
  }
  const plain = chance(random, site.plain);
  scene.emit(
    tcp(
      {
        at,
        from: ends.from,
        to: ends.to,
        fromPort,
        toPort: plain ? 80 : 443,
        service: plain ? "http" : "ssl",
        path,
        sent: transfer.sent + (plain ? 0 : 620),
        received: transfer.received + (plain ? 180 : 3900),
        turns: transfer.turns + (plain ? 0 : 2),
        idleSeconds: transfer.idleSeconds,
        ending: webEnding(scene, transfer),
      },
      random,
    ),
  );
}

/** IPv6 where both ends have it: browsers prefer it. */
function endsOutside(scene: Scene, site: Site): Ends {
  const { host, random } = scene;
  if (host.v6 !== undefined && site.addresses6.length > 0 && chance(random, 0.6)) {
    return { from: host.v6, to: pick(random, site.addresses6) };
  }
  return { from: host.v4, to: pick(random, site.addresses) };
}

function usualSite(scene: Scene): Site {
  const { host, random, network } = scene;
  return chance(random, 0.6) ? pick(random, host.favourites) : someSite(network.internet, random);
}

/** The page itself, and what it brings along from other places. */
function openPage(scene: Scene, at: Micros, site: Site): void {
  const { random, network } = scene;
  const ready = chance(random, 0.7) ? lookUp(scene, at, site.name) : at;
  fetch(scene, ready, site, pageTransfer(scene, site));
  const parts = random.integer(5);
  for (let i = 0; i < parts; i++) {
    const other = chance(random, 0.35) ? site : someSite(network.internet, random);
    const start = after(ready, between(random, 0.08, 1.6));
    const resolved = other !== site && chance(random, 0.6) ? lookUp(scene, start, other.name) : start;
    fetch(scene, resolved, other, pageTransfer(scene, other));
  }
}

function pageTransfer(scene: Scene, site: Site): Transfer {
  const { random } = scene;
  const turns = 1 + Math.floor(exponential(random, 3));
  return {
    sent:
      size(random, 420, 0.35, 150) * turns +
      (chance(random, 0.02) ? size(random, 90_000, 1.4, 2000, 6e7) : 0),
    received: chance(random, 0.015)
      ? size(random, 6e6, 1.3, 1e5, 9e8)
      : size(random, site.answer, 1.1, 150, 5e7),
    turns,
    idleSeconds: chance(random, 0.55) ? Math.min(240, 2 + exponential(random, 50)) : exponential(random, 0.4),
  };
}

/** How web connections end, by weight. */
const webEndings: readonly (readonly [number, TcpEnding])[] = [
  [60, "Ff"],
  [14, "fF"],
  [8, "FRf"],
  [4, "FfR"],
  [5, "R"],
  [3, "FR"],
  [3, "fR"],
  [1.5, "r"],
  [1, "Fr"],
  [0.4, "F"],
  [0.2, "f"],
];

function webEnding(scene: Scene, transfer: Transfer): TcpEnding {
  if (transfer.idleSeconds > 100 && chance(scene.random, 0.1)) return "open";
  return weighted(scene.random, webEndings);
}

function wholeTries(scene: Scene): number {
  return 1 + scene.random.integer(5);
}
