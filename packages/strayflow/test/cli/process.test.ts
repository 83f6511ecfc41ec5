import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "./world.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

let world: World;
beforeAll(async () => {
  world = await openWorld();
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

/** A real process; resolves when it has ended. */
function start(words: readonly string[]) {
  const child = spawn(process.execPath, [main, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
  return { child, ended };
}

test.each([
  [["--version"], 0],
  [["help", "train"], 0],
  [["trian"], 2],
  [["train", "/nonexistent.log", "--model", "/tmp/never.model"], 65],
  [["models", "show", "/nonexistent"], 66],
])("strayflow %j exits %i", async (words, status) => {
  expect((await start(words).ended).status).toBe(status);
});

test.runIf(existsSync("/dev/full"))("a full disk under standard output is status 74", async () => {
  const child = spawn("/bin/sh", [
    "-c",
    `exec "$0" "$1" simulate --out "$2" --rows 500 > /dev/full`,
    process.execPath,
    main,
    world.path("full"),
  ]);
  const status = await new Promise((resolve) => child.on("close", resolve));
  expect(status).toBe(74);
});

test("a reader that has seen enough ends the run quietly", async () => {
  const log = world.clean[0]!;
  const script = `"$0" "$1" features "$2" --preset connection | head -n 2; echo "$?" >&2`;
  const child = spawn("/bin/bash", ["-c", `set -o pipefail; ${script}`, process.execPath, main, log]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  await new Promise((resolve) => child.on("close", resolve));
  expect(stdout.trimEnd().split("\n")).toHaveLength(2);
  expect(stderr).toBe("0\n");
});

test("Ctrl-C or SIGTERM in the middle of training leaves no model and exits 130", async () => {
  const before = await readdir(world.folder);
  const endless = ["--epochs", "100000", "--patience", "100000"];
  await Promise.all(
    (["SIGINT", "SIGTERM"] as const).map(async (signal) => {
      const { child, ended } = start(["train", ...world.clean, "--model", world.path(signal), ...endless]);
      // The first line of progress: the work is under way.
      await new Promise((resolve) => child.stderr.once("data", resolve));
      child.kill(signal);
      const { status, stdout, stderr } = await ended;
      expect([signal, status, stdout]).toEqual([signal, 130, ""]);
      expect(stderr).toContain("interrupted");
    }),
  );
  expect(await readdir(world.folder)).toEqual(before);
});
