import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";

const compress = promisify(deflate);

/** More colours than this are not looked at any further: such a picture has no palette. */
const MOST_COLOURS = 4096;
const MOST_IN_PALETTE = 256;
/** Drawings are flat; what a higher level saves is not worth its time. */
const LEVEL = 4;

/**
 * An opaque picture as the bytes of a PNG file, or `undefined` where a pixel is not opaque. `pixels` are RGBA, 4 bytes
 * each, rows from the top; they are only read. Drawings have few colours, so they get a palette, a byte a pixel: a tenth
 * of the work of a general encoder. Where the blended edges make more than 256 colours, rare ones become the nearest of
 * the frequent ones; a picture of thousands keeps them all.
 */
export async function encodePng(
  pixels: Uint8Array,
  width: number,
  height: number,
): Promise<Uint8Array | undefined> {
  const colours = countColours(pixels);
  if (colours === "translucent") return undefined;
  if (colours === "too many") {
    const data = await compress(trueColour(pixels, width, height), { level: 1 });
    return assemble(width, height, TRUE_COLOUR, undefined, data);
  }
  const palette = makePalette(colours);
  const { words } = colours;
  const rows = new Uint8Array((width + 1) * height);
  let last = ~words[0]!;
  let place = 0;
  for (let y = 0, from = 0, at = 0; y < height; y++) {
    // A filter of 0: what follows are the bytes as they are.
    at++;
    for (const end = from + width; from < end; from++) {
      const word = words[from]!;
      if (word !== last) {
        last = word;
        place = palette.places[colours.indexOf(word)]!;
      }
      rows[at++] = place;
    }
  }
  return assemble(width, height, PALETTE, palette.bytes, await compress(rows, { level: LEVEL }));
}

interface Colours {
  /** Different ones, as the 32 bits that a pixel has in memory. */
  readonly values: Uint32Array;
  /** Pixels of each. */
  readonly counts: Uint32Array;
  /** The pixels. */
  readonly words: Uint32Array;
  /** Which colour a pixel has. */
  readonly indexOf: (word: number) => number;
}

function countColours(pixels: Uint8Array): Colours | "translucent" | "too many" {
  const count = pixels.length >> 2;
  // A copy where the bytes do not begin at a multiple of four.
  const aligned = pixels.byteOffset % 4 === 0 ? pixels : pixels.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, count);
  const slots = new Uint16Array(MOST_COLOURS * 4);
  const mask = slots.length - 1;
  const values = new Uint32Array(MOST_COLOURS);
  const counts = new Uint32Array(MOST_COLOURS);
  const first = words[0] ?? 0;
  let known = 0;
  let last = ~first;
  let index = 0;
  for (let at = 0; at < count; at++) {
    const word = words[at]!;
    if (word !== last) {
      last = word;
      let slot = slotOf(word, mask);
      // Slots hold the index plus 1; 0 is an empty one.
      while (slots[slot] !== 0 && values[slots[slot]! - 1] !== word) slot = (slot + 1) & mask;
      if (slots[slot] === 0) {
        if (known === MOST_COLOURS) return "too many";
        if (aligned[at * 4 + 3] !== 255) return "translucent";
        values[known++] = word;
        slots[slot] = known;
      }
      index = slots[slot]! - 1;
    }
    counts[index]!++;
  }
  const indexOf = (word: number) => {
    let slot = slotOf(word, mask);
    while (values[slots[slot]! - 1] !== word) slot = (slot + 1) & mask;
    return slots[slot]! - 1;
  };
  return { values: values.subarray(0, known), counts: counts.subarray(0, known), words, indexOf };
}

/** Fibonacci hashing (Knuth, volume 3, section 6.4). */
function slotOf(word: number, mask: number): number {
  return (Math.imul(word, 0x9e3779b1) >>> 18) & mask;
}

interface Palette {
  /** Red, green, blue of each entry. */
  readonly bytes: Uint8Array;
  /** The entry of each colour. */
  readonly places: Uint8Array;
}

/** The most frequent colours; any other takes the place of the one that is nearest to it. */
function makePalette({ values, counts }: Colours): Palette {
  const order = Array.from(values.keys()).sort((a, b) => counts[b]! - counts[a]!);
  const rgba = new Uint8Array(values.buffer, values.byteOffset, values.length * 4);
  const size = Math.min(MOST_IN_PALETTE, order.length);
  const bytes = new Uint8Array(size * 3);
  const places = new Uint8Array(values.length);
  order.forEach((colour, rank) => {
    const [red, green, blue] = [rgba[colour * 4]!, rgba[colour * 4 + 1]!, rgba[colour * 4 + 2]!];
    if (rank < size) {
      bytes.set([red, green, blue], rank * 3);
      places[colour] = rank;
    } else places[colour] = nearest(bytes, red, green, blue);
  });
  return { bytes, places };
}

function nearest(bytes: Uint8Array, red: number, green: number, blue: number): number {
  let best = 0;
  let least = Infinity;
  for (let at = 0; at < bytes.length; at += 3) {
    const r = bytes[at]! - red;
    const g = bytes[at + 1]! - green;
    const b = bytes[at + 2]! - blue;
    const distance = r * r + g * g + b * b;
    if (distance < least) {
      least = distance;
      best = at / 3;
    }
  }
  return best;
}

function trueColour(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const rows = new Uint8Array((width * 3 + 1) * height);
  for (let y = 0, from = 0, at = 0; y < height; y++) {
    at++;
    for (const end = from + width * 4; from < end; from += 4) {
      rows[at++] = pixels[from]!;
      rows[at++] = pixels[from + 1]!;
      rows[at++] = pixels[from + 2]!;
    }
  }
  return rows;
}

const TRUE_COLOUR = 2;
const PALETTE = 3;
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** PNG, third edition, sections 5 and 11. */
function assemble(
  width: number,
  height: number,
  colourType: number,
  palette: Uint8Array | undefined,
  data: Uint8Array,
): Uint8Array {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // Bits a sample, colour type; compression, filter and interlace have but one or the plain value, 0.
  head[8] = 8;
  head[9] = colourType;
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", head),
    ...(palette === undefined ? [] : [chunk("PLTE", palette)]),
    chunk("IDAT", data),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** Length, name, data, and the checksum of name and data. */
function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(name, 4, "latin1");
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, data.length + 8)), data.length + 8);
  return bytes;
}
