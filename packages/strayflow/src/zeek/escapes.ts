const BACKSLASH = 92;
const X = 120;

/**
 * The bytes with Zeek's `\xNN` replaced by the byte they stand for, and `\\` by one backslash; any other backslash stays.
 * (Zeek's util.cc, get_escaped_string and get_unescaped_string.)
 */
export function unescapeBytes(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i]!;
    if (byte === BACKSLASH && bytes[i + 1] === BACKSLASH) i++;
    else if (byte === BACKSLASH && bytes[i + 1] === X && i + 3 < bytes.length) {
      const value = hexDigit(bytes[i + 2]!) * 16 + hexDigit(bytes[i + 3]!);
      if (value >= 0) {
        byte = value;
        i += 3;
      }
    }
    out[length++] = byte;
  }
  return out.subarray(0, length);
}

/** As `unescapeBytes`, for text. */
export function unescapeZeek(text: string): string {
  if (!text.includes("\\")) return text;
  return decodeText(unescapeBytes(new TextEncoder().encode(text)));
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** UTF-8 as text, damaged bytes replaced by U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

/** Far below zero where the byte is no hexadecimal digit, so that a sum with another digit stays below zero. */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 0x20;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1000;
}
