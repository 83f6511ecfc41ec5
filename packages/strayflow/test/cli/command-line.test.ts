import { describe, expect, test } from "vitest";
import { parseCommandLine } from "../../src/cli/command-line.ts";
import { commands } from "../../src/cli/commands.ts";
import { run, testVersion } from "./test-io.ts";

async function parsed(
  line: string,
  env: Record<string, string> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const invocation = await parseCommandLine(line.split(" "), env, testVersion);
  if (invocation.kind !== "command") throw new Error(`expected a command, found ${invocation.text}`);
  return invocation.args;
}

async function refused(line: string, env: Record<string, string> = {}): Promise<string> {
  const { status, stdout, stderr } = await run(line === "" ? [] : line.split(" "), { env });
  expect([status, stdout]).toEqual([2, ""]);
  return stderr;
}

describe("help", () => {
  test("is what no words, --help, -h and help give", async () => {
    const texts = await Promise.all([[], ["--help"], ["-h"], ["help"]].map((words) => run(words)));
    for (const { status, stdout, stderr } of texts) {
      expect([status, stderr]).toEqual([0, ""]);
      expect(stdout).toBe(texts[0]!.stdout);
    }
    for (const name of Object.keys(commands)) expect(texts[0]!.stdout).toContain(`\n  ${name} `);
  });

  test.each(Object.keys(commands))("of %s names every option and fits 100 columns", async (name) => {
    const [{ status, stdout }, other] = await Promise.all([run(["help", name]), run([name, "--help"])]);
    expect(status).toBe(0);
    expect(other.stdout).toBe(stdout);
    const { options, examples } = await commands[name]!.load();
    for (const option of Object.keys(options)) {
      expect(stdout).toContain(`--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
    }
    expect(examples.length).toBeGreaterThan(0);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });

  test.each(Object.keys(commands))("of %s has examples that the parser takes", async (name) => {
    for (const { command } of (await commands[name]!.load()).examples) {
      const words = command
        .split("|")
        .find((part) => part.includes("strayflow"))!
        .trim()
        .split(" ");
      await expect(parseCommandLine(words.slice(1), {}, testVersion)).resolves.toMatchObject({
        kind: "command",
      });
    }
  });

  test("gives the version", async () => {
    expect(await run(["--version"])).toEqual({ status: 0, stdout: `${testVersion}\n`, stderr: "" });
  });
});

describe("wrong usage exits 2 and says what was found and expected", () => {
  test.each([
    ["trian conn.log", /unknown command 'trian'.*Did you mean train/],
    ["help scor", /unknown command 'scor'.*Did you mean score/],
    ["train conn.log --model m --epoch 5", /unknown option '--epoch'.*Did you mean --epochs/],
    ["train conn.log", /--model DIR is needed/],
    ["train --model m", /missing required argument 'LOGS'/],
    ["train conn.log --model m --epochs", /option '--epochs <value>' argument missing/],
    [
      "train conn.log --model m --epochs many",
      /--epochs expects a whole number from 1 to 100000, found "many"/,
    ],
    ["train conn.log --model m --epochs 0", /--epochs expects a whole number from 1/],
    ["train conn.log --model m --epochs 1.5", /--epochs expects a whole number/],
    [
      "train conn.log --model m --learning-rate 0",
      /--learning-rate expects a number above 0 to 1, found "0"/,
    ],
    [
      "train conn.log --model m --layers 32,,32",
      /--layers expects SIZES, separated by commas, found "32,,32"/,
    ],
    ["train conn.log --model m --layers 32,x", /--layers expects a whole number/],
    [
      "train conn.log --model m --preset fast",
      /--preset expects one of seed, connection, behavior, found "fast"/,
    ],
    ["train conn.log --model m --memory lots", /--memory expects a size of at least 16 MB such as 500MB/],
    ["train conn.log --model m --memory 1kB", /--memory expects a size/],
    [
      "train conn.log --model m --shares 0.5,0.1,0.1",
      /--shares expects 3 numbers that add up to 1, found "0.5,0.1,0.1"/,
    ],
    ["score conn.log --model m --p-value 2", /--p-value expects a number above 0 to 1, found "2"/],
    ["score conn.log --model m --json --out -", /--json prints its object on standard output/],
    ["models shov m", /ACTION expects one of list, show, found "shov"/],
    ["models show", /models show expects the directory of a model/],
    ["score conn.log --model m --rejects -", /--rejects expects a file/],
  ])("strayflow %s", async (line, message) => {
    const stderr = await refused(line);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^strayflow: /);
    expect(stderr).toContain("--help");
    expect(stderr).not.toContain("    at ");
  });

  test("shows what was typed without letting it act", async () => {
    expect(await refused("train \x1b[2J --model m --epochs \x1b]0;x\x07")).not.toContain("\x1b");
    expect(await refused("\x1b[31mtrain")).not.toContain("\x1b");
  });
});

describe("options", () => {
  test("have the defaults of their table", async () => {
    expect(await parsed("train a b --model m")).toMatchObject({
      logs: ["a", "b"],
      model: "m",
      learningRate: 0.001,
      layers: [32, 16, 32],
      shares: [0.675, 0.125, 0.2],
      split: "time",
      memory: 1e9,
      json: false,
      quiet: false,
      debug: false,
    });
  });

  test("are read in any order, with =, as short forms, before and after the command", async () => {
    const expected = { logs: ["-"], model: "m", layers: [8, 2, 8], quiet: true, learningRate: 0.01 };
    expect(await parsed("train --layers=8,2,8 -q - --model m --learning-rate 1e-2")).toMatchObject(expected);
    expect(await parsed("--quiet train - --model=m --layers 8,2,8 --learning-rate .01")).toMatchObject(
      expected,
    );
  });

  test("take sizes as people write them", async () => {
    for (const [text, bytes] of [
      ["500MB", 5e8],
      ["1G", 1e9],
      ["1.5GiB", 1.5 * 2 ** 30],
      ["20000000", 2e7],
    ] as const) {
      expect(await parsed(`train a --model m --memory ${text}`)).toMatchObject({ memory: bytes });
    }
  });

  test("come from the environment where the command line is silent", async () => {
    const env = { STRAYFLOW_MODEL: "env.model", STRAYFLOW_QUIET: "1", STRAYFLOW_MEMORY: "2GB" };
    expect(await parsed("train a", env)).toMatchObject({ model: "env.model", quiet: true, memory: 2e9 });
    expect(await parsed("train a --model b --memory 3GB", env)).toMatchObject({ model: "b", memory: 3e9 });
    expect(await parsed("train a --model b", { STRAYFLOW_QUIET: "0" })).toMatchObject({ quiet: false });
    expect(await refused("train a", { STRAYFLOW_MODEL: "m", STRAYFLOW_MEMORY: "x" })).toContain(
      "STRAYFLOW_MEMORY expects",
    );
    expect(await refused("train a --model m", { STRAYFLOW_QUIET: "maybe" })).toContain(
      "STRAYFLOW_QUIET expects",
    );
  });
});
