import type { Micros } from "../connection.ts";
import { between, chance, exponential } from "../draw.ts";
import { groups, peer } from "../network/peer.ts";
import type { Scene } from "../scene.ts";
import { ipv6Housekeeping } from "./icmp.ts";
import { udp } from "./udp.ts";

/** Says and asks what services are around (multicast DNS). */
export function announce(scene: Scene, at: Micros): void {
  const { host, random } = scene;
  const packets = 1 + random.integer(4);
  const bytes = packets * (38 + random.integer(220));
  const seconds = packets === 1 ? 0 : (packets - 1) * between(random, 0.9, 3.1);
  const base = {
    at,
    fromPort: 5353,
    toPort: 5353,
    service: "dns",
    sent: bytes,
    sentPackets: packets,
    seconds,
  };
  scene.emit(udp({ ...base, from: host.v4, to: groups.mdns }));
  if (host.linkLocal !== undefined && chance(random, 0.8)) {
    scene.emit(udp({ ...base, at: at + 90 + random.integer(600), from: host.linkLocal, to: groups.mdns6 }));
  }
}

/** Searches for devices (SSDP): four datagrams, a second apart. */
export function searchDevices(scene: Scene, at: Micros): void {
  const { host, random } = scene;
  scene.emit(
    udp({
      at,
      from: host.v4,
      fromPort: host.ports.next(),
      to: groups.ssdp,
      toPort: 1900,
      sent: 700,
      sentPackets: 4,
      seconds: 3.005 + exponential(random, 0.01),
    }),
  );
}

/** Asks the neighbours for a name that no DNS server knows (LLMNR). */
export function askNeighbours(scene: Scene, at: Micros): void {
  const { host, random } = scene;
  const bytes = 22 + random.integer(14);
  const base = {
    at,
    toPort: 5355,
    service: "dns",
    sent: 2 * bytes,
    sentPackets: 2,
    seconds: 0.41 + exponential(random, 0.004),
  };
  scene.emit(udp({ ...base, from: host.v4, fromPort: host.ports.next(), to: groups.llmnr }));
  if (host.linkLocal !== undefined) {
    scene.emit(udp({ ...base, from: host.linkLocal, fromPort: host.ports.next(), to: groups.llmnr6 }));
  }
}

/** NetBIOS, to everyone of its own network: names, and that it is here. */
export function broadcastName(scene: Scene, at: Micros): void {
  const { host, random } = scene;
  const to = peer(`${host.v4.address.slice(0, host.v4.address.lastIndexOf("."))}.255`, true, host.v4.stack);
  if (chance(random, 0.5)) {
    scene.emit(
      udp({ at, from: host.v4, fromPort: 138, to, toPort: 138, sent: 174 + random.integer(60), seconds: 0 }),
    );
    return;
  }
  const packets = 3 + random.integer(5);
  scene.emit(
    udp({
      at,
      from: host.v4,
      fromPort: 137,
      to,
      toPort: 137,
      service: "dns",
      sent: packets * 50,
      sentPackets: packets,
      seconds: (packets - 1) * between(random, 0.62, 0.78),
    }),
  );
}

/** IPv6 tells its neighbours which groups it listens to. */
export function keepNeighbours(scene: Scene, at: Micros): void {
  const { host, random } = scene;
  if (host.linkLocal !== undefined) scene.emit(ipv6Housekeeping(at, host.linkLocal, random));
}
