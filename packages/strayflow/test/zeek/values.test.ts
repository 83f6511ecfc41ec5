import fc from "fast-check";
import { isIP } from "node:net";
import { describe, expect, test } from "vitest";
import { formatAddress, parseAddress, readAddress } from "../../src/zeek/address.ts";
import { OK, rejectReason, type RejectReason } from "../../src/zeek/rejects.ts";
import { readJsonTime, readTime } from "../../src/zeek/times.ts";
import * as values from "../../src/zeek/values.ts";

type Read = (bytes: Uint8Array, start: number, end: number, out: Float64Array, at: number) => number;

/** The value, or why there is none. The text stands in the middle of other bytes, which must not matter. */
function read(kernel: Read, text: string): number | RejectReason {
  const bytes = new TextEncoder().encode(`7${text}7`);
  const out = new Float64Array(3);
  const code = kernel(bytes, 1, bytes.length - 1, out, 1);
  expect([out[0], out[2]]).toEqual([0, 0]);
  return code === OK ? out[1]! : rejectReason(code);
}

test("a number is the very double that Number() makes of the same text", () => {
  const written = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc
      .tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.stringMatching(/^\d{1,25}$/))
      .map(([a, b]) => `${a}.${b}`),
    fc.tuple(fc.nat(), fc.nat({ max: 999_999 })).map(([a, b]) => `${a}.${String(b).padStart(6, "0")}`),
    fc.bigInt({ min: 0n, max: 2n ** 70n }).map(String),
  );
  fc.assert(
    fc.property(written, (text) => {
      expect(read(values.readNumber, text)).toBe(Number(text));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  "",
  ".",
  "-",
  "1.2.3",
  "0x10",
  "1e",
  "abc",
  "12a",
  " 1",
  "1 ",
  "Infinity",
  "NaN",
  "1\0",
  "٣",
  "9".repeat(500),
])("%j is no number", (text) => expect(read(values.readNumber, text)).toBe("number-invalid"));

test.each([
  ["0", 0],
  ["007", 7],
  ["12.0", 12],
  ["1e3", 1000],
  ["9007199254740992", 2 ** 53],
  ["-5", "number-negative"],
  ["9007199254740994", "number-huge"],
  ["123456789012345678901234567890", "number-huge"],
  ["1.5", "number-fraction"],
  ["+", "number-invalid"],
] as const)("the count %s is %s", (text, expected) => expect(read(values.readCount, text)).toBe(expected));

test("a duration is not below zero", () => {
  expect(read(values.readInterval, "-0.000001")).toBe("number-negative");
  expect(read(values.readInterval, "0.000001")).toBe(0.000001);
});

test.each([
  ["0", 0],
  ["0.000000", 0],
  ["1258531221.486539", 1258531221.486539],
  ["1.2585312214865e9", 1258531221.4865],
  ["7258118399.999999", 7258118399.999999],
  ["7258118400", "time-range"],
  ["-1", "time-range"],
  ["1700000000000", "time-range"],
  ["2020-02-26T03:40:03.724911Z", 1582688403.724911],
  ["2020-02-26T03:40:03Z", 1582688403],
  ["2020-02-29T03:40:03.5Z", 1582947603.5],
  ["2020-02-26 03:40:03,724911", 1582688403.724911],
  ["2020-02-26T05:40:03.724911+02:00", 1582688403.724911],
  ["2020-02-25T22:10:03.724911999-0530", 1582688403.724911],
  ["2021-02-30T00:00:00Z", "time-invalid"],
  ["2020-02-26", "time-invalid"],
  ["yesterday", "time-invalid"],
] as const)("the time %s is %s", (text, expected) => expect(read(readTime, text)).toBe(expected));

test("every ISO-8601 time is the double that its seconds with six decimals are", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 7_258_118_399 }), fc.nat({ max: 999_999 }), (seconds, micros) => {
      const decimals = String(micros).padStart(6, "0");
      const iso = new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, `.${decimals}Z`);
      expect(read(readTime, iso)).toBe(Number(`${seconds}.${decimals}`));
    }),
  );
});

test("JSON may state milliseconds", () => {
  expect(read(readJsonTime, "1700000000123.456")).toBe(1700000000.123456);
  expect(read(readJsonTime, "1700000000.123456")).toBe(1700000000.123456);
  expect(read(readJsonTime, "1700000000123456789")).toBe("time-range");
});

test.each(["0", "80", "65535", "00080", "443.0"])("%s is a port", (text) => {
  const bytes = new TextEncoder().encode(text);
  const out = new Uint16Array(1);
  expect(values.readPort(bytes, 0, bytes.length, out, 0)).toBe(OK);
  expect(out[0]).toBe(Number(text));
});

test.each(["", "65536", "-1", "99999999999", "80.5", "http", "8\0"])("%j is no port", (text) => {
  const bytes = new TextEncoder().encode(text);
  const code = values.readPort(bytes, 0, bytes.length, new Uint16Array(1), 0);
  expect(rejectReason(code)).toBe("port-invalid");
});

describe("addresses", () => {
  const wordsOf = (text: string) => parseAddress(text)?.join(" ");

  test("IPv4 is mapped into IPv6, in whichever way it is written", () => {
    expect(wordsOf("1.2.3.4")).toBe(["0", "0", "65535", 0x01020304].join(" "));
    expect(wordsOf("::ffff:1.2.3.4")).toBe(wordsOf("1.2.3.4"));
    expect(wordsOf("::ffff:102:304")).toBe(wordsOf("1.2.3.4"));
    expect(wordsOf("255.255.255.255")).toBe("0 0 65535 4294967295");
  });
  test("what node takes for an address is read, and written as browsers write it", () => {
    const any = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV6().map((text) => text.toUpperCase()),
    );
    fc.assert(
      fc.property(any, (text) => {
        const words = parseAddress(text)!;
        const written = formatAddress(words, 0);
        expect(parseAddress(written)).toEqual(words);
        if (isIP(text) === 4 || written.includes(".")) return;
        expect(`[${written}]`).toBe(new URL(`http://[${text}]`).hostname);
      }),
      { numRuns: 1000 },
    );
  });
  test("what node does not take for an address is none", () => {
    const near = fc.string({
      unit: fc.constantFrom(...Array.from("0123456789abcdefF:::..:g% ")),
      maxLength: 24,
    });
    fc.assert(
      fc.property(near, (text) => {
        // A leading zero in an octet is the one thing that is read here and not by node.
        if (/(^|[:.])0\d/.test(text) && text.includes(".")) return;
        const isAddress = isIP(text) !== 0 && !text.includes("%");
        expect([text, parseAddress(text) !== undefined]).toEqual([text, isAddress]);
      }),
      { numRuns: 5000 },
    );
  });
  test("rows do not touch one another", () => {
    const out = new Uint32Array(12).fill(7);
    const bytes = new TextEncoder().encode("fe80::1");
    expect(readAddress(bytes, 0, bytes.length, out, 1)).toBe(OK);
    expect([...out]).toEqual([7, 7, 7, 7, 0xfe800000, 0, 0, 1, 7, 7, 7, 7]);
    expect(formatAddress(out, 1)).toBe("fe80::1");
  });
});
