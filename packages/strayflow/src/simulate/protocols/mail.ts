import type { Micros } from "../connection.ts";
import { between, chance, pick, size } from "../draw.ts";
import { outsider } from "../network/internet.ts";
import { internetPath } from "../network/peer.ts";
import { stacks } from "../network/stack.ts";
import { endsWithin, pathWithin, type Scene } from "../scene.ts";
import { lookUp } from "./dns.ts";
import { tcp } from "./tcp.ts";

/** A mail program looks for new mail over IMAP, encrypted from the first byte. */
export function fetchMail(scene: Scene, at: Micros): void {
  const { random, host } = scene;
  const server = scene.network.mailServer;
  const ends = endsWithin(scene, server);
  const news = chance(random, 0.3) ? size(random, 45_000, 1.5, 2000, 4e7) : 0;
  const talk = {
    at,
    ...ends,
    fromPort: host.ports.next(),
    toPort: 993,
    service: "ssl",
    path: pathWithin(scene, server),
  } as const;
  const idleSeconds = chance(random, 0.12) ? between(random, 600, 1740) : 0;
  const ending = idleSeconds > 0 && chance(random, 0.3) ? "fR" : "Ff";
  scene.emit(
    tcp(
      {
        ...talk,
        sent: size(random, 1250, 0.12),
        received: size(random, 4300, 0.08) + news,
        turns: 7,
        idleSeconds,
        ending,
      },
      random,
    ),
  );
}

/** A mail program hands a message to the server (submission, STARTTLS). */
export function submitMail(scene: Scene, at: Micros): void {
  const { random, host } = scene;
  const server = scene.network.mailServer;
  const ends = endsWithin(scene, server);
  const sent = size(random, 9000, 1.3, 1500, 2.5e7);
  scene.emit(
    tcp(
      {
        at,
        ...ends,
        fromPort: host.ports.next(),
        toPort: 587,
        service: "smtp,ssl",
        path: pathWithin(scene, server),
        sent,
        received: size(random, 4700, 0.05),
        turns: 9,
        first: "responder",
      },
      random,
    ),
  );
}

/** The mail server delivers a message to another network's. */
export function deliverMail(scene: Scene, at: Micros): void {
  const { random, host, network } = scene;
  const start = lookUp(scene, lookUp(scene, at, 14), 18);
  const to = chance(random, 0.85) ? pick(random, network.internet.mailServers) : outsider(random);
  const path = internetPath(between(random, 0.01, 0.12));
  scene.emit(
    tcp(
      {
        at: start,
        from: host.v4,
        fromPort: host.ports.next(),
        to,
        toPort: 25,
        service: chance(random, 0.85) ? "smtp,ssl" : "smtp",
        path,
        sent: size(random, 14_000, 1.3, 1200, 2.5e7),
        received: size(random, 3900, 0.2, 400),
        turns: 8,
        idleSeconds: between(random, 0.1, 2.5),
        first: "responder",
        ending: chance(random, 0.8) ? "Ff" : "fF",
      },
      random,
    ),
  );
}

/** Another network's mail server delivers a message to ours, which looks its sender up. */
export function receiveMail(scene: Scene, at: Micros): void {
  const { random, host, network } = scene;
  const from = chance(random, 0.6) ? pick(random, network.internet.mailServers) : outsider(random);
  const wanted = chance(random, 0.8);
  lookUp(scene, at, 25);
  if (chance(random, 0.5)) lookUp(scene, at, 42);
  const { lowestPort, highestPort } = stacks.linux;
  scene.emit(
    tcp(
      {
        at,
        from,
        fromPort: lowestPort + random.integer(highestPort - lowestPort),
        to: host.v4,
        toPort: 25,
        service: wanted ? "smtp,ssl" : "smtp",
        path: internetPath(between(random, 0.01, 0.2)),
        sent: wanted ? size(random, 16_000, 1.4, 1200, 2.5e7) : size(random, 140, 0.3, 40),
        received: wanted ? size(random, 4100, 0.1, 400) : size(random, 380, 0.2, 100),
        turns: wanted ? 8 : 3,
        idleSeconds: between(random, 0.1, 4),
        first: "responder",
        ending: wanted ? "Ff" : "fF",
      },
      random,
    ),
  );
}
