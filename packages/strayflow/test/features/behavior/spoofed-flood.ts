import { seededRandom } from "../../../src/base/random.ts";
import type { Batch } from "../../../src/zeek/batch.ts";
import { makeBatch } from "../make-batch.ts";

const start = 1_700_000_000;
const perSecond = 125;
const rows = 1_000_000;
const victim = "192.0.2.80";

/** A flood in which every connection has a source of its own, beside one host that goes on as ever. */
export const spoofedFlood = {
  start,
  end: start + 2400 + rows / perSecond,
  victim,
  regular: {
    "id.orig_h": "10.0.0.7",
    "id.resp_h": "10.0.0.53",
    "id.resp_p": 53,
    proto: "udp",
    conn_state: "SF",
    duration: 0,
  },

  *batches(size: number): Generator<Batch> {
    const random = seededRandom(4);
    const batch = makeBatch(
      Array.from({ length: size }, () => ({
        "id.resp_h": victim,
        "id.resp_p": 80,
        proto: "tcp",
        conn_state: "S0",
      })),
    );
    for (let from = 0; from < rows; from += size) {
      for (let i = 0; i < size; i++) {
        batch.ts[i] = start + 2400 + (from + i) / perSecond;
        batch.orig_p[i] = random.integer(65_536);
        batch.orig_h[4 * i + 3] = random.integer(2 ** 32);
      }
      yield batch;
    }
  },
};
