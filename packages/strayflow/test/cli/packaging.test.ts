import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { driftMeasures } from "../../src/live/drift/measure-day.ts";
import { readWatchConfig } from "../../src/live/config/watch-config.ts";
import { parseSourceSpecs } from "../../src/live/sources/index.ts";
import { markdownTable } from "../../src/cli/markdown.ts";
import { commands } from "../../src/cli/commands.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const packaging = join(root, "packaging");
const text = (name: string) => readFile(join(packaging, name), "utf8");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-packaging-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the example configuration is one that the watch takes, also with every sink that it proposes", async () => {
  const config = await readWatchConfig(join(packaging, "strayflow.yaml"));
  expect(parseSourceSpecs(config.sources!)).toEqual([{ name: "office", path: "/opt/zeek/logs" }]);
  expect(config.sinks.map(({ type }) => type)).toEqual(["ndjson"]);
  const all = (await text("strayflow.yaml")).replaceAll(/^ {2}# ( *)(?=\S)/gm, "  $1");
  await writeFile(join(folder, "all.yaml"), all);
  const { sinks } = await readWatchConfig(join(folder, "all.yaml"));
  expect(sinks.map(({ type }) => type)).toEqual(["ndjson", "syslog", "webhook", "mail"]);
});

function camelCase(words: string): string {
  return words.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The settings of a unit, by section; of one that is there twice the last. */
function parseUnit(unit: string): Record<string, Record<string, string>> {
  const sections: Record<string, Record<string, string>> = {};
  let section: Record<string, string> | undefined;
  for (const line of unit.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const head = /^\[(\w+)\]$/.exec(line)?.[1];
    if (head !== undefined) section = sections[head] = {};
    else {
      const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      if (section === undefined || key === undefined) throw new Error(`not a line of a unit: ${line}`);
      section[key] = value!;
    }
  }
  return sections;
}

test("the service is locked down, reloads at SIGHUP and does not restart what stays wrong", async () => {
  const { Service: service } = parseUnit(await text("strayflow.service"));
  expect(service).toMatchObject({
    User: "strayflow",
    ExecReload: "/bin/kill -HUP $MAINPID",
    KillSignal: "SIGTERM",
    Restart: "on-failure",
    RestartPreventExitStatus: "2 66",
    NoNewPrivileges: "yes",
    ProtectSystem: "strict",
    CapabilityBoundingSet: "",
    StateDirectory: "strayflow",
  });
  expect(service!["MemoryMax"]).toMatch(/^\d+[MG]$/);
  // It would keep Node from compiling.
  expect(service).not.toHaveProperty("MemoryDenyWriteExecute");
});

test.each(["strayflow.service", "strayflow-retrain.service"])(
  "the command line of %s is one of ours",
  async (name) => {
    const { Service: service } = parseUnit(await text(name));
    const [program, command, ...words] = service!["ExecStart"]!.split(" ");
    expect(program).toBe("/usr/bin/strayflow");
    const { options } = await commands[command!]!.load();
    const given = words.filter((word) => word.startsWith("--")).map((word) => camelCase(word.slice(2)));
    expect(Object.keys(options)).toEqual(expect.arrayContaining(given));
  },
);

const analyze = spawnSync("systemd-analyze", ["--version"]).status === 0;
test.skipIf(!analyze)(
  "systemd finds nothing wrong with the units (where systemd-analyze is installed)",
  async () => {
    const units = (await readdir(packaging)).filter((name) => /\.(service|timer)$/.test(name));
    expect(units.length).toBeGreaterThan(2);
    for (const name of units) {
      // The program is not installed here.
      await writeFile(join(folder, name), (await text(name)).replaceAll("/usr/bin/strayflow", "/bin/true"));
    }
    const found = spawnSync("systemd-analyze", ["verify", ...units.map((name) => join(folder, name))], {
      encoding: "utf8",
    });
    const ours = found.stderr.split("\n").filter((line) => line.includes("strayflow"));
    expect(ours).toEqual([]);
  },
);

test("the container runs as nobody special, on a slim image, and asks for its own health", async () => {
  const lines = (await text("Containerfile"))
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const instructions = lines.map((line) => /^([A-Z]+) +(.*)$/.exec(line)?.slice(1) ?? []);
  expect(instructions.every((parts) => parts.length === 2)).toBe(true);
  const last = (name: string) => instructions.findLast(([instruction]) => instruction === name)?.[1];
  expect(last("FROM")).toMatch(/^node:\d+-slim$/);
  expect(last("USER")).toMatch(/^[1-9]\d+:[1-9]\d+$/);
  expect(last("HEALTHCHECK")).toContain("/healthz");
  const { metrics } = await readWatchConfig(join(packaging, "strayflow.yaml"));
  expect(last("HEALTHCHECK")).toContain(`:${metrics!.port}/`);
  expect(JSON.parse(last("ENTRYPOINT")!)).toEqual(["strayflow"]);
  expect((JSON.parse(last("CMD")!) as string[])[0]).toBe("watch");
  const health = /CMD (\[.*\])/.exec(last("HEALTHCHECK")!)![1]!;
  const [program, ...words] = JSON.parse(health) as string[];
  expect(program).toBe("node");
  // Nobody listens here.
  expect(spawnSync(process.execPath, words).status).toBe(1);
});

test("docs/operate.md names every metric and every measure of drift", async () => {
  const page = await readFile(join(root, "docs/operate.md"), "utf8");
  const measures = markdownTable(
    ["measure", "value, and what it is held against"],
    Object.entries(driftMeasures).map(([measure, meaning]) => [`\`${measure}\``, meaning]),
  );
  expect(page).toContain(measures);
  const source = await readFile(
    fileURLToPath(new URL("../../src/live/metrics/metrics-text.ts", import.meta.url)),
    "utf8",
  );
  const names = [...source.matchAll(/(?:gauge|counter)\(\s*"([a-z_]+)"/g)].map(
    ([, name]) => `strayflow_${name}`,
  );
  expect(names.length).toBeGreaterThan(15);
  for (const name of names) expect(page).toContain(name);
});
