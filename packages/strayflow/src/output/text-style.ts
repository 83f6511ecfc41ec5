/** Emphasis for a terminal; without colour the text as it is, so nothing may depend on it. */
export interface TextStyle {
  bold(text: string): string;
  dim(text: string): string;
}

export function textStyle(colour: boolean): TextStyle {
  if (!colour) return { bold: (text) => text, dim: (text) => text };
  return { bold: (text) => `\x1b[1m${text}\x1b[22m`, dim: (text) => `\x1b[2m${text}\x1b[22m` };
}
