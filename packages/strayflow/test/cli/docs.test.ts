import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { cliPage, errorsPage } from "../../src/cli/docs.ts";

const committed = (name: string) => readFile(new URL(`../../../../docs/${name}`, import.meta.url), "utf8");

test("docs/cli.md is what the option tables say; run: node scripts/generate-docs.ts", async () => {
  expect(await committed("cli.md")).toBe(await cliPage());
});

test("docs/errors.md is what the error table says; run: node scripts/generate-docs.ts", async () => {
  expect(await committed("errors.md")).toBe(errorsPage());
});
