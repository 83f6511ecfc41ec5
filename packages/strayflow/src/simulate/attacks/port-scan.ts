import { permutation } from "../../base/random.ts";
import { MINUTE } from "../connection.ts";
import { chance, exponential } from "../draw.ts";
import { tcp } from "../protocols/tcp.ts";
import { probedOpen, refused, unanswered } from "../protocols/tcp-attempts.ts";
import type { Attack, AttackScene } from "./attack.ts";

export interface PortScanParameters {
  readonly ports: number;
  readonly portsPerMinute: number;
}

const favourites = [
  21, 22, 23, 25, 53, 80, 110, 111, 135, 139, 143, 443, 445, 993, 995, 1723, 3306, 3389, 5900, 8080,
];

export const portScan: Attack<PortScanParameters> = {
  summary: "One host tries many ports of another.",
  direction: "internal",
  parameters: {
    ports: { unit: "ports", summary: "Different ports that are tried, each once." },
    portsPerMinute: { unit: "1/min", summary: "Ports tried a minute, on average." },
  },
  levels: {
    faint: { ports: 30, portsPerMinute: 1 },
    weak: { ports: 100, portsPerMinute: 20 },
    medium: { ports: 1000, portsPerMinute: 300 },
    strong: { ports: 5000, portsPerMinute: 6000 },
  },
  rows: ({ ports }) => ports,
  plant(scene, { ports, portsPerMinute }) {
    const { random, source, path } = scene;
    const to = scene.targets[0]!;
    // Half of the scanners complete the handshake with the system's own sockets, half send bare SYNs from one port.
    const connects = source.stack.name !== "crafted" && chance(random, 0.5);
    const onePort = scene.ports.next();
    const drops = chance(random, 0.25);
    let at = scene.start;
    return portsToTry(ports, scene).map((toPort) => {
      const attempt = { at, from: source, fromPort: connects ? scene.ports.next() : onePort, to, toPort };
      at += 1 + Math.round(exponential(random, MINUTE / portsPerMinute));
      if (scene.isOpen(to, toPort)) {
        if (!connects) return probedOpen(attempt, path.rttSeconds, random);
        return tcp(
          { ...attempt, path, sent: 0, received: 0, ending: chance(random, 0.5) ? "R" : "Ff" },
          random,
        );
      }
      return drops
        ? unanswered(attempt, connects ? 2 : 1, random)
        : refused(attempt, path.rttSeconds, random);
    });
  },
};

/** The usual ones among others, in random order, each once. */
function portsToTry(count: number, { random }: AttackScene): readonly number[] {
  const chosen = new Set<number>();
  for (const port of favourites) if (chosen.size < count / 2) chosen.add(port);
  const range = count > 20_000 ? 65_535 : 10_000 + 2 * count;
  while (chosen.size < Math.min(count, 65_535)) chosen.add(1 + random.integer(range));
  const list = [...chosen];
  return Array.from(permutation(list.length, random), (i) => list[i]!);
}
