import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { assembleScenario, type AssembledScenario } from "../../src/evaluate/assemble.ts";
import type { RowStream } from "../../src/evaluate/row-stream.ts";
import { parseScenario, readScenario } from "../../src/evaluate/scenario.ts";
import { formatAddress } from "../../src/zeek/address.ts";
import { readRecord } from "../../src/zeek/index.ts";
import { hasSharedData } from "../shared-data.ts";
import { ordinary, temporaryFolder, writeJsonLog, writeTsvLog } from "./write-log.ts";

const START = 1_700_000_000;

function assemble(folder: string, scenario: object): Promise<AssembledScenario> {
  const whole = {
    name: "x",
    split: { train: 0.5, calibrate: 0.25 },
    rates: [0.1],
    preset: "connection",
    ...scenario,
  };
  return assembleScenario(parseScenario(JSON.stringify(whole), join(folder, "s.json")));
}

function uidsOf(stream: RowStream, batchRows?: number): string[] {
  return [...stream.batches(batchRows)].flatMap(({ batch, truth }) =>
    Array.from(
      { length: batch.rows },
      (_, row) => `${readRecord(batch, row)["uid"] as string}${truth[row] === 0 ? "" : "!"}`,
    ),
  );
}

const ordinaryRows = (count: number, from = 0) => Array.from({ length: count }, (_, i) => ordinary(from + i));

/** A scan from elsewhere and another time, of a sensor that states `local_resp` and `ip_proto`. */
const scan = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    ordinary(0, {
      ts: 1000 + i,
      uid: `S${i}`,
      "id.orig_h": "172.16.1.11",
      "id.resp_p": i,
      duration: 0.1,
      local_orig: false,
      local_resp: true,
      ip_proto: 6,
    }),
  );

test("normal rows are split in order, whatever the batches", async () => {
  const folder = temporaryFolder();
  writeTsvLog(folder, "conn.log", ordinaryRows(40));
  const {
    train,
    calibrate,
    test: tested,
    rows,
    notes,
  } = await assemble(folder, { normal: { logs: ["conn.log"] } });
  const uids = ordinaryRows(40).map(({ uid }) => uid);
  for (const batchRows of [1, 7, 8192]) {
    expect(uidsOf(train, batchRows)).toEqual(uids.slice(0, 20));
    expect(uidsOf(calibrate, batchRows)).toEqual(uids.slice(20, 30));
    expect(uidsOf(tested, batchRows)).toEqual(uids.slice(30));
  }
  expect(rows).toEqual({ train: 20, calibrate: 10, test_normal: 10, attack: 0 });
  expect(notes).toEqual(["a rate of 0.1 is rough: 10 calibration rows put 1 above the cut"]);
});

test("a rate that the calibration rows cannot estimate is named", async () => {
  const folder = temporaryFolder();
  writeTsvLog(folder, "conn.log", ordinaryRows(40));
  const { notes } = await assemble(folder, { normal: { logs: ["conn.log"] }, rates: [0.01] });
  expect(notes).toEqual(["a rate of 0.01 cannot be estimated from 10 calibration rows; it takes 100"]);
});

test("an attack of another time goes to the middle of the test, in its order, as a host of the network", async () => {
  const folder = temporaryFolder();
  writeTsvLog(folder, "conn.log", ordinaryRows(40));
  writeJsonLog(folder, "scan.json", scan(5));
  const assembled = await assemble(folder, {
    normal: { logs: ["conn.log"] },
    attack: { logs: ["scan.json"], into: "test", as_host: "10.0.0.3" },
  });
  expect(uidsOf(assembled.test).filter((uid) => uid.endsWith("!"))).toEqual([
    "S0!",
    "S1!",
    "S2!",
    "S3!",
    "S4!",
  ]);
  // The test runs from row 30 to row 39; its middle lies between rows 34 and 35.
  expect(uidsOf(assembled.test).slice(4, 7)).toEqual(["C34", "S0!", "S1!"]);
  const { batch, truth } = [...assembled.test.batches()][0]!;
  const first = truth.indexOf(1);
  const record = readRecord(batch, first);
  expect(record).toMatchObject({ "id.orig_h": "10.0.0.3", "id.resp_p": 0, local_orig: true });
  expect(record["local_resp"]).toBeUndefined();
  expect(record["ip_proto"]).toBeUndefined();
  expect(batch.ts[first + 4]! - batch.ts[first]!).toBe(4);
  expect(assembled.labels).toEqual(["", "attack"]);
  expect(assembled.notes.join()).toMatch(/ip_proto, local_resp made unset/);
  expect(assembled.rows).toEqual({ train: 20, calibrate: 10, test_normal: 10, attack: 5 });
});

