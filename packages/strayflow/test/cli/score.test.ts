import { gunzipSync } from "node:zlib";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { displayWidth } from "../../src/output/display-width.ts";
import { abortAfter, run } from "./test-io.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
let model: string;
beforeAll(async () => {
  world = await openWorld();
  model = await world.train("model");
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

interface ScoredLine {
  readonly ts: number;
  readonly uid: string;
  readonly score: number;
  readonly p_value: number;
  readonly flagged: boolean;
  readonly reasons: readonly { readonly feature: string; readonly share: number; readonly text: string }[];
}

function ndjson(text: string): ScoredLine[] {
  return text
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as ScoredLine);
}

const score = (...words: string[]) =>
  run(["score", ...world.attacked, "--model", model, "--p-value", "0.02", ...words]);

describe("NDJSON", () => {
  test("without --all holds the flagged connections in file order, with reasons", async () => {
    const { status, stdout, stderr } = await score("--format", "ndjson");
    expect(status).toBe(0);
    const lines = ndjson(stdout);
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) {
      expect(line.flagged).toBe(true);
      expect(line.p_value).toBeLessThanOrEqual(0.02);
      expect(line.reasons.length).toBeGreaterThan(0);
      expect(Object.keys(line).slice(-4)).toEqual(["score", "p_value", "flagged", "reasons"]);
      expect(Object.keys(line.reasons[0]!)).toEqual(["feature", "value", "usual", "share", "text"]);
    }
    expect(stderr).toContain(`${lines.length.toLocaleString("en-US")} of `);
  });

  test("with --all holds every connection once", async () => {
    const all = ndjson((await score("--format", "ndjson", "--all")).stdout);
    const { rows } = JSON.parse((await score("--json")).stdout) as { rows: number };
    expect(all).toHaveLength(rows);
    expect(new Set(all.map(({ uid }) => uid)).size).toBe(rows);
  });

  test("with --top holds the highest of all, highest first", async () => {
    const all = ndjson((await score("--format", "ndjson", "--all")).stdout);
    const top = ndjson((await score("--format", "ndjson", "--all", "--top", "7")).stdout);
    const expected = all.map(({ score: value }) => value).sort((a, b) => b - a);
    expect(top.map(({ score: value }) => value)).toEqual(expected.slice(0, 7));
  });

  test("a stricter p-value flags a part of what a laxer one flags", async () => {
    const strict = ndjson((await score("--format", "ndjson", "--p-value", "0.01")).stdout);
    const lax = new Set(
      ndjson((await score("--format", "ndjson", "--p-value", "0.05")).stdout).map(({ uid }) => uid),
    );
    expect(strict.length).toBeLessThan(lax.size);
    for (const { uid } of strict) expect(lax).toContain(uid);
  });
});

test("--json prints one object and nothing else, with the contract's keys", async () => {
  const { status, stdout } = await score("--json");
  expect(status).toBe(0);
  expect(stdout.trimEnd()).not.toContain("\n");
  expect(Object.keys(JSON.parse(stdout) as object)).toEqual([
    "rows",
    "rejected",
    "flagged",
    "p_value",
    "fit",
    "sensor",
    "seconds",
    "peak_rss_bytes",
  ]);
});

test("--fail-on-alert exits 1 only when something is flagged", async () => {
  expect((await score("--json", "--fail-on-alert")).status).toBe(1);
  expect((await score("--json", "--fail-on-alert", "--p-value", "1e-300")).status).toBe(0);
});

describe("the table", () => {
  test("shows twenty incidents, worst first, within 100 columns, and ends with what to do next", async () => {
    const { status, stdout } = await score();
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    // Only a command to paste may be longer.
    for (const line of lines.slice(0, -1)) expect(displayWidth(line)).toBeLessThanOrEqual(100);
    const ranked = lines.filter((line) => /^ {1,2}\d+ {2}(low|medium|high|critical) /.test(line));
    expect(ranked.length).toBeGreaterThan(3);
    expect(ranked.length).toBeLessThanOrEqual(20);
    const steps = ranked.map((line) =>
      ["critical", "high", "medium", "low"].indexOf(line.split(/ +/)[2] ?? ""),
    );
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(stdout).toMatch(/\n\d+ incidents.*: .* flagged of [\d,]+ connections\.\n/);
    expect(lines.at(-1)).toMatch(/^ {2}strayflow score .* --out flagged\.ndjson$/);
  });

  test("says plainly that nothing was found", async () => {
    const { status, stdout } = await score("--p-value", "1e-300");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^No incidents: none of [\d,]+ connections is flagged\./);
  });

  test("is plain text unless a person at a terminal allows colour", async () => {
    const words = ["score", ...world.attacked, "--model", model, "--p-value", "0.02"];
    expect((await run(words)).stdout).not.toContain("\x1b");
    expect((await run(words, { isTTY: true })).stdout).toContain("\x1b[2m");
    expect((await run(words, { isTTY: true, env: { NO_COLOR: "1" } })).stdout).not.toContain("\x1b");
    expect((await run(words, { isTTY: true, env: { TERM: "dumb" } })).stdout).not.toContain("\x1b");
  });
});

