import type { Micros } from "../connection.ts";
import { between, chance, exponential, size } from "../draw.ts";
import type { Host } from "../network/host.ts";
import { after, endsWithin, pathWithin, type Scene } from "../scene.ts";
import { tcp } from "./tcp.ts";
import { udp } from "./udp.ts";

/** A Windows machine signs its user in: tickets, directory, policy share. */
export function signIn(scene: Scene, at: Micros): void {
  const { random } = scene;
  let time = at;
  const tickets = 2 + random.integer(3);
  for (let i = 0; i < tickets; i++) time = getTicket(scene, time);
  findController(scene, at);
  askDirectory(scene, time);
  openShare(
    scene,
    after(time, 0.2),
    scene.network.domainController,
    size(random, 9000, 0.5),
    size(random, 30_000, 0.7),
  );
}

/** A Kerberos exchange over TCP; the server resets what the client has closed. Gives back when it is over. */
export function getTicket(scene: Scene, at: Micros): Micros {
  const { random, host, network } = scene;
  const server = network.domainController;
  const initial = chance(random, 0.35);
  const flow = tcp(
    {
      at,
      ...endsWithin(scene, server),
      fromPort: host.ports.next(),
      toPort: 88,
      service: "krb_tcp",
      path: pathWithin(scene, server),
      sent: initial ? 230 + random.integer(110) : size(random, 1500, 0.1),
      received: initial && chance(random, 0.5) ? 180 + random.integer(40) : size(random, 1560, 0.06),
      turns: 1,
      idleSeconds: exponential(random, 0.002),
      ending: "Fr",
      piggyback: true,
    },
    random,
  );
  scene.emit(flow);
  return after(flow.startMicros + (flow.durationMicros ?? 0), 0.002 + exponential(random, 0.05));
}

/** "Which controller is near me?": LDAP in a datagram. */
export function findController(scene: Scene, at: Micros): void {
  const { random, host, network } = scene;
  const to = network.domainController.v4;
  scene.emit(
    udp({
      at,
      from: host.v4,
      fromPort: host.ports.next(),
      to,
      toPort: 389,
      service: "ldap_udp",
      sent: 180 + random.integer(60),
      received: 170 + random.integer(30),
      seconds: 0.0003 + exponential(random, 0.0006),
    }),
  );
}

/** Group policy and the like ask the directory. */
export function askDirectory(scene: Scene, at: Micros): void {
  const { random, host, network } = scene;
  const server = network.domainController;
  scene.emit(
    tcp(
      {
        at,
        ...endsWithin(scene, server),
        fromPort: host.ports.next(),
        toPort: 389,
        service: "ldap_tcp,gssapi",
        path: pathWithin(scene, server),
        sent: size(random, 3400, 0.35),
        received: size(random, 7800, 0.8),
        turns: 4 + random.integer(6),
        idleSeconds: chance(random, 0.3) ? between(random, 20, 120) : exponential(random, 0.3),
        ending: chance(random, 0.7) ? "Ff" : "R",
        piggyback: true,
      },
      random,
    ),
  );
}

/** A file share is used: `written` bytes to it, `read` from it. */
export function openShare(scene: Scene, at: Micros, server: Host, written: number, read: number): void {
  const { random, host } = scene;
  const ntlm = host.quirk === "legacy" || host.v4.stack.name !== "windows";
  scene.emit(
    tcp(
      {
        at,
        ...endsWithin(scene, server),
        fromPort: host.ports.next(),
        toPort: 445,
        service: ntlm ? "gssapi,smb,ntlm" : "gssapi,smb,krb",
        path: pathWithin(scene, server),
        sent: 3900 + written,
        received: 1650 + read,
        turns: 8 + Math.ceil((written + read) / 65_536),
        idleSeconds: chance(random, 0.8) ? between(random, 9.9, 11.2) : between(random, 60, 1500),
        ending: chance(random, 0.75) ? "R" : "Ff",
        piggyback: true,
      },
      random,
    ),
  );
}

/** Remote procedure calls: the endpoint mapper, then the port that it named. */
export function callProcedure(scene: Scene, at: Micros, server: Host): void {
  const { random, host } = scene;
  const path = pathWithin(scene, server);
  const ends = endsWithin(scene, server);
  const mapped = tcp(
    {
      at,
      ...ends,
      fromPort: host.ports.next(),
      toPort: 135,
      service: "dce_rpc",
      path,
      sent: 328 + 16 * random.integer(3),
      received: 212 + 16 * random.integer(4),
      turns: 2,
      idleSeconds: exponential(random, 0.01),
      piggyback: true,
    },
    random,
  );
  scene.emit(mapped);
  const then = after(at, 0.004 + exponential(random, 0.01));
  scene.emit(
    tcp(
      {
        at: then,
        ...ends,
        fromPort: host.ports.next(),
        toPort: 49_664 + random.integer(8),
        service: "dce_rpc",
        path,
        sent: size(random, 2600, 0.4),
        received: size(random, 1900, 0.5),
        turns: 4,
        idleSeconds: between(random, 0.1, 30),
        piggyback: true,
      },
      random,
    ),
  );
}