test("a host that opens no connection is no disguise", async () => {
  const folder = temporaryFolder();
  writeTsvLog(folder, "conn.log", ordinaryRows(40));
  writeJsonLog(folder, "scan.json", scan(5));
  await expect(
    assemble(folder, {
      normal: { logs: ["conn.log"] },
      attack: { logs: ["scan.json"], into: "test", as_host: "10.9.9.9" },
    }),
  ).rejects.toThrow(/10\.9\.9\.9 opens no connection in the normal traffic/);
});

test("attacks of the same log stay where and whose they are, and those before the test are left out", async () => {
  const folder = temporaryFolder();
  const rows = ordinaryRows(48).map((row, i) => ({ ...row, label: i % 6 === 5 ? "Malicious" : "Benign" }));
  // Written out of time order, as Zeek does with rows that it closes late.
  [rows[40], rows[41]] = [rows[41]!, rows[40]!];
  writeTsvLog(folder, "conn.log", rows);
  const assembled = await assemble(folder, {
    normal: { logs: ["conn.log"], labels: ["Benign"] },
    attack: { logs: ["conn.log"], labels: ["Malicious"] },
  });
  const written = rows.map(({ uid, label }) => `${uid}${label === "Malicious" ? "!" : ""}`);
  const normal = written.filter((uid) => !uid.endsWith("!"));
  expect(uidsOf(assembled.train)).toEqual(normal.slice(0, 20));
  expect(uidsOf(assembled.calibrate)).toEqual(normal.slice(20, 30));
  expect(uidsOf(assembled.test)).toEqual(written.slice(written.indexOf(normal[29]!) + 1));
  expect(assembled.labels).toEqual(["", "Malicious"]);
  expect(assembled.notes).toContainEqual(expect.stringMatching(/^5 attack rows come before the test/));
});

test("a row that is both is an attack, and nothing else", async () => {
  const folder = temporaryFolder();
  writeTsvLog(folder, "conn.log", ordinaryRows(40));
  const assembled = await assemble(folder, {
    normal: { logs: ["conn.log"] },
    attack: { logs: ["conn.log"], where: "uid = C35 or uid = C3" },
  });
  expect(uidsOf(assembled.train)).not.toContain("C3");
  expect(uidsOf(assembled.test)).toContain("C35!");
  expect(uidsOf(assembled.test)).not.toContain("C35");
  expect(assembled.notes).toContainEqual("2 rows are selected by normal and by attack; they count as attack");
});

test("another host's normal rows follow at the same time of day, its attacks with them", async () => {
  const folder = temporaryFolder();
  const other = ordinaryRows(6).map((row, i) => ({
    ...row,
    uid: `D${i}`,
    ts: row.ts! - 5 * 86_400,
    label: i === 4 ? "Malicious" : "Benign",
  }));
  writeTsvLog(folder, "conn.log", ordinaryRows(40));
  writeTsvLog(folder, "other.log", other);
  const { test: tested, notes } = await assemble(folder, {
    normal: { logs: ["conn.log"] },
    test_normal: { logs: ["other.log"], labels: ["Benign"] },
    attack: { logs: ["other.log"], labels: ["Malicious"] },
  });
  expect(uidsOf(tested)).toEqual(["D0", "D1", "D2", "D3", "D4!", "D5"]);
  const [first] = [...tested.batches()];
  expect(first!.batch.ts[0]).toBe(START + 86_400);
  expect(first!.batch.ts[4]).toBe(START + 86_400 + 4 * 600);
  expect(notes).toContainEqual("test_normal is moved by 6 days, so that it follows what was learned from");
});