describe("files", () => {
  test("take their format from their name and agree with one another", async () => {
    for (const ending of ["ndjson", "csv", "parquet"]) {
      const { status, stdout } = await score("--out", world.path(`flagged.${ending}`));
      expect([status, stdout]).toEqual([0, ""]);
    }
    const uids = ndjson(await readFile(world.path("flagged.ndjson"), "utf8")).map(({ uid }) => uid);
    const parquet = await parquetReadObjects({
      file: await asyncBufferFromFile(world.path("flagged.parquet")),
    });
    expect(parquet.map(({ uid }) => uid as string)).toEqual(uids);
    const [, ...csv] = (await readFile(world.path("flagged.csv"), "utf8")).trimEnd().split("\n");
    expect(csv.map((line) => line.split(",")[1])).toEqual(uids);
  });

  test("appear whole or not at all when the run is interrupted", async () => {
    const before = await readdir(world.folder);
    const { status, stderr } = await run(
      ["score", ...world.attacked, "--model", model, "--all", "--out", world.path("never.csv")],
      { signal: abortAfter(30) },
    );
    expect(status).toBe(130);
    expect(stderr).toContain("interrupted");
    expect(await readdir(world.folder)).toEqual(before);
  });

  test("that cannot be written are named before any work is done", async () => {
    await writeFile(world.path("file"), "");
    for (const out of [world.path("file/out.csv"), world.path("none/out.csv"), world.folder]) {
      const { status, stderr } = await score("--out", out);
      expect(status).toBe(74);
      expect(stderr).toContain(out);
    }
  });

  test.runIf(existsSync("/dev/full"))("on a full disk end in status 74", async () => {
    for (const format of ["table", "ndjson", "csv", "parquet"]) {
      const { status, stderr } = await score("--all", "--format", format, "--out", "/dev/full");
      expect([format, status]).toEqual([format, 74]);
      expect(stderr).toContain("no space is left on the device (/dev/full)");
    }
  });
});

/** A line of the log below. */
const rowWithPort = (port: string) =>
  `1741000000.5\tC1\t10.0.0.1\t${port}\t10.0.0.2\t53\tudp\tdns\t0.1\t40\t80\tSF\tT\tT\t0\tDd\t1\t68\t1\t108\t-\t17`;

test("rejected lines are counted, kept on request, and do not stop the run", async () => {
  const bad = world.path("bad.log");
  const header = [
    "#separator \\x09",
    "#path\tconn",
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\tip_proto",
  ];
  await writeFile(
    bad,
    [...header, rowWithPort("5000"), rowWithPort("70000"), rowWithPort("5001"), "\x1b[2Jgarbage"].join("\n"),
  );
  const rejects = world.path("rejects.ndjson");
  const { status, stdout } = await run(["score", bad, "--model", model, "--json", "--rejects", rejects]);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ rows: 2, rejected: 2 });
  const kept = (await readFile(rejects, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(kept).toMatchObject([
    { file: bad, line: 5, reason: "port-invalid", text: rowWithPort("70000") },
    { file: bad, line: 7, text: "\x1b[2Jgarbage" },
  ]);
});

test("hostile strings of a log reach the terminal inert", async () => {
  const hostile = world.path("hostile.log");
  const fields =
    "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\tip_proto";
  const service = "\x1b]0;owned\x07\u202e=cmd|calc";
  const row = `1741000000.5\tC1\t10.0.0.1\t5000\t10.0.0.2\t4444\ttcp\t${service}\t9999\t99999999\t80\tSF\tT\tT\t0\tShADdafF\t100\t99999\t1\t108\t-\t6`;
  await writeFile(hostile, ["#separator \\x09", "#path\tconn", `#fields\t${fields}`, row, ""].join("\n"));
  const words = ["score", hostile, "--model", model, "--all"];
  // oxlint-disable-next-line no-control-regex
  const acting = /[\x00-\x09\x0b-\x1f\u202e]/;
  for (const format of ["table", "csv"]) {
    const { status, stdout, stderr } = await run([...words, "--format", format]);
    expect(status).toBe(0);
    expect(stdout + stderr).not.toMatch(acting);
    expect(stdout).toContain("owned");
  }
  const [line] = ndjson((await run([...words, "--format", "ndjson"])).stdout);
  expect((line as unknown as { service: string }).service).toBe(service);
});

