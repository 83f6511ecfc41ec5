import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("the languages are read without anything that a browser lacks", () => {
  const seen = new Map<string, string[]>();
  const walk = (file: string) => {
    if (seen.has(file)) return;
    const text = readFileSync(file, "utf8");
    const specifiers = [...text.matchAll(/\bfrom\s+"([^"]+)"/g)].map((match) => match[1]!);
    seen.set(file, specifiers);
    for (const specifier of specifiers)
      if (specifier.startsWith(".")) walk(resolve(dirname(file), specifier));
  };
  walk(fileURLToPath(new URL("../../src/query/index.ts", import.meta.url)));
  expect(seen.size).toBeGreaterThan(8);
  expect([...seen.values()].flat().filter((specifier) => !specifier.startsWith("."))).toEqual([]);
  for (const file of seen.keys()) expect(readFileSync(file, "utf8")).not.toMatch(/\b(?:Buffer|process)\b\./);
});
