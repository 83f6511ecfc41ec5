import { MINUTE } from "../connection.ts";
import { between, chance, exponential, size } from "../draw.ts";
import type { Flow, Micros } from "../connection.ts";
import type { Peer } from "../network/peer.ts";
import { tcp } from "../protocols/tcp.ts";
import { refused } from "../protocols/tcp-attempts.ts";
import type { Attack, AttackScene } from "./attack.ts";

export interface LateralMovementParameters {
  readonly hosts: number;
  readonly minutesBetween: number;
  readonly megabytesEach: number;
}

export const lateralMovement: Attack<LateralMovementParameters> = {
  summary: "One workstation copies a program to others over SMB and starts it there.",
  direction: "internal",
  parameters: {
    hosts: { unit: "hosts", summary: "Machines that are tried, at most as many as there are targets." },
    minutesBetween: { unit: "min", summary: "Time from one machine to the next, on average." },
    megabytesEach: { unit: "MB", summary: "Size of what is copied to each." },
  },
  levels: {
    faint: { hosts: 2, minutesBetween: 90, megabytesEach: 0.4 },
    weak: { hosts: 4, minutesBetween: 20, megabytesEach: 1 },
    medium: { hosts: 10, minutesBetween: 4, megabytesEach: 2 },
    strong: { hosts: 40, minutesBetween: 0.3, megabytesEach: 4 },
  },
  rows: ({ hosts }) => 4 * hosts,
  plant(scene, { hosts, minutesBetween, megabytesEach }) {
    const { random } = scene;
    const flows: Flow[] = [];
    let at = scene.start;
    for (const to of scene.targets.slice(0, hosts)) {
      const open = { at, from: scene.source, fromPort: scene.ports.next(), to, toPort: 445 };
      if (chance(random, 0.15)) flows.push(refused(open, scene.path.rttSeconds, random));
      else takeOver(scene, at, to, megabytesEach * 1e6, flows);
      at += 1 + Math.round(exponential(random, minutesBetween * MINUTE));
    }
    return flows;
  },
};

/** A look at the shares, the copy, and the service that runs it. */
function takeOver(scene: AttackScene, at: Micros, to: Peer, bytes: number, flows: Flow[]): void {
  const { random, source: from, path } = scene;
  const smb = (delay: number, sent: number, received: number, service: string) =>
    flows.push(
      tcp(
        {
          at: at + Math.round(delay * 1e6),
          from,
          fromPort: scene.ports.next(),
          to,
          toPort: 445,
          service,
          path,
          sent,
          received,
          turns: 9 + Math.ceil(sent / 65_536),
          idleSeconds: between(random, 1, 12),
          ending: chance(random, 0.7) ? "R" : "Ff",
          piggyback: true,
        },
        random,
      ),
    );
  smb(0, size(random, 4200, 0.1), size(random, 1900, 0.1), "gssapi,smb,ntlm");
  smb(between(random, 1, 4), 3900 + size(random, bytes, 0.02), size(random, 3200, 0.2), "gssapi,smb,ntlm");
  smb(between(random, 5, 9), size(random, 6800, 0.15), size(random, 4100, 0.15), "gssapi,smb,ntlm,dce_rpc");
  if (chance(random, 0.6)) {
    flows.push(
      tcp(
        {
          at: at + Math.round(between(random, 6, 12) * 1e6),
          from,
          fromPort: scene.ports.next(),
          to,
          toPort: 135,
          service: "dce_rpc",
          path,
          sent: 344,
          received: 260,
          turns: 2,
          idleSeconds: 0.01,
          piggyback: true,
        },
        random,
      ),
    );
  }
}
