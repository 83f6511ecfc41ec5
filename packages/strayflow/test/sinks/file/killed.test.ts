import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";

const program = fileURLToPath(new URL("killed-writer.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "strayflow-killed-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.for([
  ["ndjson", /^\{"id":"([^"]+)"/],
  ["zeek-log", /^[\d.]+\t([^\t]+)\t/],
] as const)("%s: killed at any moment, the files hold each message once", async ([type, id]) => {
  const random = seededRandom(type);
  const [path, note] = [join(folder, type, "alerts.log"), join(folder, `${type}.done`)];
  for (let kills = 0; ; kills++) {
    const child = spawn(process.execPath, [program, type, path, note, "200"], { stdio: "inherit" });
    const ended = once(child, "exit");
    // From its first message on, which comes later on a busy machine; the last run is left alone.
    const sizes = () => (existsSync(note) ? readFileSync(note).length : 0);
    const before = sizes();
    while (child.exitCode === null && sizes() === before)
      await new Promise((resolve) => setTimeout(resolve, 2));
    await new Promise((resolve) => setTimeout(resolve, random.integer(40)));
    if (kills < 3) child.kill("SIGKILL");
    const [code] = (await ended) as [number | null];
    if (code !== null) break;
  }
  const lines = readdirSync(join(folder, type)).flatMap((name) =>
    readFileSync(join(folder, type, name), "utf8").split("\n"),
  );
  const ids = lines.map((line) => id.exec(line)?.[1]).filter((found) => found !== undefined);
  expect(ids.toSorted()).toEqual(Array.from({ length: 200 }, (_, index) => `message${index + 1}`).sort());
});
