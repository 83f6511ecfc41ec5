import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exploreDocument } from "../../src/explore/document/explore-document.ts";
import { explore, type ExploreOptions } from "../../src/explore/explore.ts";
import { renderPage } from "../../src/report/render-page.ts";

const fields = [
  "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration", "orig_bytes",
  "resp_bytes", "conn_state", "local_orig", "local_resp", "missed_bytes", "history", "orig_pkts", "orig_ip_bytes",
  "resp_pkts", "resp_ip_bytes",
]; // prettier-ignore
const usual: Readonly<Record<string, string>> = {
  "id.orig_h": "10.0.0.1",
  "id.orig_p": "40000",
  "id.resp_h": "10.0.0.2",
  "id.resp_p": "443",
  proto: "tcp",
  service: "ssl",
  duration: "0.5",
  orig_bytes: "100",
  resp_bytes: "2000",
  conn_state: "SF",
  local_orig: "T",
  local_resp: "T",
  missed_bytes: "0",
  history: "ShADadFf",
  orig_pkts: "5",
  orig_ip_bytes: "300",
  resp_pkts: "6",
  resp_ip_bytes: "2300",
};

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-explore-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Row = Readonly<Record<string, string>>;

async function exploreRows(rows: readonly Row[], options: Partial<ExploreOptions> = {}, extra = "") {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.log`);
  const lines = rows.map((row, k) =>
    fields.map((field) => row[field] ?? (field === "uid" ? `C${k}` : (usual[field] ?? "-"))).join("\t"),
  );
  await writeFile(
    file,
    ["#separator \\x09", "#path\tconn", `#fields\t${fields.join("\t")}`, ...lines, extra].join("\n") + "\n",
  );
  const result = await explore({ inputs: [file], timezone: "UTC", now: 1.8e9, ...options });
  const document = exploreDocument(result, 1.8e9);
  // JSON keeps it whole: no infinity, no NaN.
  expect(JSON.parse(JSON.stringify(result))).toEqual(
    JSON.parse(
      JSON.stringify(result, (_, value: unknown) =>
        typeof value === "number" && !Number.isFinite(value) ? `not a number: ${value}` : value,
      ),
    ),
  );
  expect(document.sections.map(({ id }) => id)).toEqual([
    "findings", "shape", "time", "tops", "hosts", "profiles", "unusual", "columns", "correlations", "sensor",
  ]); // prettier-ignore
  return { result, document };
}

const sentences = ({ result }: Awaited<ReturnType<typeof exploreRows>>) =>
  result.findings.map(({ sentence }) => sentence).join("\n");
const at = (count: number, from: number, step: number): Row[] =>
  Array.from({ length: count }, (_, k) => ({ ts: (from + k * step).toFixed(6) }));

test("one connection is a report, and too few to call anything usual", async () => {
  const one = await exploreRows(at(1, 1.7e9, 0));
  expect(one.result.shape).toMatchObject({ connections: 1, hosts: 2, perSecond: null, gaps: [] });
  expect(one.result.correlations.columns).toEqual([]);
  expect(one.result.time.connections).toEqual([1]);
  expect(sentences(one)).toBe("The log holds 1 connection in 0 s: too few to call anything usual or rare");
  expect((await renderPage(one.document)).length).toBeLessThan(8e6);
});

test("all at one moment, with one value in each column", async () => {
  const same = await exploreRows(Array.from({ length: 200 }, () => ({ ts: "1700000000.5" })));
  expect(same.result.shape).toMatchObject({
    connections: 200,
    from: 1_700_000_000.5,
    to: 1_700_000_000.5,
    perSecond: null,
  });
  expect(same.result.histograms.every(({ counts }) => counts.reduce((a, b) => a + b, 0) === 200)).toBe(true);
  expect(same.result.correlations).toMatchObject({ columns: [], pearson: [], spearman: [] });
  expect(sentences(same)).not.toMatch(/gap|clock/);
});

