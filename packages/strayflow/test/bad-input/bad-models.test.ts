import { cp, mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../cli/test-io.ts";
import { openSample, type Sample } from "./sample.ts";

let sample: Sample;
let copy: string;
beforeAll(async () => {
  sample = await openSample();
  copy = sample.path("copy");
}, 60_000);
afterAll(() => sample[Symbol.asyncDispose]());

async function scoreWith(model: string) {
  return await run(["score", sample.logPath, "--model", model, "--json", "--quiet"]);
}

const modelFiles = ["manifest.json", "network.onnx", "baseline.bin", "memory.bin"];

test("a whole copy of a model is as good as the model", async () => {
  await cp(sample.model, copy, { recursive: true });
  expect((await scoreWith(copy)).status).toBe(0);
});

test.each([
  ["a place where nothing is", () => Promise.resolve()],
  ["an empty directory", async () => await mkdir(copy)],
  ["a file", async () => await writeFile(copy, "x")],
])("%s is no model", async (_what, make) => {
  await rm(copy, { recursive: true, force: true });
  await make();
  const { status, stdout, stderr } = await scoreWith(copy);
  expect([status, stdout]).toEqual([66, ""]);
  expect(stderr).toContain("no model here: expected manifest.json");
  expect(stderr).toContain("Train a model first");
});

const damages: readonly [string, (file: string) => Promise<void>][] = [
  ["is missing", (file) => rm(file)],
  ["is empty", (file) => truncate(file, 0)],
  ["is cut short", async (file) => truncate(file, (await readFile(file)).length - 10)],
  [
    "has another byte in its middle",
    async (file) => {
      const bytes = await readFile(file);
      // Another digit or letter, so that the manifest stays JSON.
      const at = bytes.findIndex((byte, index) => index > bytes.length / 2 && byte >= 0x31 && byte <= 0x39);
      const digit = bytes[at];
      bytes[at] = digit === 0x31 ? 0x32 : 0x31;
      await writeFile(file, bytes);
    },
  ],
];

test.each(modelFiles.flatMap((name) => damages.map(([what, damage]) => [name, what, damage] as const)))(
  "a model whose %s %s is refused by that file's name",
  async (name, _what, damage) => {
    await rm(copy, { recursive: true, force: true });
    await cp(sample.model, copy, { recursive: true });
    await damage(join(copy, name));
    for (const words of [
      ["score", sample.logPath, "--model", copy],
      ["models", "show", copy],
    ]) {
      const { status, stdout, stderr } = await run(words);
      expect([status, stdout]).toEqual([66, ""]);
      expect(stderr).toContain(join(copy, name));
    }
    expect((await run(["models", "list", sample.folder])).status).toBe(0);
  },
);

/** Rewrites the manifest as a program that means no harm, or a person, would. */
async function editManifest(edit: (text: string) => string): Promise<void> {
  await rm(copy, { recursive: true, force: true });
  await cp(sample.model, copy, { recursive: true });
  const manifest = join(copy, "manifest.json");
  await writeFile(manifest, edit(await readFile(manifest, "utf8")));
}

test.each<[string, (text: string) => string, RegExp]>([
  [
    "of a later version",
    (text) => text.replace(/"format": \d+/, '"format": 999'),
    /the model has format 999; this version of strayflow reads up to \d/,
  ],
  ["with another preset", (text) => text.replace('"connection"', '"seed"'), /the manifest was changed/],
  [
    "with another threshold",
    (text) => text.replace(/"levels": \[\s*[^,]*/, '"levels": [ 0.5'),
    /the manifest was changed/,
  ],
  ["without a hash of itself", (text) => text.replace("checksum", "check"), /the manifest was changed/],
  ["that is a list", () => "[]", /the manifest/],
])("a manifest %s is refused", async (_what, edit, message) => {
  await editManifest(edit);
  const { status, stderr } = await scoreWith(copy);
  expect(status).toBe(66);
  expect(stderr).toMatch(message);
  expect(stderr).toContain(join(copy, "manifest.json"));
});

test("a manifest that was only written out afresh is still good", async () => {
  await editManifest((text) => JSON.stringify(JSON.parse(text)));
  expect((await scoreWith(copy)).status).toBe(0);
});
