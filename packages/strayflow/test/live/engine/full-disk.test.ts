import { spawn, spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { program, pathsOf, startWatch, watchWords, writeConfig } from "./chaos.ts";
import { growingLog } from "./helpers.ts";
import { openTrainedOffice, scored, stored } from "./watched-office.ts";
import type { Office } from "../../pipeline/office.ts";

let office: Office;
beforeAll(async () => {
  office = await openTrainedOffice({ rows: 2500, seed: 11 });
}, 60_000);
afterAll(() => office[Symbol.asyncDispose]());

/** Files of the program may not grow beyond so much: the system refuses as it does on a full disk. */
const blocks = 200;
const canLimit = spawnSync("bash", ["-c", `ulimit -f ${blocks}`]).status === 0;

test.skipIf(!canLimit)(
  "where the disk is full it waits and says so, ends when it is told to, and goes on later without loss or repeat",
  async () => {
    const run = { office, name: "disk" };
    const log = await growingLog(office, "disk", 2500);
    await writeConfig(run);
    const child = spawn(
      "bash",
      ["-c", `ulimit -f ${blocks}; exec "$0" "$@"`, process.execPath, program, ...watchWords(run)],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let said = "";
    child.stderr.setEncoding("utf8");
    const full = new Promise<void>((resolve) => {
      child.stderr.on("data", (text: string) => {
        said += text;
        if (said.includes("nothing can be stored")) resolve();
      });
      child.on("close", () => resolve());
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
    try {
      await full;
      expect(said).toContain("nothing can be stored");
      child.kill("SIGTERM");
      // Interrupted, with what could not be stored left for the next time.
      expect([74, 130], said).toContain(await ended);
    } finally {
      child.kill("SIGKILL");
    }

    const again = startWatch(run, "--once");
    expect(await again.ended, again.said()).toBe(0);
    const found = await stored(pathsOf(run).store);
    expect(found.rows).toBe(log.lines.length);
    expect(found.verdicts).toEqual(await scored(office, office.later));
  },
  60_000,
);
