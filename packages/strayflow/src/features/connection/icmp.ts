import type { Batch } from "../../zeek/batch.ts";
import type { BaselinePart, FeatureFamily } from "../block.ts";
import { isCount } from "../counts.ts";
import { columnsOf } from "../define.ts";
import { choice, rarity } from "../explain.ts";
import { rarityOf } from "../rarity.ts";
import { isIpv4 } from "./address-class.ts";
import { ICMP, transportsOf } from "./protocol.ts";

/** IP version, type and code, 8 bits each of the last two. */
const KINDS = 2 * 65_536;

/** Rows per kind of ICMP message. */
const icmpCounts: BaselinePart<Float64Array> = {
  id: "icmp",
  learner() {
    const counts = new Float64Array(KINDS);
    return {
      learn(batch, include) {
        const transports = transportsOf(batch.proto);
        const protos = batch.proto.codes;
        for (let row = 0; row < batch.rows; row++) {
          if (include !== undefined && include[row] === 0) continue;
          if (transports[protos[row]!] === ICMP) counts[kindOf(batch, row)]!++;
        }
      },
      finish: () => counts,
    };
  },
  encode(counts, out) {
    const kinds: number[] = [];
    counts.forEach((count, kind) => {
      if (count > 0) kinds.push(kind);
    });
    out.uint32Array(Uint32Array.from(kinds));
    out.float64Array(Float64Array.from(kinds, (kind) => counts[kind]!));
  },
  decode(input) {
    const kinds = input.uint32Array();
    const values = input.float64Array();
    input.expect(kinds.length === values.length, `${kinds.length} kinds have ${values.length} counts`);
    const counts = new Float64Array(KINDS);
    kinds.forEach((kind, i) => {
      input.expect(kind < KINDS && isCount(values[i]!), `it counts ${values[i]} rows of kind ${kind}`);
      counts[kind] = values[i]!;
    });
    return counts;
  },
};

const columns = columnsOf({
  icmp_echo: choice(
    "ICMP",
    "echo",
    "ICMP echo request or reply.",
    "it is an ICMP echo",
    "it is not an ICMP echo",
  ),
  icmp_unreachable: choice(
    "ICMP",
    "destination unreachable",
    "ICMP destination unreachable.",
    "it reports an unreachable destination",
    "it does not report an unreachable destination",
  ),
  icmp_time_exceeded: choice(
    "ICMP",
    "time exceeded",
    "ICMP time exceeded, as traceroute provokes.",
    "it reports that a packet's time was exceeded",
    "it does not report that a packet's time was exceeded",
  ),
  icmp_redirect: choice(
    "ICMP",
    "redirect",
    "ICMP redirect.",
    "it is an ICMP redirect",
    "it is not an ICMP redirect",
  ),
  icmp_discovery: choice(
    "ICMP",
    "router, neighbour or group discovery",
    "ICMP router, neighbour or multicast group discovery.",
    "it is router, neighbour or group discovery",
    "it is not router, neighbour or group discovery",
  ),
  icmp_other: choice(
    "ICMP",
    "of an uncommon type",
    "ICMP of any other type.",
    "it is an uncommon type of ICMP",
    "it is not an uncommon type of ICMP",
  ),
  icmp_rarity: rarity(
    "-ln p of ICMP type and code given the IP version, as often as it was seen in training; 0 for other transports.",
    "this ICMP type and code",
  ),
});

const GROUPS = 6;
const RARITY = 6;

/** What kind of ICMP message it is; all 0 for other transports. Zeek writes the type as `id.orig_p`, the code as `id.resp_p`. */
export const icmp: FeatureFamily = {
  id: "icmp",
  side: "connection",
  reads: ["proto", "id.orig_p", "id.resp_p"],
  parts: [icmpCounts],
  open(baseline) {
    const rarities = raritiesOf(baseline.get(icmpCounts));
    return {
      columns,
      fill(out, width, at, batch) {
        const transports = transportsOf(batch.proto);
        const protos = batch.proto.codes;
        const types = batch.orig_p;
        for (let row = 0, to = at; row < batch.rows; row++, to += width) {
          for (let i = 0; i <= RARITY; i++) out[to + i] = 0;
          if (transports[protos[row]!] !== ICMP) continue;
          const table = isIpv4(batch.orig_h, row * 4) ? groupOfType4 : groupOfType6;
          out[to + (table[types[row]!] ?? OTHER)] = 1;
          out[to + RARITY] = rarities[kindOf(batch, row)]!;
        }
      },
    };
  },
};

const ECHO = 0;
const UNREACHABLE = 1;
const TIME_EXCEEDED = 2;
const REDIRECT = 3;
const DISCOVERY = 4;
const OTHER = GROUPS - 1;

/** IANA "ICMP Type Numbers". */
const groupOfType4: readonly number[] = groupTable([
  [ECHO, [0, 8]],
  [UNREACHABLE, [3]],
  [TIME_EXCEEDED, [11]],
  [REDIRECT, [5]],
  [DISCOVERY, [9, 10]],
]);

/** IANA "ICMPv6 type numbers". */
const groupOfType6: readonly number[] = groupTable([
  [ECHO, [128, 129]],
  [UNREACHABLE, [1]],
  [TIME_EXCEEDED, [3]],
  [REDIRECT, [137]],
  [DISCOVERY, [130, 131, 132, 133, 134, 135, 136, 143]],
]);

function groupTable(groups: readonly (readonly [number, readonly number[]])[]): number[] {
  const table = Array.from({ length: 256 }, () => OTHER);
  for (const [group, types] of groups) for (const type of types) table[type] = group;
  return table;
}

function kindOf(batch: Batch, row: number): number {
  const version = isIpv4(batch.orig_h, row * 4) ? 0 : 65_536;
  return version + (batch.orig_p[row]! & 255) * 256 + (batch.resp_p[row]! & 255);
}

function raritiesOf(counts: Float64Array): Float64Array {
  const rarities = new Float64Array(KINDS);
  for (let from = 0; from < KINDS; from += 65_536) {
    const some = counts.subarray(from, from + 65_536);
    const total = some.reduce((sum, count) => sum + count, 0);
    const distinct = some.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
    for (let i = 0; i < some.length; i++) rarities[from + i] = rarityOf(some[i]!, total, distinct);
  }
  return rarities;
}
