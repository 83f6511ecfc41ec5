import { SECOND } from "../connection.ts";
import { chance, exponential } from "../draw.ts";
import { outsideAddress } from "../network/internet.ts";
import { neverCompleted, unanswered } from "../protocols/tcp-attempts.ts";
import type { Attack } from "./attack.ts";

export interface SynFloodParameters {
  readonly synPerSecond: number;
  readonly seconds: number;
  readonly sources: number;
}

export const synFlood: Attack<SynFloodParameters> = {
  summary: "A server is buried under handshakes that nobody means to complete.",
  direction: "inbound",
  parameters: {
    synPerSecond: { unit: "1/s", summary: "SYNs a second, on average." },
    seconds: { unit: "s", summary: "How long it goes on." },
    sources: {
      unit: "addresses",
      summary: "Source addresses that take part or are made up; the first is the given one.",
    },
  },
  levels: {
    faint: { synPerSecond: 2, seconds: 120, sources: 60 },
    weak: { synPerSecond: 20, seconds: 60, sources: 300 },
    medium: { synPerSecond: 80, seconds: 60, sources: 2000 },
    strong: { synPerSecond: 1000, seconds: 60, sources: 40_000 },
  },
  rows: ({ synPerSecond, seconds }) => Math.round(synPerSecond * seconds),
  plant(scene, { synPerSecond, seconds, sources }) {
    const { random } = scene;
    const to = scene.targets[0]!;
    const toPort = [443, 80].find((port) => scene.isOpen(to, port)) ?? 443;
    const from = [scene.source];
    while (from.length < sources)
      from.push({ ...scene.source, ...scene.peer(outsideAddress(random)), stack: scene.source.stack });
    const count = Math.round(synPerSecond * seconds);
    const flows = [];
    let at = scene.start;
    for (let i = 0; i < count; i++) {
      const attempt = {
        at,
        from: from[random.integer(from.length)]!,
        fromPort: 1024 + random.integer(64_512),
        to,
        toPort,
      };
      at += 1 + Math.round(exponential(random, SECOND / synPerSecond));
      // While the table of half-open connections has room, the server answers, and answers again.
      flows.push(
        chance(random, 0.35) ? neverCompleted(attempt, 6, 0.00007, random) : unanswered(attempt, 1, random),
      );
    }
    return flows;
  },
};
