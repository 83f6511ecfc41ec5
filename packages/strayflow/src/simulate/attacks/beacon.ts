import { HOUR, SECOND } from "../connection.ts";
import { chance, size } from "../draw.ts";
import { tcp } from "../protocols/tcp.ts";
import { unanswered } from "../protocols/tcp-attempts.ts";
import type { Attack } from "./attack.ts";

export interface BeaconParameters {
  readonly periodSeconds: number;
  /** Share of the period by which a gap differs at most. */
  readonly jitter: number;
  readonly hours: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export const beacon: Attack<BeaconParameters> = {
  summary:
    "One host calls its controller outside again and again, and now and then is given something to do.",
  direction: "outbound",
  parameters: {
    periodSeconds: { unit: "s", summary: "Time from one call to the next." },
    jitter: {
      unit: "share",
      summary: "Share of the period by which a gap is shorter or longer at most, uniformly.",
    },
    hours: { unit: "h", summary: "How long it goes on." },
    bytesSent: { unit: "bytes", summary: "Application bytes of an idle call, encryption's own apart." },
    bytesReceived: { unit: "bytes", summary: "Application bytes of the idle answer." },
  },
  levels: {
    faint: { periodSeconds: 1800, jitter: 0.4, hours: 48, bytesSent: 300, bytesReceived: 300 },
    weak: { periodSeconds: 600, jitter: 0.3, hours: 24, bytesSent: 300, bytesReceived: 300 },
    medium: { periodSeconds: 300, jitter: 0.2, hours: 24, bytesSent: 400, bytesReceived: 300 },
    strong: { periodSeconds: 60, jitter: 0.05, hours: 24, bytesSent: 500, bytesReceived: 400 },
  },
  rows: ({ periodSeconds, hours }) => Math.floor((hours * 3600) / periodSeconds),
  plant(scene, { periodSeconds, jitter, hours, bytesSent, bytesReceived }) {
    const { random, source, path } = scene;
    const to = scene.targets[0]!;
    const until = scene.start + hours * HOUR;
    const flows = [];
    const gap = () => 1 + Math.round(periodSeconds * SECOND * (1 + jitter * (2 * random.uniform() - 1)));
    for (let at = scene.start; at < until; at += gap()) {
      const base = { at, from: source, fromPort: scene.ports.next(), to, toPort: 443 };
      if (chance(random, 0.005)) {
        flows.push(unanswered(base, 3, random));
        continue;
      }
      const task = chance(random, 0.01);
      const sent = 620 + size(random, task ? bytesSent * 40 : bytesSent, task ? 0.8 : 0.03);
      const received = 3600 + size(random, task ? bytesReceived * 20 : bytesReceived, task ? 0.8 : 0.03);
      flows.push(
        tcp(
          { ...base, service: "ssl", path, sent, received, turns: 3, idleSeconds: task ? 4 : 0.05 },
          random,
        ),
      );
    }
    return flows;
  },
};
