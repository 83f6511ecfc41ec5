import { arrivals, daily, steady, type Habit } from "../habits/habit.ts";
import { always, workdays, type Rhythm } from "../habits/rhythm.ts";
import { between, chance, exponential, pick, size, wholeBetween } from "../draw.ts";
import { inventSite } from "../network/internet.ts";
import { peer } from "../network/peer.ts";
import {
  announce,
  askNeighbours,
  broadcastName,
  keepNeighbours,
  searchDevices,
} from "../protocols/discovery.ts";
import { print, remoteShell, renewLease, setClock, tryTheGone, tryTheShut } from "../protocols/everyday.ts";
import { fetchMail, submitMail } from "../protocols/mail.ts";
import { browse, callService, fetch } from "../protocols/web.ts";
import {
  askDirectory,
  callProcedure,
  findController,
  getTicket,
  openShare,
  signIn,
} from "../protocols/windows.ts";
import type { Scene } from "../scene.ts";

/** A desk machine: there on its user's working days, some of them left on over night. */
export function workstation(scene: Scene): readonly Habit[] {
  const { host, random, pace } = scene;
  const person = hoursOf(scene);
  const leftOn = host.quirk === "always-on" || chance(random, 0.3);
  const machine = leftOn ? always : person;
  return [
    ...work(scene, person),
    ...system(scene, machine),
    ...officeNetwork(scene, person, machine),
    ...oddities(scene, person),
    steady(random, pace, 4 * 3600, 0.05, (at) => renewLease(scene, at, false), machine),
  ];
}

/** A laptop: the same, over wireless, away more often, asking for an address whenever it comes. */
export function laptop(scene: Scene): readonly Habit[] {
  const { random, pace, host } = scene;
  const person =
    host.quirk === undefined ? workdays(random, { away: between(random, 0.1, 0.45) }) : hoursOf(scene);
  return [
    ...work(scene, person),
    ...system(scene, person),
    ...officeNetwork(scene, person, person),
    ...oddities(scene, person),
    arrivals(random, pace, 0.5, person, (at) => renewLease(scene, at, true)),
    arrivals(random, pace, 0.6, person, (at) => renewLease(scene, at, false)),
  ];
}

function hoursOf(scene: Scene): Rhythm {
  const { host, random } = scene;
  if (host.quirk === "night-owl")
    return workdays(random, { comesAt: between(random, 13, 15), leavesAt: 23.4, weekends: 0.4 });
  return workdays(random);
}

/** What people do. */
function work(scene: Scene, person: Rhythm): readonly Habit[] {
  const { host, random, pace, network } = scene;
  return [
    arrivals(random, pace, 4 * host.vigour, person, (at) =>
      browse(scene, at, 1 + Math.floor(exponential(random, 4))),
    ),
    steady(random, pace, wholeBetween(random, 4, 12) * 60, 0.1, (at) => fetchMail(scene, at), person),
    arrivals(random, pace, 0.8 * host.vigour, person, (at) => submitMail(scene, at)),
    arrivals(random, pace, 0.25, person, (at) => print(scene, at, pick(random, network.printers))),
  ];
}

/** What the machine does by itself: reports, updates, time. */
function system(scene: Scene, machine: Rhythm): readonly Habit[] {
  const { random, pace, network } = scene;
  const agents = 1 + random.integer(3);
  const habits: Habit[] = [
    steady(
      random,
      pace,
      pick(random, [1024, 2048, 3600] as const),
      0.02,
      (at) => setClock(scene, at, network.domainController),
      machine,
    ),
    // Updates: looked for some times a day, now and then found.
    arrivals(random, pace, 0.2, machine, (at) => {
      const found = chance(random, 0.25);
      const received = found ? size(random, 3e7, 1.3, 1e6, 2e9) : 6000;
      fetch(scene, at, network.internet.sites[random.integer(4)]!, {
        sent: 1500 + Math.round(received / 900),
        received,
        turns: found ? 40 : 4,
        idleSeconds: 1,
      });
    }),
  ];
  for (let i = 0; i < agents; i++) {
    const site = network.internet.sites[random.integer(30)]!;
    const sent = size(random, 1100, 0.8, 200, 30_000);
    const received = size(random, 900, 0.8, 150, 30_000);
    habits.push(
      steady(
        random,
        pace,
        pick(random, [120, 300, 300, 600, 900, 1800, 3600] as const),
        between(random, 0.01, 0.25),
        (at) => callService(scene, at, site, sent, received),
        machine,
      ),
    );
  }
  return habits;
}

