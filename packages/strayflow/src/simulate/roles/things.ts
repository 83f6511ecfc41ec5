import { arrivals, steady, type Habit } from "../habits/habit.ts";
import { between, chance, exponential, pick, size } from "../draw.ts";
import { always, workdays } from "../habits/rhythm.ts";
import { outsider } from "../network/internet.ts";
import { announce, keepNeighbours, searchDevices } from "../protocols/discovery.ts";
import { renewLease, sendLog, setClock } from "../protocols/everyday.ts";
import { browse, callService } from "../protocols/web.ts";
import type { Scene } from "../scene.ts";

/** A phone on the wireless network while its owner is in the building. */
export function phone(scene: Scene): readonly Habit[] {
  const { host, random, pace, network } = scene;
  const owner = workdays(random, { away: between(random, 0.05, 0.3) });
  const push = network.internet.sites[random.integer(12)]!;
  return [
    arrivals(random, pace, 2.5 * host.vigour, owner, (at) =>
      browse(scene, at, 1 + Math.floor(exponential(random, 1.5))),
    ),
    arrivals(random, pace, 5, owner, (at) =>
      callService(scene, at, pick(random, host.favourites), 1600, 5200),
    ),
    steady(random, pace, 900, 0.2, (at) => callService(scene, at, push, 700, 600), owner),
    arrivals(random, pace, 0.5, owner, (at) => renewLease(scene, at, true)),
    arrivals(random, pace, 1.5, owner, (at) => announce(scene, at)),
    arrivals(random, pace, 1, owner, (at) => keepNeighbours(scene, at)),
    arrivals(random, pace, 0.2, owner, (at) =>
      setClock(scene, at, pick(random, network.internet.timeServers)),
    ),
  ];
}

/** A printer: waits, announces itself, reports its toner. */
export function printer(scene: Scene): readonly Habit[] {
  const { random, pace, network } = scene;
  const maker = network.internet.sites[40 + random.integer(60)]!;
  return [
    steady(random, pace, 3600, 0.01, (at) => setClock(scene, at, network.gateway)),
    steady(random, pace, 1200, 0.15, (at) => announce(scene, at)),
    steady(random, pace, 8 * 3600, 0.1, (at) => callService(scene, at, maker, 2400, 1200)),
    steady(random, pace, 12 * 3600, 0.05, (at) => renewLease(scene, at, false)),
  ];
}

/** A camera, thermostat or screen: calls its maker's cloud day and night, always in the same way. */
export function thing(scene: Scene): readonly Habit[] {
  const { random, pace, network } = scene;
  const cloud = network.internet.sites[20 + random.integer(100)]!;
  const clock = pick(random, network.internet.timeServers);
  const sent = size(random, 500, 0.5, 120, 6000);
  const habits: Habit[] = [
    steady(
      random,
      pace,
      pick(random, [60, 120, 300, 300, 600] as const),
      between(random, 0.005, 0.08),
      (at) => callService(scene, at, cloud, sent, 420),
    ),
    steady(random, pace, pick(random, [1024, 3600] as const), 0.03, (at) => setClock(scene, at, clock)),
    steady(random, pace, 6 * 3600, 0.05, (at) => renewLease(scene, at, false)),
    arrivals(random, pace, 1, always, (at) => searchDevices(scene, at)),
  ];
  if (chance(random, 0.4))
    habits.push(arrivals(random, pace, 2, always, (at) => sendLog(scene, at, network.backupServer)));
  if (chance(random, 0.3)) {
    // A camera that shows its pictures elsewhere when something moves.
    const relay = { ...cloud, addresses: [outsider(random)], quic: false, plain: 0 };
    const seen = workdays(random, { away: 0 });
    habits.push(
      arrivals(random, pace, 1.5, seen, (at) =>
        callService(scene, at, relay, size(random, 900_000, 0.8), 9000),
      ),
    );
  }
  return habits;
}