describe("what is wrong with input or model", () => {
  test.each([
    ["a log that is not there", ["/nonexistent/conn.log"], undefined, 65],
    ["a model that is not there", undefined, "/nonexistent/model", 66],
  ] as const)("%s", async (_what, logs, directory, expected) => {
    const { status, stdout, stderr } = await run([
      "score",
      ...(logs ?? world.attacked),
      "--model",
      directory ?? model,
    ]);
    expect([status, stdout]).toEqual([expected, ""]);
    expect(stderr).toContain("/nonexistent");
  });

  test("a file that is no Zeek log is called by its name", async () => {
    await writeFile(world.path("note.txt"), "Dear diary\n");
    const { status, stderr } = await run(["score", world.path("note.txt"), "--model", model]);
    expect(status).toBe(65);
    expect(stderr).toContain("note.txt");
  });
});

describe("a budget", () => {
  const budget = (words: readonly string[], ...more: string[]) =>
    run(["score", ...world.attacked, "--model", model, "--json", ...words, ...more]);

  test("is reported as asked and as realised, and a larger one flags no less", async () => {
    const [small, large] = await Promise.all(
      ["1/day", "50/day"].map(
        async (asked) => JSON.parse((await budget(["--budget", asked])).stdout) as BudgetSummary,
      ),
    );
    expect(small!.budget.asked_per_day).toBe(1);
    expect(small!.budget.realised).toHaveLength(1);
    expect(small!.p_value).toBe(small!.budget.p_value);
    expect(large!.p_value).toBeGreaterThanOrEqual(small!.p_value);
    expect(large!.flagged).toBeGreaterThanOrEqual(small!.flagged);
  });

  test("of a model holds where nothing else is said", async () => {
    const path = world.path("budget.model");
    const trained = await run([
      "train",
      ...world.clean,
      "--model",
      path,
      "--preset",
      "connection",
      "--epochs",
      "2",
      "--budget",
      "3/day",
      "--quiet",
    ]);
    expect(trained.stdout).toMatch(/1 in [\d,]+, 3 a day/);
    const summary = JSON.parse(
      (await run(["score", ...world.attacked, "--model", path, "--json"])).stdout,
    ) as BudgetSummary;
    expect(summary.budget.asked_per_day).toBe(3);
    const plain = JSON.parse(
      (await run(["score", ...world.attacked, "--model", path, "--json", "--p-value", "0.01"])).stdout,
    ) as BudgetSummary;
    expect(plain).not.toHaveProperty("budget");
    expect(plain.p_value).toBe(0.01);
  });

  test("and a p-value are one too many", async () => {
    const { status, stderr } = await budget(["--budget", "5/day", "--p-value", "0.01"]);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining("--budget and --p-value both say what to flag"),
    ]);
  });
});

interface BudgetSummary {
  readonly p_value: number;
  readonly flagged: number;
  readonly budget: {
    readonly asked_per_day: number;
    readonly p_value: number;
    readonly realised: readonly unknown[];
  };
}

describe("traffic of another network", () => {
  test("is remarked on, and fails with --strict, which leaves no file", async () => {
    const foreign = world.path("foreign.log");
    // A whole clean day, every address of this network in another one.
    const [day] = world.clean;
    let text = "";
    for (const name of (await readdir(day!)).sort())
      text += gunzipSync(await readFile(`${day}/${name}`)).toString();
    const moved = text
      .replaceAll(/\b10\.\d+\.(\d+\.\d+)/g, "172.16.$1")
      .replaceAll(/\b192\.168\.\d+\.(\d+)/g, "172.17.3.$1")
      .replaceAll("2001:db8:20:", "2001:db8:77:");
    await writeFile(foreign, moved);
    const lax = await run(["score", foreign, "--model", model, "--json"]);
    expect(lax.status).toBe(0);
    expect(JSON.parse(lax.stdout)).toMatchObject({ fit: { verdict: "foreign" } });
    expect(lax.stderr).toContain("in subnets that training never saw");
    const out = world.path("strict.csv");
    const strict = await run(["score", foreign, "--model", model, "--strict", "--out", out]);
    expect(strict.status).toBe(66);
    expect(strict.stderr).toContain("This traffic is not what the model was trained on");
    expect(existsSync(out)).toBe(false);
  });

  test("is not what a later day of the same network is, though half of it is a scan", async () => {
    const { status, stdout } = await score("--strict", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ fit: { verdict: "fits", reasons: [] }, sensor: [] });
  });
});