/** Shares, directory, tickets, and the noise that machines make to find each other. */
function officeNetwork(scene: Scene, person: Rhythm, machine: Rhythm): readonly Habit[] {
  const { host, random, pace, network } = scene;
  const windows = host.v4.stack.name === "windows";
  const share = (at: number) =>
    openShare(
      scene,
      at,
      network.fileServer,
      chance(random, 0.4) ? size(random, 70_000, 1.8, 1, 2e9) : 0,
      size(random, 120_000, 1.8, 1, 2e9),
    );
  const habits: Habit[] = [
    arrivals(random, pace, 5 * host.vigour, person, share),
    arrivals(random, pace, 1.1, machine, (at) => announce(scene, at)),
    arrivals(random, pace, 0.8, machine, (at) => keepNeighbours(scene, at)),
  ];
  if (!windows) return habits;
  return [
    ...habits,
    arrivals(random, pace, 0.6, person, (at) => signIn(scene, at)),
    arrivals(random, pace, 3, machine, (at) => void getTicket(scene, at)),
    arrivals(random, pace, 1, machine, (at) => askDirectory(scene, at)),
    arrivals(random, pace, 0.6, machine, (at) => findController(scene, at)),
    arrivals(random, pace, 0.25, machine, (at) => callProcedure(scene, at, network.domainController)),
    arrivals(random, pace, 1.1, machine, (at) => searchDevices(scene, at)),
    arrivals(random, pace, 0.7, person, (at) => askNeighbours(scene, at)),
    arrivals(random, pace, 0.9, machine, (at) => broadcastName(scene, at)),
  ];
}

/** What is odd about this one, every day. */
function oddities(scene: Scene, person: Rhythm): readonly Habit[] {
  const { host, random, pace, network } = scene;
  switch (host.quirk) {
    case "developer":
      return [
        arrivals(random, pace, 2.5, person, (at) =>
          remoteShell(scene, at, network.webServer, exponential(random, 12)),
        ),
        arrivals(random, pace, 5, person, (at) =>
          remoteShell(scene, at, network.backupServer, exponential(random, 0.1)),
        ),
        arrivals(random, pace, 1, person, (at) =>
          tryTheShut(scene, at, network.webServer, pick(random, [3000, 5432, 8080] as const)),
        ),
      ];
    case "uploader": {
      const cloud = inventSite(random);
      return [
        daily(
          random,
          pace,
          19,
          90,
          (at) =>
            fetch(scene, at, cloud, {
              sent: size(random, 4e8, 0.9, 1e7, 4e9),
              received: 90_000,
              turns: 60,
              idleSeconds: 20,
            }),
          "workdays",
        ),
      ];
    }
    case "dead-printer": {
      const gone = peer("192.168.40.9", true, host.v4.stack);
      return [steady(random, pace, 900, 0.1, (at) => tryTheGone(scene, at, gone, 9100), person)];
    }
    case "streamer": {
      const music = network.internet.sites[random.integer(60)]!;
      return [
        arrivals(random, pace, 6, person, (at) =>
          fetch(scene, at, music, {
            sent: 9000,
            received: size(random, 5e6, 0.5),
            turns: 20,
            idleSeconds: between(random, 30, 200),
          }),
        ),
      ];
    }
    case "legacy":
      return [arrivals(random, pace, 1.5, person, (at) => tryTheShut(scene, at, network.fileServer, 139))];
    default:
      return [];
  }
}
