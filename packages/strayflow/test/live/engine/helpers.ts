import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EngineLog } from "../../../src/live/engine/engine-log.ts";
import type { WatchOptions } from "../../../src/live/watch.ts";
import type { Office } from "../../pipeline/office.ts";
import { linesOf } from "../../pipeline/office.ts";
import { flagAt } from "./watched-office.ts";

export interface Said {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

/** A log that remembers. */
export function rememberingLog(): EngineLog & { readonly said: Said[] } {
  const said: Said[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void said.push({ level, fields, message });
  return { said, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Waits for something to become true, and says what it waited for where it never does. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  millis = 8000,
): Promise<void> {
  const end = performance.now() + millis;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await sleep(10);
  }
}

/** A folder with a log of the first `rows` rows of the office's later log, and a way to add more. */
export async function growingLog(office: Office, name: string, rows: number) {
  const { header, rows: lines } = await linesOf(office.later);
  const folder = office.path(`${name}-logs`);
  const file = join(folder, "conn.log");
  await mkdir(folder, { recursive: true });
  await writeFile(file, `${[...header, ...lines.slice(0, rows)].join("\n")}\n`);
  let at = rows;
  return {
    folder,
    file,
    lines,
    add: async (more: number) => {
      await appendFile(file, `${lines.slice(at, at + more).join("\n")}\n`);
      at += more;
    },
  };
}

/** What a watch of the office needs, in files named after the test. */
export function watchOptions(office: Office, name: string, more: Partial<WatchOptions> = {}): WatchOptions {
  return {
    modelDir: office.path("model"),
    pValue: flagAt,
    sources: [{ name: "office", path: office.path(`${name}-logs`) }],
    store: office.path(`${name}.store`),
    sinks: [],
    fromStart: true,
    log: rememberingLog(),
    ...more,
  };
}
