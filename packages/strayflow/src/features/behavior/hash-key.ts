import type { BaselinePart } from "../block.ts";
import { finishHash, mixWord } from "./fingerprint.ts";
import type { HashKey } from "./fingerprint.ts";

/**
 * The key of a model's hashes, from the times, ports and uids of its training rows: the same training gives the same
 * features, and nobody who has not seen the logs knows the key.
 */
export const behaviorKey: BaselinePart<HashKey> = {
  id: "behavior_key",
  learner() {
    let [a, b, c, d] = startKey;
    return {
      learn(batch, include) {
        const { ts, orig_p, resp_p, uid, text, rows } = batch;
        for (let row = 0; row < rows; row++) {
          if (include !== undefined && include[row] === 0) continue;
          const micros = (ts[row]! % 1) * 1e6;
          a = mixWord(a, micros);
          b = mixWord(b, (orig_p[row]! << 16) | resp_p[row]!);
          for (let at = uid.start[row]!; at < uid.end[row]!; at++) c = mixWord(c, text[at]!);
          d = mixWord(d, a ^ b ^ c);
        }
      },
      finish: () => [a, b, c, d].map((word, i) => finishHash(mixWord(word, d + i))) as unknown as HashKey,
    };
  },
  encode(key, out) {
    for (const word of key) out.uint32(word);
  },
  decode: (input) => [input.uint32(), input.uint32(), input.uint32(), input.uint32()],
};

/** Digits of pi, for a model that saw no rows. */
const startKey: HashKey = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
