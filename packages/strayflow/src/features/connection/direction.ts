import { UNSET_BOOLEAN } from "../../zeek/batch.ts";
import { fixedFamily } from "../define.ts";
import { choice } from "../explain.ts";
import { addressClass, BROADCAST, MULTICAST, PUBLIC } from "./address-class.ts";

/**
 * Where the connection goes, as seen from the network that Zeek watches. Zeek says which ends are local (its
 * `Site::local_nets`); where it does not (Bro 2.x has no `local_resp`), an address counts as local unless it is public.
 */
export const direction = fixedFamily({
  id: "direction",
  side: "connection",
  reads: ["local_orig", "local_resp", "id.orig_h", "id.resp_h"],
  columns: {
    direction_internal: choice(
      "direction",
      "inside the network",
      "From a local host to a local host.",
      "stays inside the network",
      "does not stay inside the network",
    ),
    direction_outbound: choice(
      "direction",
      "from the inside to the outside",
      "From a local host to a remote host.",
      "goes from the inside to the outside",
      "does not go from the inside to the outside",
    ),
    direction_inbound: choice(
      "direction",
      "from the outside to the inside",
      "From a remote host to a local host.",
      "comes in from the outside",
      "does not come in from the outside",
    ),
    direction_external: choice(
      "direction",
      "between two hosts outside",
      "Between two remote hosts.",
      "is between two hosts outside the network",
      "has an end inside the network",
    ),
    direction_group: choice(
      "direction",
      "to a group of hosts",
      "To a multicast group or the broadcast address, whoever Zeek says is local.",
      "goes to a group of hosts",
      "goes to a single host",
    ),
  },
  fill(out, width, at, batch) {
    const { orig_h, resp_h, local_orig, local_resp } = batch;
    for (let row = 0, to = at; row < batch.rows; row++, to += width) {
      out[to] = out[to + 1] = out[to + 2] = out[to + 3] = out[to + 4] = 0;
      const target = addressClass(resp_h, row * 4);
      if (target === MULTICAST || target === BROADCAST) {
        out[to + GROUP] = 1;
        continue;
      }
      const fromLocal = local_orig[row]!;
      const toLocal = local_resp[row]!;
      const remoteOrig =
        fromLocal === UNSET_BOOLEAN ? addressClass(orig_h, row * 4) === PUBLIC : fromLocal === 0;
      const remoteResp = toLocal === UNSET_BOOLEAN ? target === PUBLIC : toLocal === 0;
      out[to + (remoteOrig ? 2 : 0) + (remoteResp ? 1 : 0)] = 1;
    }
  },
});

const GROUP = 4;
