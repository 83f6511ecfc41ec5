import { fixedFamily } from "../define.ts";
import { flag, share } from "../explain.ts";
import { orZero } from "../numbers.ts";

/** How well the sensor saw the connection: a reason for doubt, not for alarm. */
export const quality = fixedFamily({
  id: "quality",
  side: "connection",
  reads: ["missed_bytes", "history"],
  columns: {
    missed_share: share(
      "Bytes that Zeek missed, as a share of missed and seen payload bytes.",
      "of the payload was missed by the sensor",
    ),
    flipped: flag(
      "Zeek turned the direction round (^ in the history).",
      "the direction was turned round by Zeek",
      "the direction was not turned round",
    ),
  },
  fill(out, width, at, batch) {
    const { missed_bytes, orig_bytes, resp_bytes } = batch;
    const { codes, values } = batch.history;
    const flipped = Uint8Array.from(values, (value) => (value.includes("^") ? 1 : 0));
    for (let row = 0, to = at; row < batch.rows; row++, to += width) {
      const missed = orZero(missed_bytes[row]!);
      const all = missed + orZero(orig_bytes[row]!) + orZero(resp_bytes[row]!);
      out[to] = missed === 0 ? 0 : all < Infinity ? missed / all : 1;
      out[to + 1] = flipped[codes[row]!]!;
    }
  },
});
