import { expect, test } from "vitest";
import { readRowSet } from "../../src/evaluate/row-set.ts";
import { parseQuery } from "../../src/query/index.ts";
import { ordinary, temporaryFolder, writeTsvLog } from "./write-log.ts";

const log = () =>
  writeTsvLog(
    temporaryFolder(),
    "conn.log",
    Array.from({ length: 30 }, (_, i) => ordinary(i)),
  );

test("more connections than may be held in memory are refused, with how many may be; what is not selected costs nothing", async () => {
  const logs = [log()];
  await expect(readRowSet("normal", { logs }, { mostRows: 29 })).rejects.toThrow(
    /normal selects more than 29 connections.*give fewer logs/,
  );
  expect((await readRowSet("normal", { logs }, { mostRows: 30 })).rows).toBe(30);
  const where = parseQuery("id.orig_p < 40010");
  expect((await readRowSet("normal", { logs, where }, { mostRows: 29 })).rows).toBe(10);
});