test("poison is a run of attack rows in the training part, taken out of the test", async () => {
  const folder = temporaryFolder();
  writeTsvLog(folder, "conn.log", ordinaryRows(40));
  writeJsonLog(folder, "scan.json", scan(10));
  const {
    train,
    test: tested,
    rows,
  } = await assemble(folder, {
    normal: { logs: ["conn.log"] },
    attack: { logs: ["scan.json"], into: "test", as_host: "10.0.0.3" },
    contaminate: 0.2,
  });
  expect(uidsOf(train)).toHaveLength(22);
  expect(uidsOf(train).slice(10, 12)).toEqual(["S4!", "S5!"]);
  expect(uidsOf(tested).filter((uid) => uid.startsWith("S"))).toEqual([
    "S0!",
    "S1!",
    "S2!",
    "S3!",
    "S6!",
    "S7!",
    "S8!",
    "S9!",
  ]);
  expect(rows).toEqual({ train: 22, calibrate: 10, test_normal: 10, attack: 8 });
});

test("a selection without rows says what there is", async () => {
  const folder = temporaryFolder();
  writeTsvLog(
    folder,
    "conn.log",
    ordinaryRows(4).map((row) => ({ ...row, label: "Benign" })),
  );
  await expect(assemble(folder, { normal: { logs: ["conn.log"], labels: ["benign"] } })).rejects.toThrow(
    /normal selects none of the 4 rows of its logs by its labels benign; their labels: Benign \(4\)/,
  );
  await expect(assemble(folder, { normal: { logs: ["conn.log"], where: "port:1" } })).rejects.toThrow(
    /by its where/,
  );
  await expect(assemble(folder, { normal: { logs: ["conn.log"], where: "uid = C1" } })).rejects.toMatchObject(
    {
      kind: "too-few-rows",
      message: "1 normal rows leave none to train",
    },
  );
});

test("an attack that is over before the test asks for into", async () => {
  const folder = temporaryFolder();
  writeTsvLog(folder, "conn.log", ordinaryRows(40));
  writeJsonLog(folder, "scan.json", scan(5));
  await expect(
    assemble(folder, { normal: { logs: ["conn.log"] }, attack: { logs: ["scan.json"] } }),
  ).rejects.toThrow(
    /none of the 5 attack rows falls into the test period; "into": "test" would move them there/,
  );
});

test("an attack that begins when the normal rows are over is said to, for its days are empty of false alarms", async () => {
  const folder = temporaryFolder();
  writeTsvLog(folder, "conn.log", ordinaryRows(40));
  const normalEnd = Number(ordinaryRows(40).at(-1)!.ts);
  const later = scan(5).map((row, i) => ({ ...row, ts: normalEnd + 11.5 * 86_400 + i }));
  writeJsonLog(folder, "scan.json", later);
  const { notes, rows } = await assemble(folder, {
    normal: { logs: ["conn.log"] },
    attack: { logs: ["scan.json"] },
  });
  expect(rows.attack).toBe(5);
  expect(notes).toContainEqual(
    expect.stringMatching(/^the attack begins 11 d .* after the last normal row; "into": "test"/),
  );
});

const repository = fileURLToPath(new URL("../../../../scenarios/", import.meta.url));

test.skipIf(!hasSharedData)("a real scan is laid into a real office day", async () => {
  const {
    rows,
    test: tested,
    notes,
  } = await assembleScenario(await readScenario(`${repository}scan-in-office.json`));
  expect(rows).toEqual({ train: 5077, calibrate: 1692, test_normal: 1693, attack: 4504 });
  const originators = new Set<unknown>();
  for (const { batch, truth } of tested.batches()) {
    truth.forEach((mark, row) => {
      if (mark !== 0) originators.add(formatAddress(batch.orig_h, row));
    });
  }
  expect([...originators]).toEqual(["192.168.1.102"]);
  expect(notes).toContain("attack: local_orig, local_resp made unset, as the normal log never states them");
});

test.skipIf(!hasSharedData)("a real host is tested on what another one learned", async () => {
  const { rows, labels } = await assembleScenario(
    await readScenario(`${repository}attacked-pc-other-host.json`),
  );
  // The catalogue's 1,402 + 60 and 1,937 + 37 normal rows, and 3,373 attacks.
  expect(rows).toEqual({ train: 1096, calibrate: 366, test_normal: 1974, attack: 3373 });
  expect(labels).toEqual(["", "External-Attack-to-Device"]);
});
