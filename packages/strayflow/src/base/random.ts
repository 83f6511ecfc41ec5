/** A seeded source of random numbers: the same seed gives the same sequence on every machine. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of it random. */
  uniform(): number;
  /** Uniform whole number in [0, limit). */
  integer(limit: number): number;
  /** Standard normal (Box and Muller's polar form). */
  normal(): number;
  /** An independent source, named so that adding a draw in one place does not shift another. */
  fork(name: string): Random;
}

/**
 * Seeded random source: sfc32 (Chris Doty-Humphrey's Small Fast Counter, PractRand), state filled by splitmix32 from
 * the seed.
 */
export function seededRandom(seed: number | string): Random {
  const text = String(seed);
  let mix = hashText(text);
  const next32 = () => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix ^ (mix >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) | 0;
  };
  let a = next32();
  let b = next32();
  let c = next32();
  let counter = 1;
  const bits = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) bits();

  let spare: number | undefined;
  const uniform = () => bits() / 4294967296;
  return {
    uniform,
    integer: (limit) => Math.floor(uniform() * limit),
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      let u, v, s;
      do {
        u = uniform() * 2 - 1;
        v = uniform() * 2 - 1;
        s = u * u + v * v;
      } while (s >= 1 || s === 0);
      const scale = Math.sqrt((-2 * Math.log(s)) / s);
      spare = v * scale;
      return u * scale;
    },
    fork: (name) => seededRandom(`${text}/${name}`),
  };
}

/** A permutation of 0..length-1 (Fisher and Yates). */
export function permutation(length: number, random: Random): Uint32Array {
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  for (let i = length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
  return order;
}

/** 32-bit FNV-1a over the text's UTF-16 units. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
