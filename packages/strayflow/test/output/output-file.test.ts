import { existsSync } from "node:fs";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openOutput } from "../../src/output/output-file.ts";
import { openRejectFile } from "../../src/output/reject-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-output-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const stdout = new PassThrough();

test("a file appears whole or not at all", async () => {
  const path = join(folder, "out.txt");
  await writeFile(path, "old");
  {
    await using output = await openOutput(path, stdout);
    await output.write("ne");
    expect(await readFile(path, "utf8")).toBe("old");
    await output.write("w");
    await output.commit();
  }
  expect(await readFile(path, "utf8")).toBe("new");
  expect(await readdir(folder)).toEqual(["out.txt"]);
});

test("nothing stays of a file that was not committed", async () => {
  {
    await using output = await openOutput(join(folder, "out.txt"), stdout);
    await output.write("half");
    expect(await readdir(folder)).toHaveLength(1);
  }
  expect(await readdir(folder)).toEqual([]);
});

test("a link keeps pointing at the file, and the file keeps its permissions", async () => {
  const path = join(folder, "real.txt");
  await writeFile(path, "old");
  await chmod(path, 0o640);
  await symlink(path, join(folder, "link.txt"));
  await using output = await openOutput(join(folder, "link.txt"), stdout);
  await output.write("new");
  await output.commit();
  expect((await lstat(join(folder, "link.txt"))).isSymbolicLink()).toBe(true);
  expect(await readFile(path, "utf8")).toBe("new");
  expect((await stat(path)).mode & 0o777).toBe(0o640);
});

test("written bytes can be corrected in place", async () => {
  const path = join(folder, "out.txt");
  await using output = await openOutput(path, stdout);
  await output.write("0000 rows");
  await output.patch(0, Buffer.from("0012"));
  await output.write("!");
  await output.commit();
  expect(await readFile(path, "utf8")).toBe("0012 rows!");
});

test.each([
  ["a folder", () => folder, /directory/],
  ["a place in no folder", () => join(folder, "none", "out.txt"), /does not exist/],
  ["a place under a file", () => join(folder, "file", "out.txt"), /is a file, not a folder/],
])("%s cannot be written, and the message names it", async (_what, path, reason) => {
  await writeFile(join(folder, "file"), "");
  await mkdir(join(folder, "empty"));
  await expect(openOutput(path(), stdout)).rejects.toMatchObject({
    kind: "output-failed",
    message: expect.stringMatching(reason) as string,
    place: { file: path() },
  });
});

test.runIf(existsSync("/dev/full"))("a full disk is named as such", async () => {
  await using output = await openOutput("/dev/full", stdout);
  await expect(output.write("x".repeat(100_000))).rejects.toMatchObject({
    kind: "output-failed",
    message: "cannot write: no space is left on the device",
    place: { file: "/dev/full" },
  });
});

test.runIf(existsSync("/dev/null"))("a device is written directly and stays a device", async () => {
  await using output = await openOutput("/dev/null", stdout);
  expect(output.seekable).toBe(false);
  await output.write("x");
  await output.commit();
  expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
});

test("standard output is written no faster than it is read", async () => {
  let taken = 0;
  const pending: (() => void)[] = [];
  const slow = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      taken += chunk.length;
      pending.push(done);
    },
  });
  const output = await openOutput("-", slow);
  let isDone = false;
  const writing = output.write("x".repeat(10)).then(() => (isDone = true));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect([taken, isDone]).toEqual([10, false]);
  pending.pop()!();
  await writing;
});

test("rejected lines are kept as they were, one JSON object a line", async () => {
  const path = join(folder, "rejects.ndjson");
  const reject = {
    file: "conn.log",
    line: 7,
    reason: "port-invalid",
    column: "id.resp_p",
    text: 'a\t"b\x1b',
  } as const;
  await using rejects = await openRejectFile(path, stdout);
  rejects.add(reject);
  for (let line = 0; line < 3000; line++)
    rejects.add({ file: "f", line, reason: "cut-short", text: "x".repeat(100) });
  await rejects.commit();
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  expect(lines).toHaveLength(3001);
  expect(JSON.parse(lines[0]!)).toEqual(reject);
});
