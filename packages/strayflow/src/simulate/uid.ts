import type { Random } from "../base/random.ts";

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const pairs = Array.from({ length: 62 * 62 }, (_, i) => digits[Math.floor(i / 62)]! + digits[i % 62]!);

/** A uid as Zeek makes them: `C` and 96 random bits in base 62, without leading zeros, so 16 to 18 letters in all. */
export function connectionUid(random: Random): string {
  const first = random.integer(64);
  return (
    (first < 48 ? "C" + digits[1 + first]! : "C") +
    fourDigits(random) +
    fourDigits(random) +
    fourDigits(random) +
    (first % 7 === 0 ? pairs[random.integer(3844)]! + digits[random.integer(62)]! : fourDigits(random))
  );
}

/** Two pairs from one draw. */
function fourDigits(random: Random): string {
  const draw = random.integer(3844 * 3844);
  const high = (draw / 3844) | 0;
  return pairs[high]! + pairs[draw - high * 3844]!;
}