test("a host that talks to itself is one host", async () => {
  const self = await exploreRows(at(120, 1.7e9, 7).map((row) => ({ ...row, "id.resp_h": "10.0.0.1" })));
  expect(self.result.shape).toMatchObject({ hosts: 1, pairs: 1 });
  expect(self.result.hosts.top).toHaveLength(1);
  expect(self.result.hosts.top[0]).toMatchObject({ opened: 120, got: 120, role: "client and server" });
});

test("no bytes at all are unset, not 0, and said", async () => {
  const unset = Object.fromEntries(
    ["duration", "orig_bytes", "resp_bytes", "missed_bytes", "orig_ip_bytes", "resp_ip_bytes"].map((name) => [
      name,
      "-",
    ]),
  );
  const none = await exploreRows(at(150, 1.7e9, 3).map((row) => ({ ...row, ...unset })));
  expect(none.result.columns.find(({ column }) => column === "orig_bytes")).toMatchObject({
    set: 0,
    unset: 150,
    numbers: null,
  });
  expect(sentences(none)).toContain("No connection states how many bytes were sent or received");
  expect(JSON.stringify(none.document)).not.toContain("bytes-over-time");
});

test("three years are binned up, said so, and small", async () => {
  const years = await exploreRows(at(3000, 1.6e9, 31_556));
  const { time } = years.result;
  expect(time.days.length).toBeGreaterThan(1090);
  expect(time.connections.length).toBeLessThanOrEqual(1200);
  expect(time.connections.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(3000);
  const page = await renderPage(years.document);
  expect(page.length).toBeLessThan(8e6);
  expect(JSON.stringify(years.document)).toContain("The last 31 of 1,0");
});

test("an hour that is missing is a gap; a night that is always silent is none", async () => {
  const day = (k: number) => 1_700_006_400 + k * 86_400;
  const busy = (from: number, hours: number) => at(hours * 60, from, 60.3 * 0.98);
  const nights = [0, 1, 2, 3].flatMap((k) => busy(day(k) + 8 * 3600, 10));
  expect((await exploreRows(nights)).result.shape.gaps).toEqual([]);
  const missing = nights.filter(
    ({ ts }) => Number(ts) < day(2) + 12 * 3600 || Number(ts) > day(2) + 13 * 3600,
  );
  const found = await exploreRows(missing);
  expect(found.result.shape.gaps).toHaveLength(1);
  expect(sentences(found)).toMatch(
    /No connection began on 2023-11-17 between 11:5\d and 13:0\d, 1 h.*, in which about 6\d are usual: a gap in the log/,
  );
  expect(found.result.time.days[2]!.connections.slice(24, 26)).toEqual([null, null]);
});

test("lines that cannot be read are counted by reason and said", async () => {
  const rejects = await exploreRows(at(120, 1.7e9, 5), {}, "1700000000.1\tbroken");
  expect(rejects.result.shape).toMatchObject({ connections: 120, rejected: 1 });
  expect(sentences(rejects)).toContain("1 of 121 lines (0.83 %) are no connections that can be read");
});

test("clocks that are wrong, coarse or ahead are said", async () => {
  expect(sentences(await exploreRows(at(150, 3, 5.5)))).toContain("The log's times begin in 1970");
  expect(sentences(await exploreRows(at(150, 1.7e9, 5)))).toContain("Every start is a whole second");
  expect(sentences(await exploreRows(at(150, 1.8e9, 60.5)))).toContain("the sensor's clock is ahead");
  const swapped = at(400, 1.7e9, 5.5).map((_, k, all) => all[(k + 200) % 400]!);
  expect(sentences(await exploreRows(swapped))).toMatch(
    /200 connections \(50 %\) stand out of order, up to \d+ min/,
  );
});

test("a log that was read twice is said", async () => {
  const rows = at(150, 1.7e9, 5.5).map((row, k) => ({ ...row, uid: `C${k % 100}` }));
  expect(sentences(await exploreRows(rows))).toContain("50 connections (33.3 %) have a uid that came before");
});

test("a port scan is the first finding, with who, whom, how many, when and how much of all", async () => {
  const scan = Array.from({ length: 2000 }, (_, k) => ({
    ts: (1_700_000_000 + k * 0.5).toFixed(6),
    "id.orig_h": "10.0.0.23",
    "id.resp_h": "10.0.0.5",
    "id.resp_p": String(k + 1),
    service: "-",
    duration: "-",
    orig_bytes: "-",
    resp_bytes: "-",
    conn_state: "S0",
    history: "S",
    resp_pkts: "0",
    resp_ip_bytes: "0",
  }));
  const ordinary = at(2000, 1_700_000_000, 3.1);
  const rows = [...scan, ...ordinary].sort((a, b) => Number(a["ts"]) - Number(b["ts"]));
  const { result } = await exploreRows(rows, { timezone: "Europe/Berlin", host: "10.0.0.23" });
  const [finding] = result.findings;
  expect(finding).toMatchObject({ kind: "scan", severity: 3, host: "10.0.0.23", connections: 2000 });
  expect(finding!.sentence).toBe(
    "10.0.0.23 tried 2,000 ports of 10.0.0.5 on 2023-11-14 between 23:13 and 23:29: a port scan, 50 % of all connections",
  );
  expect(finding!.evidence.rows[0]!.slice(0, 5)).toEqual(["10.0.0.23", "10.0.0.5", 2000, 2000, 2000]);
  expect(result.profiles[0]!.host).toMatchObject({ host: "10.0.0.23", role: "scanner", targets: 2000 });
});

test("a host that a finding names has a profile, however many are busier", async () => {
  const busy = Array.from({ length: 9 }, (_, host) =>
    at(400, 1_700_000_000 + host, 3.1).map((row) => ({ ...row, "id.orig_h": `10.0.1.${host}` })),
  ).flat();
  const scan = at(120, 1_700_000_300, 0.02).map((row, k) => ({
    ...row,
    "id.orig_h": "10.0.9.9",
    "id.resp_p": String(k + 1),
    orig_bytes: "0",
    resp_bytes: "0",
    conn_state: "REJ",
    history: "Sr",
  }));
  const all: Readonly<Record<string, string>>[] = [...busy, ...scan];
  const rows = all.sort((a, b) => Number(a["ts"]) - Number(b["ts"]));
  const { result } = await exploreRows(rows);
  expect(result.findings.map(({ host }) => host)).toContain("10.0.9.9");
  expect(result.profiles.map(({ host }) => host.host)).toContain("10.0.9.9");
});

test("a service where it does not belong is found, with who speaks it", async () => {
  const odd = { ts: "1700000100.5", "id.resp_p": "4444", service: "ssh" };
  const found = await exploreRows([...at(200, 1.7e9, 5.5), odd]);
  expect(sentences(found)).toContain(
    "10.0.0.1 spoke ssh with 10.0.0.2 on port 4444/tcp; ssh belongs on 22, 830, 2222",
  );
});

test("services where they do not belong stand in a table with what they come to", async () => {
  const odd = (port: string, service: string, k: number) => ({
    ts: (1_700_000_100 + k).toFixed(6),
    "id.resp_p": port,
    service,
    orig_bytes: "1000",
    resp_bytes: "3000",
  });
  const rows = [
    ...at(300, 1.7e9, 5.5),
    ...Array.from({ length: 4 }, (_, k) => odd("4444", "ssh", k)),
    odd("53", "http", 9),
  ];
  const { result, document } = await exploreRows(rows);
  expect(
    result.unusual.misplaced.map((row) => [row.service, row.port, row.connections, row.bytes, row.share]),
  ).toEqual([
    ["ssh", 4444, 4, 16_000, 1],
    ["http", 53, 1, 4000, 1],
  ]);
  expect(sentences({ result, document })).toContain(
    "5 connections speak a service on a port where it does not belong, most of them ssh on port 4444/tcp (4), which belongs on 22, 830, 2222",
  );
  expect(JSON.stringify(document)).toContain('"id":"misplaced-services"');
});

test("new contacts are counted exactly, however many there are", async () => {
  const strangers = Array.from({ length: 6000 }, (_, k) => ({
    ts: (1_700_090_000 + k).toFixed(6),
    "id.resp_h": `203.0.${k >> 8}.${k & 255}`,
  }));
  const { result, document } = await exploreRows([...at(900, 1.7e9, 100.5), ...strangers]);
  const { unusual } = result;
  expect(unusual.firstContactCount).toBe(6000);
  expect(unusual.firstContactsLookedAt).toBe(5000);
  expect(JSON.stringify(document)).toContain("Of 6,000 new pairs, these are among the latest 5,000.");
});

test("a flood from a hundred thousand invented hosts gives a page of ordinary size", async () => {
  const flood = Array.from({ length: 100_000 }, (_, k) => ({
    ts: (1_700_000_000 + k * 0.01).toFixed(6),
    "id.orig_h": `${11 + (k % 80)}.${(k >> 3) & 255}.${(k >> 11) & 255}.${k & 255}`,
    conn_state: "S0",
    history: "S",
    resp_pkts: "0",
  }));
  const { result, document } = await exploreRows(flood);
  expect(result.shape.originators).toBeGreaterThan(90_000);
  expect((await renderPage(document)).length).toBeLessThan(8e6);
});

test("hostile text from a log stays text, in the page too", async () => {
  const evil = `</script><img src=x onerror=alert(1)>`;
  const rows = at(150, 1.7e9, 5.5).map((row) => ({
    ...row,
    service: evil,
    history: `"'><svg/onload=1>`,
    conn_state: "${7*7}",
  }));
  const { result, document } = await exploreRows(rows);
  expect(result.tops.find(({ dimension }) => dimension === "service")!.rows[0]!.name).toBe(evil);
  const page = await renderPage(document);
  expect(page).not.toContain("<img src=x");
  expect(page).not.toContain("<svg/onload");
});

test("a zone across summer time: days are local, the missing hour is empty", async () => {
  const from = Date.parse("2025-03-29T22:30:00Z") / 1000;
  const { result } = await exploreRows(at(2000, from, 60.01), { timezone: "Europe/Berlin" });
  expect(result.time.clockChanges).toEqual(["2025-03-30"]);
  const sunday = result.time.days.find(({ date }) => date === "2025-03-30")!;
  expect(sunday.connections.slice(3, 7)).toEqual([30, null, null, 30]);
});

test("what is not there is refused, saying what was expected", async () => {
  await expect(exploreRows(at(3, 1.7e9, 1), { timezone: "Nowhere" })).rejects.toThrow("--timezone expects");
  await expect(exploreRows(at(3, 1.7e9, 1), { host: "10.9.9.9" })).rejects.toThrow(
    "--host 10.9.9.9 is at neither end of any of the 3 connections",
  );
  await expect(exploreRows(at(3, 1.7e9, 1), { host: "server" })).rejects.toThrow(
    '--host expects an IPv4 or IPv6 address, found "server"',
  );
  await expect(exploreRows([])).rejects.toMatchObject({ kind: "log-format" });
});

test("the store is kept where it is asked for, and the same result comes twice", async () => {
  const storeFile = join(folder, "kept.duckdb");
  const rows = at(300, 1.7e9, 5.5);
  const first = await exploreRows(rows, { storeFile });
  expect((await readFile(storeFile)).length).toBeGreaterThan(0);
  const second = await exploreRows(rows);
  const without = (result: object) => JSON.stringify(result).replaceAll(/[^"]*\.log/g, "");
  expect(without(first.result)).toBe(without(second.result));
});
