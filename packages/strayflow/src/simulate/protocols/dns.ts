import type { Micros } from "../connection.ts";
import { between, chance, logNormal, pick, size } from "../draw.ts";
import type { Host } from "../network/host.ts";
import type { Peer } from "../network/peer.ts";
import { after, endsWithin, pathWithin, type Ends, type Scene } from "../scene.ts";
import { udp } from "./udp.ts";

/** Asks the resolver for a name of `nameLength` letters; gives back when the answer is there. */
export function lookUp(scene: Scene, at: Micros, nameLength: number): Micros {
  const { host, random } = scene;
  const resolver = resolverOf(scene);
  if (resolver === host) return after(at, ask(scene, host, at, nameLength));
  const cached = chance(random, 0.62);
  const behind = cached ? 0 : ask(scene, resolver, after(at, 0.0004), nameLength);
  const seconds = logNormal(random, pathWithin(scene, resolver).rttSeconds + 0.0003, 0.4) + behind;
  const ends = endsWithin(scene, resolver);
  const query = nameLength + 18 + (chance(random, 0.5) ? 11 : 0);
  if (chance(random, 0.004)) {
    const tries = 1 + random.integer(3);
    question(scene, at, ends, tries * query, tries, 0, 0, (tries - 1) * between(random, 1, 5));
    return after(at, 5);
  }
  const answer = query + answerBytes(scene);
  if (host.v4.stack.name === "linux" && chance(random, 0.8)) {
    // Its resolver library asks for both kinds of address from one port.
    question(scene, at, ends, 2 * query, 2, answer + query + 28, 2, seconds * 1.3);
    return after(at, seconds * 1.3);
  }
  question(scene, at, ends, query, 1, answer, 1, seconds);
  if (host.v6 !== undefined && chance(random, host.v4.stack.name === "mac" ? 0.9 : 0.55)) {
    const second = query + (chance(random, 0.5) ? 28 + 28 * random.integer(3) : 61);
    const start = after(at, 0.0001 + 0.0002 * random.uniform());
    question(scene, start, ends, query, 1, second, 1, logNormal(random, seconds, 0.3));
  }
  return after(at, seconds);
}

function question(
  scene: Scene,
  at: Micros,
  ends: Ends,
  sent: number,
  sentPackets: number,
  received: number,
  receivedPackets: number,
  seconds: number,
): void {
  const fromPort = scene.host.ports.next();
  const { from, to } = ends;
  const talk = {
    at,
    from,
    fromPort,
    to,
    toPort: 53,
    service: "dns",
    sent,
    sentPackets,
    received,
    receivedPackets,
    seconds,
  };
  scene.emit(udp(talk));
}

/** Most hosts ask the domain controller; phones and things only know the gateway. */
function resolverOf(scene: Scene): Host {
  const { host, network } = scene;
  const simple =
    host.role === "phone" ||
    host.role === "iot" ||
    host.role === "printer" ||
    host.role === "domain-controller";
  return simple ? network.gateway : network.domainController;
}

/** A resolver asks on, at the provider; gives back the seconds that it took. */
function ask(scene: Scene, from: Host, at: Micros, nameLength: number): number {
  const { random, network } = scene;
  const seconds = logNormal(random, chance(random, 0.7) ? 0.008 : 0.045, 0.6);
  const query = nameLength + 18 + 11;
  const answered = !chance(random, 0.006);
  scene.emit(
    udp({
      at,
      from: from.v4,
      fromPort: resolverPort(scene, from),
      to: provider(scene),
      toPort: 53,
      service: "dns",
      sent: query,
      received: answered ? query + answerBytes(scene) + (network.gateway === from ? 0 : 20) : 0,
      seconds,
    }),
  );
  return answered ? seconds : seconds + 1;
}

function provider(scene: Scene): Peer {
  const { resolvers } = scene.network.internet;
  return scene.random.uniform() < 0.85 ? resolvers[0]! : pick(scene.random, resolvers);
}

/** Resolvers hide behind random ports whatever their system's habit is. */
function resolverPort(scene: Scene, from: Host): number {
  const { lowestPort, highestPort } = from.v4.stack;
  return lowestPort + scene.random.integer(highestPort - lowestPort + 1);
}

function answerBytes(scene: Scene): number {
  const { random } = scene;
  return chance(random, 0.08) ? 61 + random.integer(40) : size(random, 64, 0.7, 16, 1100);
}
