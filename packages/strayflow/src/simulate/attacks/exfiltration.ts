import { HOUR } from "../connection.ts";
import { between, size } from "../draw.ts";
import { tcp } from "../protocols/tcp.ts";
import type { Attack } from "./attack.ts";

export interface ExfiltrationParameters {
  readonly megabytes: number;
  readonly connections: number;
  readonly hours: number;
}

export const exfiltration: Attack<ExfiltrationParameters> = {
  summary: "One host sends a great deal to a place outside that it never spoke to.",
  direction: "outbound",
  parameters: {
    megabytes: { unit: "MB", summary: "Sent in all (millions of bytes)." },
    connections: { unit: "connections", summary: "Connections over which it is spread." },
    hours: { unit: "h", summary: "Time over which the connections begin." },
  },
  levels: {
    faint: { megabytes: 10, connections: 4, hours: 4 },
    weak: { megabytes: 100, connections: 4, hours: 2 },
    medium: { megabytes: 1000, connections: 3, hours: 1 },
    strong: { megabytes: 20_000, connections: 3, hours: 1 },
  },
  rows: ({ connections }) => connections,
  plant(scene, { megabytes, connections, hours }) {
    const { random, source, path } = scene;
    const to = scene.targets[0]!;
    return Array.from({ length: connections }, (_, i) => {
      const at = scene.start + Math.round(((i + random.uniform()) * hours * HOUR) / connections);
      const sent = size(random, (megabytes * 1e6) / connections, 0.15, 1000, 1e12);
      // Answers are acknowledgements of the application: a little for each few megabytes.
      const received = 4000 + size(random, sent / 4000, 0.2, 300);
      return tcp(
        {
          at,
          from: source,
          fromPort: scene.ports.next(),
          to,
          toPort: 443,
          service: "ssl",
          path,
          sent,
          received,
          turns: 12,
          idleSeconds: between(random, 0.2, 8),
        },
        random,
      );
    });
  },
};
