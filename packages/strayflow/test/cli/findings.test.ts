import { readFile, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { zstdDecompressSync } from "node:zlib";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Io } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/run.ts";
import { ControlServer, controlPath } from "../../src/live/control/index.ts";
import { openWatchStore } from "../../src/store/index.ts";
import { collector } from "../output/collect.ts";
import { incidentOf, makeAlert } from "../store/watch/make-incident.ts";
import { makeDetection, makeReason } from "../detect/make-alert.ts";
import {
  openWatchedWorld,
  type ListedAlert,
  type ListedIncident,
  type WatchedWorld,
} from "./watched-world.ts";

let world: WatchedWorld;
beforeAll(async () => {
  world = await openWatchedWorld();
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

const list = async (query: readonly string[] = [], store?: string) =>
  await world.json<{ incidents: ListedIncident[]; total: number }>(["incidents", "list", ...query], store);
const theScan = async () => (await list([world.office.scanner])).incidents[0]!;

test("the list shows the scan, its lines fit the terminal, and it says how to go on", async () => {
  const { status, stdout, stderr } = await world.ask(["incidents", "list"]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/incident \(times are UTC\)/);
  expect(stdout).toContain(world.office.scanner);
  expect(stdout).toMatch(/\d d ago +[\d,]+ +open/);
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  expect(stderr).toMatch(/All about one: strayflow incidents show [0-9a-f]{8} --store/);
});

test("the page of an incident tells story, reasons, uids and the next commands", async () => {
  const scan = await theScan();
  const { stdout } = await world.ask(["incidents", "show", scan.id.slice(0, 8)]);
  expect(stdout.replace(/\s+/g, " ")).toContain(scan.headline.replace(/\s+/g, " "));
  for (const part of [
    "severity ",
    "status ",
    "ports ",
    "Story",
    "Strongest alerts",
    "Rows in the log",
    "Next",
  ])
    expect(stdout).toContain(part);
  expect([...world.office.scan].some((uid) => stdout.includes(uid))).toBe(true);
  expect(stdout).toMatch(new RegExp(`strayflow suppress --src ${world.office.scanner} --kind \\S+ --note`));
  const { strongest } = await world.json<{ strongest: ListedAlert[] }>(["incidents", "show", scan.id]);
  expect(strongest.length).toBe(Math.min(200, scan.alerts));
});

test("a query chooses what plain code would choose from the whole list", async () => {
  const { incidents: all, total } = await list(["--all"]);
  expect(all.length).toBe(total);
  const [first] = all;
  const same = async (query: string[], holds: (one: ListedIncident) => boolean) => {
    const found = await list(["--all", ...query]);
    expect(found.incidents.map(({ id }) => id)).toEqual(all.filter(holds).map(({ id }) => id));
  };
  await same([`severity:${first!.severity}`], ({ severity }) => severity === first!.severity);
  await same(
    ["not", `kind:${first!.kind}`, "p:..1e-3"],
    ({ kind, p_value }) => kind !== first!.kind && p_value <= 1e-3,
  );
  await same(["alerts:>1", "sensor:office"], ({ alerts }) => alerts > 1);
  await same(["sensor:other"], () => false);
  await same(["since:1d"], () => false);

  const { alerts } = await world.json<{ alerts: ListedAlert[] }>(["alerts", "list", "--all"]);
  const chosen = await world.json<{ alerts: ListedAlert[] }>([
    "alerts",
    "list",
    "--all",
    `src:${world.office.scanner}`,
    "port:1..1024",
    "--order",
    "strongest",
  ]);
  const expected = alerts.filter(
    (one) => one["id.orig_h"] === world.office.scanner && one["id.resp_p"] >= 1 && one["id.resp_p"] <= 1024,
  );
  expect(expected.length).toBeGreaterThan(0);
  expect(new Set(chosen.alerts.map(({ id }) => id))).toEqual(new Set(expected.map(({ id }) => id)));
  const strengths = chosen.alerts.map(({ p_value }) => p_value);
  expect(strengths).toEqual(strengths.toSorted((a, b) => a - b));
});

test("an alert is shown with its connection as it was logged", async () => {
  const { alerts } = await world.json<{ alerts: ListedAlert[] }>(["alerts", "list", "--limit", "1"]);
  const shown = await world.json<{ connection: { uid: string } }>(["alerts", "show", alerts[0]!.id]);
  expect(shown.connection.uid).toBe(alerts[0]!.uid);
  const { stdout } = await world.ask(["alerts", "show", alerts[0]!.id.slice(0, 8)]);
  expect(stdout).toContain(`uid=${alerts[0]!.uid}`);
  expect(stdout).toMatch(/strayflow incidents show/);
});

test("close, note, confirm and reopen stand in the history with who and why", async () => {
  const store = await world.copy("changed.store");
  const { id } = await theScan();
  const { stdout, stderr } = await world.ask(
    ["incidents", "close", id.slice(0, 6), "--note", "our scanner"],
    store,
  );
  expect(stdout).toContain(`closed ${id.slice(0, 8)}`);
  expect(stderr).toContain("strayflow incidents reopen");
  expect((await list([], store)).incidents.map((one) => one.id)).not.toContain(id);
  expect((await list(["status:closed"], store)).incidents.map((one) => one.id)).toEqual([id]);
  await world.ask(["incidents", "note", id, "--note", "asked Max", "--author", "max"], store);
  await world.ask(["incidents", "confirm", id], store);
  const shown = await world.json<{ status: string; history: object[] }>(["incidents", "show", id], store);
  expect(shown.status).toBe("confirmed");
  expect(shown.history).toMatchObject([
    { action: "close", author: "eva", note: "our scanner" },
    { action: "note", author: "max", note: "asked Max" },
    { action: "confirm", author: "eva" },
  ]);
  const page = await world.ask(["incidents", "show", id], store);
  expect(page.stdout).toMatch(/eva closed it: our scanner/);
  const wrong = await world.ask(["incidents", "close", id, "nothing-like-it"], store);
  expect([wrong.status, wrong.stdout]).toEqual([2, ""]);
  expect((await list(["status:confirmed"], store)).total).toBe(1);
});

test("a suppression says what it covers before and after, and what-if agrees with it", async () => {
  const store = await world.copy("suppressed.store");
  const { total } = await list([], store);
  const conditions = ["--src", world.office.scanner];
  const preview = await world.json<{ covers: { alerts: number; open: number; past: number } }>(
    ["suppress", ...conditions, "--dry-run"],
    store,
  );
  expect(preview.covers.open + preview.covers.past).toBeGreaterThan(0);
  expect((await list([], store)).total).toBe(total);
  const file = world.office.path("ideas.yaml");
  await writeFile(file, `- orig: ["${world.office.scanner}"]\n`);
  const answer = await world.json<{ incidents: number; remaining: object[]; days: { remaining: number }[] }>(
    ["what-if", "--suppressions", file],
    store,
  );

  const added = await world.json<{ covers: object; suppression: { id: number; author: string } }>(
    ["suppress", ...conditions, "--note", "our scanner", "--expires", "7d"],
    store,
  );
  const { alerts, open, past } = preview.covers;
  expect(added).toMatchObject({ covers: { alerts, open, past }, suppression: { id: 1, author: "eva" } });
  const after = await list([], store);
  expect(after.total).toBe(total - preview.covers.open - preview.covers.past);
  expect(answer.remaining.length).toBe(after.total);
  expect(answer.days.reduce((sum, day) => sum + day.remaining, 0)).toBe(after.total);
  const { stdout } = await world.ask(["suppress", "list"], store);
  expect(stdout).toMatch(/1 {2}src [\d.]+\n +eva: our scanner\n.*in 7 d/);

  // What the list prints may be tried elsewhere.
  await writeFile(file, (await world.ask(["suppress", "list", "--json"], store)).stdout);
  const again = await world.json<{ remaining: object[] }>(["what-if", "--suppressions", file]);
  expect(again.remaining.length).toBe(after.total);
  expect((await world.ask(["suppress", "remove", "1"], store)).status).toBe(0);
  expect((await list([], store)).total).toBe(total);
});

test("a budget leaves no more incidents a day than it says", async () => {
  const answer = await world.json<{ incidents: number; days: { remaining: number }[] }>([
    "what-if",
    "--budget",
    "2/day",
  ]);
  const remaining = answer.days.reduce((sum, day) => sum + day.remaining, 0);
  expect(remaining).toBeLessThanOrEqual(2 * answer.days.length);
  const { stdout } = await world.ask(["what-if", "--budget", "2/day"]);
  expect(stdout).toMatch(/With a budget of 2 incidents a day \(a p-value of 1 in [\d,]+\), \d+ of \d+/);
});

test("info counts what the lists hold, and the export holds what info counts", async () => {
  const info = await world.json<Record<string, number>>(["store", "info"]);
  expect(info).toMatchObject({ sources: 1, suppressions: 0 });
  expect(info["incidents"]).toBe((await list(["--all"])).total);
  const rows = (await readFile(world.office.later, "utf8")).split("\n");
  expect(info["connections"]).toBe(rows.filter((line) => line !== "" && !line.startsWith("#")).length);
  const folder = world.office.path("export");
  const { files } = await world.json<{ files: string[] }>(["store", "export", "--out", folder]);
  expect(files.map((file) => file.split("/").at(-1))).toEqual([
    "connections.parquet",
    "alerts.parquet",
    "incidents.parquet",
  ]);
  for (const name of ["connections", "alerts", "incidents"])
    expect(await rowsOf(`${folder}/${name}.parquet`)).toHaveLength(info[name]!);
  const some = world.office.path("some");
  await world.json(["store", "export", `src:${world.office.scanner}`, "--out", some]);
  const exported = await rowsOf(`${some}/connections.parquet`);
  expect(new Set(exported.map((row) => row["id.orig_h"]))).toEqual(new Set([world.office.scanner]));

  const store = await world.copy("small.store");
  expect((await world.ask(["store", "vacuum"], store)).status).toBe(0);
  expect(await world.json<object>(["store", "info"], store)).toMatchObject({
    connections: info["connections"],
  });
});

test("while a watch owns the store, its answers are those of the file", async () => {
  const store = await world.copy("owned.store");
  const { id } = await theScan();
  const questions = [
    ["incidents", "list"],
    ["incidents", "show", id],
    ["alerts", "list", "port:1..1024"],
    ["what-if", "--p-value", "1e-4"],
    ["suppress", "--port", "22", "--dry-run"],
  ];
  const before = [];
  for (const words of questions) before.push((await world.ask([...words, "--json"], store)).stdout);
  await using owned = await openWatchStore({ file: store });
  const server = await ControlServer.open(controlPath(store), () => owned, {
    status: () => Promise.resolve({ pid: 1, version: "0", since: 0, pValue: 0.01, sensors: [] }),
    reload: () => Promise.resolve({ message: "" }),
  });
  try {
    for (const [index, words] of questions.entries())
      expect((await world.ask([...words, "--json"], store)).stdout).toBe(before[index]);
    expect((await world.ask(["incidents", "close", id, "--note", "over the socket"], store)).status).toBe(0);
    expect((await owned.incident(id)).status).toBe("closed");
    const vacuum = await world.ask(["store", "vacuum"], store);
    expect([vacuum.status, vacuum.stderr]).toEqual([
      66,
      expect.stringContaining("a watch runs on the store"),
    ]);
    const wrong = await world.ask(["incidents", "show", "zz"], store);
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('no incident "zz"')]);
  } finally {
    await server.close();
  }
}, 20_000);

