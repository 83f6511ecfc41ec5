import type { BaselinePart, FeatureFamily } from "../block.ts";
import { isCount } from "../counts.ts";
import { columnsOf } from "../define.ts";
import { choice, flag, rarity } from "../explain.ts";
import { rarityOf } from "../rarity.ts";
import { ICMP, OTHER_TRANSPORT, transportsOf } from "./protocol.ts";
import { placeOf } from "./service-counts.ts";

const PORTS = 65_536;
const PLACES = (OTHER_TRANSPORT + 1) * PORTS;

/** Rows per transport and responder port, at `placeOf(transport, port)`; ICMP has none. */
const portCounts: BaselinePart<Float64Array> = {
  id: "port",
  learner() {
    const counts = new Float64Array(PLACES);
    return {
      learn(batch, include) {
        const transports = transportsOf(batch.proto);
        const protos = batch.proto.codes;
        const ports = batch.resp_p;
        for (let row = 0; row < batch.rows; row++) {
          if (include !== undefined && include[row] === 0) continue;
          const transport = transports[protos[row]!]!;
          if (transport !== ICMP) counts[placeOf(transport, ports[row]!)]!++;
        }
      },
      finish: () => counts,
    };
  },
  encode(counts, out) {
    const places: number[] = [];
    counts.forEach((count, place) => {
      if (count > 0) places.push(place);
    });
    out.uint32Array(Uint32Array.from(places));
    out.float64Array(Float64Array.from(places, (place) => counts[place]!));
  },
  decode(input) {
    const places = input.uint32Array();
    const values = input.float64Array();
    input.expect(places.length === values.length, `${places.length} ports have ${values.length} counts`);
    const counts = new Float64Array(PLACES);
    places.forEach((place, i) => {
      input.expect(place < PLACES && isCount(values[i]!), `it counts ${values[i]} rows of port ${place}`);
      counts[place] = values[i]!;
    });
    return counts;
  },
};

const columns = columnsOf({
  port_system: choice(
    "port",
    "below 1024",
    "The responder's port is 0 to 1023 (system ports, RFC 6335).",
    "the port is a system port, below 1024",
    "the port is above 1023",
  ),
  port_registered: choice(
    "port",
    "between 1024 and 49151",
    "The responder's port is 1024 to 49151 (user ports, RFC 6335).",
    "the port is between 1024 and 49151",
    "the port is not between 1024 and 49151",
  ),
  port_dynamic: choice(
    "port",
    "above 49151",
    "The responder's port is 49152 or above (dynamic ports, RFC 6335).",
    "the port is a dynamic one, above 49151",
    "the port is below 49152",
  ),
  port_source_system: flag(
    "The originator's port is 0 to 1023, as for NTP, DHCP and IKE; clients seldom have the right to one.",
    "the source port is below 1024",
    "the source port is above 1023",
  ),
  port_same: flag(
    "Both ends use the same port.",
    "both ends use the same port",
    "the ends use different ports",
  ),
  port_rarity: rarity(
    "-ln p of the responder's port given the transport, as often as it was seen in training; 0 for ICMP.",
    "this port for this transport",
  ),
});

/** Ports as classes and rarities, never as magnitudes. All 0 for ICMP, whose "ports" are type and code. */
export const port: FeatureFamily = {
  id: "port",
  side: "connection",
  reads: ["id.orig_p", "id.resp_p", "proto"],
  parts: [portCounts],
  open(baseline) {
    const rarities = raritiesOf(baseline.get(portCounts));
    return {
      columns,
      fill(out, width, at, batch) {
        const transports = transportsOf(batch.proto);
        const protos = batch.proto.codes;
        const { orig_p, resp_p } = batch;
        for (let row = 0, to = at; row < batch.rows; row++, to += width) {
          const transport = transports[protos[row]!]!;
          if (transport === ICMP) {
            out[to] = out[to + 1] = out[to + 2] = out[to + 3] = out[to + 4] = out[to + 5] = 0;
            continue;
          }
          const source = orig_p[row]!;
          const target = resp_p[row]!;
          out[to] = target < FIRST_REGISTERED ? 1 : 0;
          out[to + 1] = target >= FIRST_REGISTERED && target < FIRST_DYNAMIC ? 1 : 0;
          out[to + 2] = target >= FIRST_DYNAMIC ? 1 : 0;
          out[to + 3] = source < FIRST_REGISTERED ? 1 : 0;
          out[to + 4] = source === target ? 1 : 0;
          out[to + 5] = rarities[placeOf(transport, target)]!;
        }
      },
    };
  },
};

const FIRST_REGISTERED = 1024;
const FIRST_DYNAMIC = 49_152;

function raritiesOf(counts: Float64Array): Float32Array {
  const rarities = new Float32Array(PLACES);
  for (let from = 0; from < PLACES; from += PORTS) {
    const some = counts.subarray(from, from + PORTS);
    let total = 0;
    let distinct = 0;
    for (const count of some) {
      total += count;
      distinct += count > 0 ? 1 : 0;
    }
    for (let i = 0; i < PORTS; i++) rarities[from + i] = rarityOf(some[i]!, total, distinct);
  }
  return rarities;
}
