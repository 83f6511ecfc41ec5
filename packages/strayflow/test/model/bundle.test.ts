import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkModelTarget, loadBundle, saveBundle, type Bundle } from "../../src/model/bundle.ts";
import { trainModel } from "../../src/pipeline/train.ts";
import { simulate } from "../../src/simulate/index.ts";

let folder: string;
let model: Bundle;
const path = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-bundle-"));
  await simulate({ out: path("logs"), rows: 1200, hosts: 10, seed: 2, attacks: [], files: "single" });
  await trainModel({
    preset: "connection",
    seed: 1,
    inputs: [path("logs")],
    modelDir: path("model"),
    split: "time",
    shares: { train: 0.6, validation: 0.2, test: 0.2 },
    layers: [4],
    steps: 5,
  });
  model = await loadBundle(path("model"));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The same model as another one: with other bytes of memory. */
function another(memory = Uint8Array.of(1, 2, 3)): Bundle {
  return { ...model, memory };
}

const files = ["manifest.json", "network.onnx", "baseline.bin", "memory.bin"];

test("what is saved is what is loaded", async () => {
  await saveBundle(path("copy"), model);
  expect(await loadBundle(path("copy"))).toEqual(model);
  expect((await readdir(path("copy"))).sort()).toEqual(files.toSorted());
});

test("parents are made, and a model that was there is replaced by the new one alone", async () => {
  const target = path("new", "deep", "model");
  await saveBundle(target, model);
  await saveBundle(target, another());
  expect([...(await loadBundle(target)).memory]).toEqual([1, 2, 3]);
  expect(await readdir(path("new", "deep"))).toEqual(["model"]);
  // Others may read it as any other file of its owner.
  expect(((await stat(target)).mode & 0o777).toString(8)).toBe((0o777 & ~process.umask()).toString(8));
});

test("a report stands beside the model's files until the next one has none, and the model does not need it", async () => {
  const target = path("reported");
  await saveBundle(target, model, "<p>page");
  expect((await readdir(target)).sort()).toEqual([...files, "report.html"].sort());
  expect(await readFile(join(target, "report.html"), "utf8")).toBe("<p>page");
  expect(await loadBundle(target)).toEqual(model);
  await rm(join(target, "report.html"));
  expect(await loadBundle(target)).toEqual(model);
  await saveBundle(target, model, "<p>other");
  await saveBundle(target, model);
  expect((await readdir(target)).sort()).toEqual(files.toSorted());
});

test("a report without a model is somebody's, and stays", async () => {
  await mkdir(path("page"));
  await writeFile(path("page", "report.html"), "<p>mine");
  const refused = { kind: "output-failed", message: expect.stringContaining("report.html") };
  await expect(checkModelTarget(path("page"))).rejects.toMatchObject(refused);
  await expect(saveBundle(path("page"), model, "<p>page")).rejects.toMatchObject(refused);
  expect(await readFile(path("page", "report.html"), "utf8")).toBe("<p>mine");
});

test("an empty directory becomes a model", async () => {
  await mkdir(path("empty"));
  await checkModelTarget(path("empty"));
  await saveBundle(path("empty"), model);
  expect(await loadBundle(path("empty"))).toEqual(model);
});

test("a model with any of its bytes changed is refused, unless it still says the very same", async () => {
  const target = path("altered");
  await saveBundle(target, model);
  const altered = fc.record({
    name: fc.constantFrom(...files),
    place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    bits: fc.integer({ min: 1, max: 255 }),
  });
  await fc.assert(
    fc.asyncProperty(altered, async ({ name, place, bits }) => {
      const file = join(target, name);
      const bytes = await readFile(file);
      const changed = Uint8Array.from(bytes);
      changed[Math.floor(place * bytes.length)]! ^= bits;
      await writeFile(file, changed);
      const found = await loadBundle(target).catch((error: unknown) => error);
      await writeFile(file, bytes);
      const isSame = name === "manifest.json" && JSON.stringify(found) === JSON.stringify(model);
      const refused = {
        name: "ExpectedError",
        kind: expect.stringMatching(/^model-(damaged|version)$/),
        place: { file },
      };
      expect(found).toMatchObject(isSame ? { manifest: model.manifest } : refused);
    }),
    { numRuns: 60 },
  );
  expect(await loadBundle(target)).toEqual(model);
});

test("a manifest with another digit anywhere is refused: a threshold edited by hand does not pass for a learned one", async () => {
  const target = path("edited");
  await saveBundle(target, model);
  const file = join(target, "manifest.json");
  const text = await readFile(file, "utf8");
  const digits = [...text.matchAll(/[1-8]/g)].map(({ index }) => index);
  await fc.assert(
    fc.asyncProperty(fc.nat(digits.length - 1), async (n) => {
      const at = digits[n]!;
      await writeFile(file, `${text.slice(0, at)}${Number(text[at]) + 1}${text.slice(at + 1)}`);
      const found = await loadBundle(target).catch((error: unknown) => error);
      // The last of seventeen digits may name the same number.
      const isSame = JSON.stringify(found) === JSON.stringify(model);
      const refused = { kind: expect.stringMatching(/^model-(damaged|version)$/), place: { file } };
      expect(found).toMatchObject(isSame ? { manifest: model.manifest } : refused);
    }),
    { numRuns: 40 },
  );
});

