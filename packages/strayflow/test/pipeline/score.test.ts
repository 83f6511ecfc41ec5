import { afterAll, beforeAll, expect, test } from "vitest";
import { mkdir, writeFile } from "node:fs/promises";
import { scoreLogs, type ScoreOptions } from "../../src/pipeline/score.ts";
import { trainModel } from "../../src/pipeline/train.ts";
import { linesOf, openOffice, quick, shares, writeLog, type Office } from "./office.ts";

let office: Office;
let modelDir: string;
beforeAll(async () => {
  office = await openOffice({ rows: 3000, seed: 31, attack: "port-scan:weak" });
  modelDir = office.path("model");
  await trainModel({
    preset: "behavior",
    seed: 1,
    inputs: [office.normal],
    modelDir,
    split: "time",
    shares,
    ...quick,
  });
}, 60_000);
afterAll(() => office[Symbol.asyncDispose]());

async function scored(inputs: readonly string[], options: Partial<ScoreOptions> = {}) {
  const run = scoreLogs({ inputs, modelDir, pValue: 0.05, ...options });
  const rows: [score: number, pValue: number, flagged: number][] = [];
  for await (const { score, pValue, flagged } of run)
    score.forEach((one, row) => rows.push([one, pValue[row]!, flagged[row]!]));
  return { rows, summary: run.summary(), warnings: run.warnings() };
}

test("a log that comes in pieces, cut between any rows, is scored as if it were whole, bit for bit", async () => {
  const { header, rows } = await linesOf(office.later);
  const whole = await scored([office.later]);
  expect(whole.rows.length).toBe(rows.length);
  for (const cuts of [[1], [100, 101, 640], [rows.length - 1]]) {
    const folder = office.path(`pieces ${cuts.join()}`);
    await mkdir(folder);
    const edges = [0, ...cuts, rows.length];
    for (const [i, to] of edges.slice(1).entries()) {
      await writeLog(`${folder}/conn.${i}.log`, header, rows.slice(edges[i], to));
    }
    expect((await scored([folder])).rows).toEqual(whole.rows);
  }
});

test("the same log in JSON gets the same scores, bit for bit", async () => {
  const { rows, fields } = await linesOf(office.later);
  const text = new Set(["uid", "id.orig_h", "id.resp_h", "proto", "service", "conn_state", "history"]);
  const json = rows.map((line) => {
    const values = line.split("\t").map((value, i): [string, unknown] => [fields[i]!, value]);
    const set = values.filter(
      ([name, value]) => value !== "-" && name !== "tunnel_parents" && value !== "(empty)",
    );
    const typed = set.map(([name, value]) => [
      name,
      text.has(name) ? value : value === "T" ? true : value === "F" ? false : Number(value),
    ]);
    return JSON.stringify(Object.fromEntries(typed));
  });
  await writeFile(office.path("later.json"), `${json.join("\n")}\n`);
  expect((await scored([office.path("later.json")])).rows).toEqual((await scored([office.later])).rows);
});

test("the summary counts what was scored, what was flagged, and what was rejected", async () => {
  const { header, rows } = await linesOf(office.later);
  await writeLog(office.path("bad.log"), header, [...rows.slice(0, 50), "not a row", ...rows.slice(50, 300)]);
  const { rows: found, summary } = await scored([office.path("bad.log")]);
  const flagged = found.filter(([, , flag]) => flag === 1);
  expect(summary).toMatchObject({ rows: 300, rejected: 1, flagged: flagged.length, p_value: 0.05 });
  for (const [, pValue, flag] of found) expect(flag === 1 && pValue > 0.05).toBe(false);
});

test("which rows get reasons changes nothing about how they are judged", async () => {
  const plain = await scored([office.later]);
  expect((await scored([office.later], { explain: "all" })).rows).toEqual(plain.rows);
});

test("a smaller p-value flags a part of the rows, and changes no score", async () => {
  const [lax, strict] = [await scored([office.later]), await scored([office.later], { pValue: 0.002 })];
  expect(strict.rows.map(([score, p]) => [score, p])).toEqual(lax.rows.map(([score, p]) => [score, p]));
  expect(strict.rows.filter(([, , flag], row) => flag === 1 && lax.rows[row]![2] === 0)).toEqual([]);
  expect(strict.summary.flagged).toBeLessThan(lax.summary.flagged);
});

test("logs without a column that the model learned from are refused, naming it; JSON that never has it is remarked on", async () => {
  const { header, rows, fields } = await linesOf(office.later);
  const column = fields.indexOf("history");
  const without = (line: string, at: number) => line.split("\t").toSpliced(at, 1).join("\t");
  const shorter = header.map((line) =>
    line.startsWith("#fields") || line.startsWith("#types") ? without(line, column + 1) : line,
  );
  await writeLog(
    office.path("short.log"),
    shorter,
    rows.map((line) => without(line, column)),
  );
  await expect(scored([office.path("short.log")])).rejects.toMatchObject({
    kind: "model-mismatch",
    message: expect.stringContaining("history"),
    place: { file: office.path("short.log") },
  });
  const json = rows.slice(0, 300).map((line) => {
    const values = line.split("\t");
    const ends = ["id.orig_h", "id.resp_h", "proto", "uid"].map((name) => [
      name,
      values[fields.indexOf(name)],
    ]);
    const ports = ["ts", "id.orig_p", "id.resp_p"].map((name) => [
      name,
      Number(values[fields.indexOf(name)]),
    ]);
    return JSON.stringify(Object.fromEntries([...ends, ...ports]));
  });
  await writeFile(office.path("short.json"), `${json.join("\n")}\n`);
  const { warnings } = await scored([office.path("short.json")]);
  expect(warnings.map(({ message }) => message).join()).toMatch(
    /learned from .*history.*which no connection here has/,
  );
});
