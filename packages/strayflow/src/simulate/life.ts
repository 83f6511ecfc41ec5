import type { Random } from "../base/random.ts";
import { MINUTE, type Micros } from "./connection.ts";
import type { Habit, Pace } from "./habits/habit.ts";
import type { Network } from "./network/network.ts";
import { habitsOf } from "./roles/habits-of.ts";
import { outside } from "./roles/outside.ts";
import type { Emit, Scene } from "./scene.ts";

/** The network's life, minute by minute. */
export interface Life {
  /** Everything that begins before the next full minute; each connection goes to `emit`. */
  liveMinute(minute: Micros): void;
  /** Lets time pass in which nothing happens: everything that was due comes so much later. */
  skip(span: Micros): void;
}

/** Starts the habits of every host and of the internet. */
export function startLife(network: Network, pace: Pace, random: Random, emit: Emit): Life {
  const habits: Habit[] = [];
  for (const host of network.hosts) {
    habits.push(...habitsOf({ host, random: host.random, network, pace, emit }));
  }
  const world: Scene = { host: network.gateway, random: random.fork("outside"), network, pace, emit };
  habits.push(...outside(world));
  return {
    liveMinute(minute) {
      const until = minute + MINUTE;
      for (const habit of habits) {
        while (habit.next < until) habit.next = habit.happen(habit.next);
      }
    },
    skip(span) {
      for (const habit of habits) habit.next += span;
    },
  };
}