test("tail begins with the last alerts and goes on with what is added", async () => {
  const file = await world.copy("tailed.store");
  const controller = new AbortController();
  const [stdout, stderr] = [collector(), collector()];
  const { signal } = controller;
  const io: Io = { stdin: Readable.from([]), stdout, stderr, env: {}, columns: 100, now: Date.now, signal };
  const following = runCli(["alerts", "tail", "--limit", "2", "--json", "--store", file], io, "test");
  const lines = () => stdout.text().split("\n").filter(Boolean);
  await vi.waitUntil(() => lines().length === 2, { timeout: 10_000 });
  const alert = makeAlert({ uid: "CnewNewNew" });
  const incident = incidentOf([alert]);
  {
    await using store = await openWatchStore({ file });
    await store.commitStep({
      sensor: "second",
      alerts: [{ alert, incident: incident.id }],
      incidents: [{ incident, isOver: false, news: "opened" }],
    });
  }
  await vi.waitUntil(() => lines().length > 2, { timeout: 10_000 });
  controller.abort();
  expect(await following).toBe(0);
  expect(lines().length).toBe(3);
  expect(JSON.parse(lines()[2]!)).toMatchObject({ uid: "CnewNewNew", sensor: "second" });
}, 20_000);

test("nothing from a log or a note reaches the terminal unescaped", async () => {
  const evil = "\u001b[2J\u202eevil\n";
  const file = world.office.path("evil.store");
  const alert = makeAlert({
    uid: evil,
    service: evil,
    state: evil,
    caveats: [evil],
    reasons: [makeReason("sent_bytes", evil)],
    detections: [makeDetection("beacon", 1e-6, evil)],
  });
  const incident = incidentOf([alert]);
  {
    await using store = await openWatchStore({ file });
    await store.commitStep({
      sensor: evil,
      alerts: [{ alert, incident: incident.id }],
      incidents: [{ incident, isOver: false, news: "opened" }],
    });
    await store.changeIncident(incident.id, { action: "note", author: evil, note: evil });
    await store.suppress({ service: [evil, "x"], resp: ["192.0.2.1"], note: evil, author: evil });
  }
  const { alerts } = await world.json<{ alerts: ListedAlert[] }>(["alerts", "list"], file);
  for (const words of [
    ["incidents", "list"],
    ["incidents", "show", incident.id],
    ["incidents", "close", incident.id, "--note", evil],
    ["alerts", "list", "--all"],
    ["alerts", "show", alerts[0]!.id],
    ["suppress", "list"],
    ["suppress", incident.id, "--dry-run"],
    ["what-if", "--p-value", "1e-3"],
    ["store", "info"],
    ["incidents", "list", `sensor:"${evil}x"`],
    ["incidents", "list", evil],
  ]) {
    const { stdout, stderr } = await world.ask(words, file);
    // oxlint-disable-next-line no-control-regex
    expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  }
});

