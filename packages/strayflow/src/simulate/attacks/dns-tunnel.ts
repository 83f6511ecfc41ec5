import { MINUTE } from "../connection.ts";
import { chance, exponential, logNormal, size } from "../draw.ts";
import { udp } from "../protocols/udp.ts";
import type { Attack } from "./attack.ts";

export interface DnsTunnelParameters {
  readonly queriesPerMinute: number;
  readonly minutes: number;
  readonly bytesPerQuery: number;
}

export const dnsTunnel: Attack<DnsTunnelParameters> = {
  summary: "One host carries data out in the names that it asks for.",
  direction: "internal",
  parameters: {
    queriesPerMinute: { unit: "1/min", summary: "Queries a minute, on average." },
    minutes: { unit: "min", summary: "How long it goes on." },
    bytesPerQuery: { unit: "bytes", summary: "Data in each name, encoded." },
  },
  levels: {
    faint: { queriesPerMinute: 1, minutes: 120, bytesPerQuery: 50 },
    weak: { queriesPerMinute: 6, minutes: 60, bytesPerQuery: 80 },
    medium: { queriesPerMinute: 40, minutes: 30, bytesPerQuery: 120 },
    strong: { queriesPerMinute: 600, minutes: 30, bytesPerQuery: 180 },
  },
  rows: ({ queriesPerMinute, minutes }) => Math.round(queriesPerMinute * minutes),
  /** Asks the first target; where there is a second, the first asks it in turn, as nothing of this is ever cached. */
  plant(scene, { queriesPerMinute, minutes, bytesPerQuery }) {
    const { random, source } = scene;
    const [resolver, provider] = scene.targets;
    const flows = [];
    const count = Math.round((queriesPerMinute * minutes) / (provider === undefined ? 1 : 2));
    const meanGap = (minutes * MINUTE) / count;
    let at = scene.start;
    for (let i = 0; i < count; i++) {
      const sent = 40 + size(random, bytesPerQuery, 0.06, 8, 220);
      const received = sent + size(random, 110, 0.4, 24, 900);
      const outside = logNormal(random, 0.06, 0.3);
      const answered = !chance(random, 0.01);
      const base = { toPort: 53, service: "dns", sent, received: answered ? received : 0 } as const;
      flows.push(
        udp({
          ...base,
          at,
          from: source,
          fromPort: scene.ports.next(),
          to: resolver!,
          seconds: outside + 0.002,
        }),
      );
      if (provider !== undefined) {
        const { lowestPort, highestPort } = resolver!.stack;
        const fromPort = lowestPort + random.integer(highestPort - lowestPort + 1);
        flows.push(
          udp({
            ...base,
            at: at + 400 + random.integer(500),
            from: resolver!,
            fromPort,
            to: provider,
            seconds: outside,
          }),
        );
      }
      at += 1 + Math.round(exponential(random, meanGap));
    }
    return flows;
  },
};
