import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodePng } from "../../src/report/encode-png.ts";

/** Parts of a PNG file by name; the checksums are those of the file. */
function chunksOf(png: Uint8Array): Map<string, Uint8Array> {
  const bytes = Buffer.from(png);
  expect(bytes.toString("latin1", 1, 4)).toBe("PNG");
  const chunks = new Map<string, Uint8Array>();
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    chunks.set(bytes.toString("latin1", at + 4, at + 8), bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return chunks;
}

/** Red, green, blue of each pixel. */
function decode(png: Uint8Array, width: number, height: number): number[] {
  const chunks = chunksOf(png);
  const palette = chunks.get("PLTE");
  const data = inflateSync(chunks.get("IDAT")!);
  const wide = palette === undefined ? 3 * width : width;
  const rows = Array.from({ length: height }, (_, y) => {
    expect(data[y * (wide + 1)]).toBe(0);
    return [...data.subarray(y * (wide + 1) + 1, (y + 1) * (wide + 1))];
  }).flat();
  return palette === undefined
    ? rows
    : rows.flatMap((place) => [...palette.subarray(place * 3, place * 3 + 3)]);
}

function opaque(colours: readonly number[]): Uint8Array {
  return Uint8Array.from(
    colours.flatMap((colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255, 255]),
  );
}

const withoutAlpha = (pixels: Uint8Array) => [...pixels].filter((_, at) => at % 4 !== 3);

test("a picture of up to 256 colours comes out as it went in", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 0xffffff }), { minLength: 1, maxLength: 256 }),
      fc.integer({ min: 1, max: 17 }),
      async (colours, width) => {
        const height = Math.ceil(colours.length / width);
        const pixels = opaque(
          Array.from({ length: width * height }, (_, at) => colours[at % colours.length]!),
        );
        const png = await encodePng(pixels, width, height);
        expect(decode(png!, width, height)).toEqual(withoutAlpha(pixels));
      },
    ),
    { numRuns: 60 },
  );
});

test("of more colours the frequent ones stay, and the others become near ones", async () => {
  const [width, height] = [64, 64];
  const pixels = opaque(
    Array.from({ length: width * height }, (_, at) => (at % 4 === 0 ? ((at / 4) % 1024) << 2 : 0xffffff)),
  );
  const shown = decode((await encodePng(pixels, width, height))!, width, height);
  const wanted = withoutAlpha(pixels);
  expect(Math.max(...shown.map((value, at) => Math.abs(value - wanted[at]!)))).toBeLessThanOrEqual(64);
  expect(shown.slice(3, 6)).toEqual([255, 255, 255]);
});

test("thousands of colours are all kept, and what can be seen through is left to others", async () => {
  const many = opaque(Array.from({ length: 90 * 90 }, (_, at) => at * 37));
  expect(decode((await encodePng(many, 90, 90))!, 90, 90)).toEqual(withoutAlpha(many));
  expect(await encodePng(Uint8Array.of(1, 2, 3, 128), 1, 1)).toBeUndefined();
});
