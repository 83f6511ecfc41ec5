/** A key for the address of a row: the number itself for IPv4, so that most keys cost no text. */
export function hostName(words: Uint32Array, row: number): string | number {
  const at = row * 4;
  const last = words[at + 3]!;
  if (words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff) return last;
  return `${words[at]}/${words[at + 1]}/${words[at + 2]}/${last}`;
}