test.each([
  ["a file that is not there", "none.store", 66, "there is no such store"],
  ["a folder", "logs", 66, "expected the file of a store"],
  ["an empty file", "empty.store", 66, "found an empty file"],
  ["a log", "later.log", 66, "found something else"],
])("%s is no store, and the error says what to do", async (_what, name, exit, message) => {
  if (name === "empty.store") await writeFile(world.office.path(name), "");
  for (const words of [
    ["incidents", "list"],
    ["store", "vacuum"],
    ["suppress", "--port", "22", "--note", "x"],
  ]) {
    const { status, stdout, stderr } = await world.ask(words, world.office.path(name));
    expect([status, stdout]).toEqual([exit, ""]);
    expect(stderr).toContain(message);
    expect(stderr.split("\n").length).toBe(3);
  }
});

test("a mistake in a query is shown with its place", async () => {
  const { status, stderr } = await world.ask(["incidents", "list", "port:445", "sevrity:high"]);
  expect(status).toBe(2);
  expect(stderr).toContain(
    'no field "sevrity"; did you mean severity?\n  port:445 sevrity:high\n           ^\n',
  );
});

test.each([
  [["suppress", "--port", "22"], "--note TEXT is needed"],
  [["suppress", "--note", "x"], "expected what is fine"],
  [["suppress", "--port", "99999", "--note", "x"], "0 to 65535"],
  [["suppress", "--pair", "10.0.0.1", "--note", "x"], "two addresses"],
  [["suppress", "--port", "22", "--note", "x", "--expires", "soon"], "--expires expects"],
  [["suppress", "--port", "22", "--note", "x", "--expires", "2001-01-01"], "a time to come"],
  [["suppress", "remove", "x"], "number of a suppression"],
  [["what-if"], "expected --budget"],
  [["what-if", "--budget", "5", "--p-value", "0.1"], "not both"],
  [["incidents", "note", "a"], "--note TEXT is needed"],
  [["incidents", "close"], "expected the id"],
  [["store", "export"], "--out DIR is needed"],
  [["store", "export", "port:1", "--out", "x", "--tables", "alerts"], "--tables connections"],
])("%j is refused before anything is done", async (words, message) => {
  const { status, stderr } = await world.ask(words);
  expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
});

test("a file of suppressions that is none is refused, and says where", async () => {
  const file = world.office.path("bad.yaml");
  const attempt = async (content: string) => {
    await writeFile(file, content);
    return (await world.ask(["what-if", "--suppressions", file])).stderr;
  };
  expect(await attempt("- orig: [nowhere]")).toMatch(
    /suppression 1\.orig\.0 is not right: expected an address/,
  );
  expect(await attempt("- port: [22]\n- {}")).toMatch(
    /suppression 2 is not right: expected at least one condition/,
  );
  expect(await attempt("hello")).toMatch(/expected a list of suppressions/);
  expect(await attempt("{")).toMatch(/expected JSON or YAML/);
});

async function rowsOf(path: string) {
  const compressors = { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) };
  return parquetReadObjects({ file: await asyncBufferFromFile(path), compressors });
}
