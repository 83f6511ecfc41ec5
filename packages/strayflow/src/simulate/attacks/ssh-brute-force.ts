import { MINUTE } from "../connection.ts";
import { between, chance, exponential } from "../draw.ts";
import { tcp } from "../protocols/tcp.ts";
import { unanswered } from "../protocols/tcp-attempts.ts";
import type { Attack } from "./attack.ts";

export interface SshBruteForceParameters {
  readonly attempts: number;
  readonly attemptsPerMinute: number;
}

export const sshBruteForce: Attack<SshBruteForceParameters> = {
  summary: "One host tries password after password on an SSH server.",
  direction: "inbound",
  parameters: {
    attempts: { unit: "connections", summary: "Connections, each with a few passwords." },
    attemptsPerMinute: { unit: "1/min", summary: "Connections a minute, on average." },
  },
  levels: {
    faint: { attempts: 20, attemptsPerMinute: 0.5 },
    weak: { attempts: 60, attemptsPerMinute: 6 },
    medium: { attempts: 300, attemptsPerMinute: 30 },
    strong: { attempts: 3000, attemptsPerMinute: 300 },
  },
  rows: ({ attempts }) => attempts,
  plant(scene, { attempts, attemptsPerMinute }) {
    const { random, source, path } = scene;
    const to = scene.targets[0]!;
    // One client library greets in one way: sizes hardly differ.
    const greeting = 900 + random.integer(700);
    const answer = 1500 + random.integer(900);
    const flows = [];
    let at = scene.start;
    for (let i = 0; i < attempts; i++) {
      const base = { at, from: source, fromPort: scene.ports.next(), to, toPort: 22 };
      at += 1 + Math.round(exponential(random, MINUTE / attemptsPerMinute));
      if (chance(random, 0.015)) {
        flows.push(unanswered(base, 1 + random.integer(3), random));
        continue;
      }
      const passwords = 1 + random.integer(3);
      const ending = chance(random, 0.85) ? "Ff" : chance(random, 0.6) ? "fF" : "FR";
      flows.push(
        tcp(
          {
            ...base,
            service: "ssh",
            path,
            sent: greeting + passwords * 84,
            received: answer + passwords * 52,
            turns: 6 + passwords,
            idleSeconds: passwords * between(random, 1.6, 2.4),
            first: "responder",
            ending,
          },
          random,
        ),
      );
    }
    return flows;
  },
};
