import { seededRandom } from "../../src/base/random.ts";
import { DAY, HOUR, MINUTE, type Flow } from "../../src/simulate/connection.ts";
import { startLife } from "../../src/simulate/life.ts";
import { inventNetwork, type Network } from "../../src/simulate/network/network.ts";

/** Monday, 3 March 2025, 00:00 UTC. */
export const monday = Date.UTC(2025, 2, 3) * 1000;

/** The flows of a network that lives for some hours from a day and hour of that week. */
export function lifeOf(options: { seed: number; hosts: number; day: number; hour: number; hours: number }): {
  network: Network;
  flows: readonly Flow[];
} {
  const random = seededRandom(options.seed);
  const network = inventNetwork(options.hosts, random.fork("network"));
  const flows: Flow[] = [];
  const start = monday + options.day * DAY + options.hour * HOUR;
  const life = startLife(network, { start, factor: 1 }, random, (flow) => flows.push(flow));
  for (let minute = start; minute < start + options.hours * HOUR; minute += MINUTE) life.liveMinute(minute);
  return { network, flows };
}
