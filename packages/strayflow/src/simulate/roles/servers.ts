import { arrivals, daily, steady, type Habit } from "../habits/habit.ts";
import { between, chance, exponential, pick, size } from "../draw.ts";
import { always, publicHours, type Rhythm } from "../habits/rhythm.ts";
import type { Host } from "../network/host.ts";
import {
  checkAlive,
  copyFiles,
  readCounters,
  remoteShell,
  renewLease,
  sendLog,
  setClock,
} from "../protocols/everyday.ts";
import { deliverMail, receiveMail } from "../protocols/mail.ts";
import { callService } from "../protocols/web.ts";
import { callProcedure, openShare } from "../protocols/windows.ts";
import { lookUp } from "../protocols/dns.ts";
import type { Scene } from "../scene.ts";

/** The router: name server for simple devices, clock, and the one that looks whether everything is up. */
export function gateway(scene: Scene): readonly Habit[] {
  const { random, pace, network } = scene;
  const watched = network.hosts.filter((host) => isWatched(host) && host !== scene.host);
  let turn = 0;
  return [
    // One after another, all of them every five minutes.
    steady(random, pace, 300 / watched.length, 0.05, (at) => {
      const other = watched[turn++ % watched.length]!;
      if (other.role === "printer") readCounters(scene, at, other);
      else checkAlive(scene, at, other, 1);
    }),
    steady(random, pace, 1024, 0.02, (at) => setClock(scene, at, pick(random, network.internet.timeServers))),
    arrivals(random, pace, 20, always, (at) => void lookUp(scene, at, 12 + random.integer(20))),
    logs(scene, 8, publicHours),
  ];
}

/** Knows users and names; fetches its updates and the time from outside. */
export function domainController(scene: Scene): readonly Habit[] {
  const { random, pace, network } = scene;
  return [
    clock(scene, 2048, network.gateway),
    updates(scene, 4 * 3600, 0.2, 0, 5200, 60_000),
    arrivals(random, pace, 3, always, (at) => callProcedure(scene, at, network.fileServer)),
    backUp(scene, 22.5, 8e8),
  ];
}

/** Holds the shares; backed up at night. */
export function fileServer(scene: Scene): readonly Habit[] {
  const { random, pace, network } = scene;
  return [
    clock(scene, 2048, network.domainController),
    updates(scene, 3600, 0.1, 1, 2100, 4400),
    arrivals(random, pace, 2, always, (at) =>
      openShare(scene, at, network.domainController, 0, size(random, 5000, 0.4)),
    ),
    backUp(scene, 23, 5e9),
  ];
}

/** Takes and sends the network's mail. */
export function mailServer(scene: Scene): readonly Habit[] {
  const { random, pace, network } = scene;
  const busy = Math.min(60, 4 + network.clients.length * 0.6);
  return [
    arrivals(random, pace, 2 * busy, publicHours, (at) => receiveMail(scene, at)),
    arrivals(random, pace, busy, publicHours, (at) => deliverMail(scene, at)),
    clock(scene, 1024, network.gateway),
    updates(scene, 6 * 3600, 0.2, 2, 900, 300_000),
    logs(scene, 6, always),
    backUp(scene, 23.8, 1.2e9),
  ];
}

/** The public web server's own doings; its visitors come from the internet. */
export function webServer(scene: Scene): readonly Habit[] {
  const { network } = scene;
  return [
    clock(scene, 1024, network.gateway),
    updates(scene, 12 * 3600, 0.1, 2, 900, 900_000),
    logs(scene, 10, always),
    backUp(scene, 1.2, 6e8),
  ];
}

/** Collects logs and backups; checks its own disks elsewhere. */
export function backupServer(scene: Scene): readonly Habit[] {
  const { random, pace, network } = scene;
  return [
    clock(scene, 1024, network.gateway),
    steady(random, pace, 900, 0.02, (at) => remoteShell(scene, at, network.webServer, 0.02)),
    steady(random, pace, 24 * 3600, 0.02, (at) => renewLease(scene, at, false)),
    daily(random, pace, 4, 30, (at) => {
      // The second copy, off site.
      callService(
        scene,
        at,
        network.internet.sites[200 % network.internet.sites.length]!,
        size(random, 9e8, 0.3),
        200_000,
      );
    }),
  ];
}

/** Asks another host for the time. */
function clock(scene: Scene, seconds: number, server: Host): Habit {
  return steady(scene.random, scene.pace, seconds, 0.02, (at) => setClock(scene, at, server));
}

/** Sends its log to where all logs are kept, so many times an hour. */
function logs(scene: Scene, perHour: number, when: Rhythm): Habit {
  const { random, pace, network } = scene;
  return arrivals(random, pace, perHour, when, (at) => sendLog(scene, at, network.backupServer));
}

/** Looks for updates at a site, every so many seconds. */
function updates(
  scene: Scene,
  seconds: number,
  jitter: number,
  site: number,
  sent: number,
  received: number,
): Habit {
  const { random, pace, network } = scene;
  return steady(random, pace, seconds, jitter, (at) =>
    callService(scene, at, network.internet.sites[site]!, sent, received),
  );
}

function backUp(scene: Scene, hour: number, bytes: number): Habit {
  const { random, pace, network } = scene;
  return daily(random, pace, hour, 12, (at) => {
    copyFiles(scene, at, network.backupServer, size(random, bytes, 0.25), chance(random, 0.02) ? 22 : 10_566);
    if (chance(random, 0.3))
      copyFiles(
        scene,
        at + Math.round(1e6 * (900 + exponential(random, 300))),
        network.backupServer,
        size(random, bytes / 20, between(random, 0.1, 0.4)),
        10_566,
      );
  });
}

function isWatched(host: Host): boolean {
  return host.role.endsWith("server") || host.role === "domain-controller" || host.role === "printer";
}