test("a model whose files are cut anywhere is refused, naming the file", async () => {
  const target = path("cut");
  await saveBundle(target, model);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...files), fc.nat(), async (name, n) => {
      const file = join(target, name);
      const bytes = await readFile(file);
      // The last byte of the manifest is a line end, which says nothing.
      await writeFile(file, bytes.subarray(0, n % (bytes.length - 1)));
      const found = await loadBundle(target).catch((error: unknown) => error);
      await writeFile(file, bytes);
      expect(found).toMatchObject({ kind: "model-damaged", place: { file } });
    }),
    { numRuns: 40 },
  );
});

test("files of two models do not pass for one", async () => {
  await saveBundle(path("mixed"), another());
  await writeFile(path("mixed", "memory.bin"), model.memory);
  await expect(loadBundle(path("mixed"))).rejects.toMatchObject({
    kind: "model-damaged",
    place: { file: path("mixed", "memory.bin") },
  });
});

test("a model of a newer format is not called damaged, but newer", async () => {
  await saveBundle(path("newer"), model);
  const text = await readFile(path("newer", "manifest.json"), "utf8");
  const json = { ...(JSON.parse(text) as object), format: 7, somethingNew: true };
  await writeFile(path("newer", "manifest.json"), JSON.stringify(json));
  await expect(loadBundle(path("newer"))).rejects.toMatchObject({
    kind: "model-version",
    message: expect.stringMatching(/has format 7; .* reads up to 1/),
  });
});

test("where nothing is, there is no model", async () => {
  await mkdir(path("nothing"));
  for (const place of [path("nothing"), path("nowhere"), path("model", "manifest.json")]) {
    await expect(loadBundle(place)).rejects.toMatchObject({ kind: "model-missing" });
  }
});

test.each<[string, (at: string) => Promise<unknown>, RegExp]>([
  [
    "of somebody's files",
    (at) => writeFile(join(at, "diary.txt"), "dear"),
    /holds other files \(diary\.txt\) and no model/,
  ],
  [
    "of a web page, which has a manifest.json too",
    async (at) => {
      await writeFile(join(at, "manifest.json"), '{"name": "page"}');
      await writeFile(join(at, "index.html"), "<p>");
    },
    /holds other files \(index\.html\)/,
  ],
  [
    "of a model with somebody's notes in it",
    async (at) => {
      await saveBundle(at, model);
      await writeFile(join(at, "notes.md"), "the good one");
    },
    /holds other files \(notes\.md\) beside a model/,
  ],
])("a directory %s is never replaced", async (_what, fill, message) => {
  const target = path("foreign");
  await mkdir(target);
  await fill(target);
  const before = await Promise.all(
    (await readdir(target)).map((name) => readFile(join(target, name), "utf8")),
  );
  for (const attempt of [checkModelTarget, saveBundle]) {
    await expect(attempt(target, another())).rejects.toMatchObject({
      kind: "output-failed",
      message: expect.stringMatching(message),
    });
  }
  expect(
    await Promise.all((await readdir(target)).map((name) => readFile(join(target, name), "utf8"))),
  ).toEqual(before);
  await rm(target, { recursive: true });
});

test.each<[string, () => Promise<string>]>([
  [
    "a file",
    async () => {
      await writeFile(path("file"), "data");
      return path("file");
    },
  ],
  [
    "under a file",
    async () => {
      await writeFile(path("file"), "data");
      return path("file", "a", "model");
    },
  ],
  ["a name that is too long", () => Promise.resolve(path("x".repeat(250)))],
  [
    "under a link that leads nowhere",
    async () => {
      await symlink(path("gone"), path("link"));
      return path("link", "model");
    },
  ],
])("a model cannot be %s: that is said, and nothing is left behind", async (_what, make) => {
  const target = await make();
  const before = (await readdir(folder)).sort();
  for (const attempt of [checkModelTarget, saveBundle]) {
    await expect(attempt(target, model)).rejects.toMatchObject({
      name: "ExpectedError",
      kind: "output-failed",
    });
  }
  expect((await readdir(folder)).sort()).toEqual(before);
});

test("whatever fails in the middle of writing, no half model stays, and the old one is as it was", async () => {
  const target = path("kept");
  await saveBundle(target, model);
  const before = (await readdir(folder)).sort();
  const unwritable = { ...model.manifest, toJSON: () => expect.fail("cannot be written") };
  await expect(saveBundle(target, { ...another(), manifest: unwritable })).rejects.toMatchObject({
    kind: "output-failed",
    message: expect.stringContaining("cannot be written"),
  });
  expect((await readdir(folder)).sort()).toEqual(before);
  expect(await loadBundle(target)).toEqual(model);
});

test("checking where a model could go changes nothing there", async () => {
  await saveBundle(path("checked"), model);
  const before = (await readdir(folder)).sort();
  await checkModelTarget(path("checked"));
  expect((await readdir(folder)).sort()).toEqual(before);
  expect(await loadBundle(path("checked"))).toEqual(model);
});
