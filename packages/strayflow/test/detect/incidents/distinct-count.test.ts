import fc from "fast-check";
import { expect, test } from "vitest";
import { DistinctCount, NamedCount } from "../../../src/detect/incidents/distinct-count.ts";
import { PortCount } from "../../../src/detect/incidents/port-count.ts";

function countOf(names: Iterable<string>): DistinctCount {
  const count = new DistinctCount();
  for (const name of names) count.add(name);
  return count;
}

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `10.${from + i}`);

test("a few names are counted exactly", () => {
  fc.assert(
    fc.property(fc.array(fc.ipV4(), { maxLength: 250 }), (names) => {
      const count = countOf(names);
      expect([count.count, count.isExact]).toEqual([new Set(names).size, true]);
    }),
  );
});

test.each([257, 1000, 10_000, 200_000])("%i names are estimated within 7 %%", (size) => {
  const count = countOf(numbered(0, size));
  expect(count.isExact).toBe(false);
  expect(Math.abs(count.count / size - 1)).toBeLessThan(0.07);
});

test("merged counts are the count of both", () => {
  const cases: readonly (readonly [number, number])[] = [
    [100, 100],
    [100, 5000],
    [5000, 100],
    [5000, 5000],
  ];
  for (const [a, b] of cases) {
    const whole = countOf([...numbered(0, a), ...numbered(50, 50 + b)]);
    const merged = countOf(numbered(0, a));
    merged.merge(countOf(numbered(50, 50 + b)));
    expect([merged.count, merged.isExact]).toEqual([whole.count, whole.isExact]);
  }
});

test("ports are counted exactly and named as Zeek users write them", () => {
  const ports = new PortCount();
  const more = new PortCount();
  for (let port = 0; port < 65_536; port++) (port % 2 === 0 ? ports : more).add(port, "tcp");
  ports.add(53, "udp");
  ports.add(8, "icmp");
  expect(ports.list().count).toBe(32_769);
  ports.merge(more);
  expect(ports.list()).toEqual({
    count: 65_537,
    isExact: true,
    some: ["0", "2", "4", "6", "8", "10", "12", "14", "16", "18"],
  });
});

test("the names shown are the frequent ones", () => {
  const names = new NamedCount();
  for (const name of ["a", "b", "b", "c", "c", "c"]) names.add(name);
  expect(names.list()).toEqual({ count: 3, isExact: true, some: ["c", "b", "a"] });
});
