import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { seededRandom } from "../../../src/base/random.ts";
import { linesOf, type Office } from "../../pipeline/office.ts";
import { LineWriter } from "./line-writer.ts";
import { flagAt } from "./watched-office.ts";

export const program = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

export interface Chaos {
  readonly office: Office;
  /** Names the run's files in the office's folder. */
  readonly name: string;
  readonly kills: number;
  readonly seed: number;
}

/** Files of a run. */
export function pathsOf({ office, name }: Pick<Chaos, "office" | "name">) {
  return {
    logs: office.path(`${name}-logs`),
    store: office.path(`${name}.store`),
    sent: office.path(`${name}.ndjson`),
    config: office.path(`${name}.yaml`),
  };
}

export async function writeConfig(chaos: Pick<Chaos, "office" | "name">): Promise<void> {
  const { config, sent } = pathsOf(chaos);
  const sink = { type: "ndjson", name: "file", path: sent, rotateDaily: false };
  // JSON is YAML.
  await writeFile(config, JSON.stringify({ sinks: [sink] }));
}

/** The words of its command line. */
export function watchWords(chaos: Pick<Chaos, "office" | "name">): string[] {
  const { logs, store, config } = pathsOf(chaos);
  const words = ["watch", `office=${logs}`, "--from-start", "--store", store, "--config", config];
  return [...words, "--model", chaos.office.path("model"), "--p-value", String(flagAt), "--log-json"];
}

/** Starts the program on a folder of logs; `office=` names the sensor. */
export function startWatch(chaos: Pick<Chaos, "office" | "name">, ...more: string[]) {
  const child = spawn(process.execPath, [program, ...watchWords(chaos), ...more], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => (said += text));
  const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  return { child, ended, said: () => said };
}

/**
 * Writes the office's later log as Zeek would, while the program that watches is killed again and again; then lets it read to
 * the end.
 */
export async function runChaos(chaos: Chaos): Promise<void> {
  const { office, kills, seed } = chaos;
  const { logs } = pathsOf(chaos);
  const random = seededRandom(seed);
  const { header, rows } = await linesOf(office.later);
  const writer = new LineWriter(logs, header, rows);
  await mkdir(logs, { recursive: true });
  await writeConfig(chaos);
  let killed = 0;
  const writing = (async () => {
    while (writer.left > 0) {
      await writer.write(Math.ceil(random.uniform() * 25), random.uniform());
      if (random.uniform() < 0.04) await writer.rotate();
      if (random.uniform() < 0.04) await writer.archive();
      // Some of the log is left for each life.
      const share = killed / kills;
      const isAhead = 1 - writer.left / rows.length > share + 1 / kills;
      await sleep(killed === kills ? 1 : isAhead ? 30 : 10);
    }
    await writer.write(0, 1);
    await writer.rotate();
    for (let i = 0; i < 3; i++) await writer.archive();
  })();
  let ready = 1500;
  for (; killed < kills; killed++) {
    const began = performance.now();
    const { child, ended, said } = startWatch(chaos);
    const life = random.uniform() * (ready + 1200);
    while (performance.now() - began < life && child.exitCode === null) {
      await sleep(5);
      if (said() !== "" && ready === 1500) ready = performance.now() - began;
    }
    if (child.exitCode !== null) throw new Error(`the watch ended by itself:\n${said()}`);
    child.kill("SIGKILL");
    await ended;
  }
  await writing;
  const last = startWatch(chaos, "--once");
  const code = await last.ended;
  if (code !== 0) throw new Error(`the watch ended with ${code}:\n${last.said()}`);
}
