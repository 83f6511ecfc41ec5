import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { AddressCodes, addressOf } from "../../src/store/address-codes.ts";
import { migrate } from "../../src/store/schema.ts";
import { TextCodes } from "../../src/store/text-codes.ts";
import { makeBatch } from "../features/make-batch.ts";

test("the same text has the same code, however many texts came between and across reopening", async () => {
  const connection = await opened();
  let codes = await TextCodes.open(connection, "history", 10);
  const given = new Map<string, number>();
  for (let round = 0; round < 30; round++) {
    if (round % 7 === 6) {
      await codes.flush();
      codes = await TextCodes.open(connection, "history", 10);
    }
    const values = [
      "",
      ...Array.from({ length: 8 }, (_, i) => `text ${(round * 5 + i * 3) % 40}`),
      "\ud800 lone",
    ];
    const found = await codes.codesOf(values);
    expect(found[0]).toBe(0);
    for (const [i, value] of values.entries()) {
      if (i === 0) continue;
      expect(given.get(value) ?? found[i]).toBe(found[i]);
      given.set(value, found[i]!);
    }
  }
  expect(new Set(given.values()).size).toBe(given.size);
  await codes.flush();
  const stored = await connection.runAndReadAll(
    "SELECT count(*), count(DISTINCT code), count(DISTINCT value) FROM texts_history",
  );
  expect(stored.getRows()[0]).toEqual([41n, 41n, 41n]);
  connection.closeSync();
});

test("the same IPv6 address has the same code, and it leads back to the address", async () => {
  const connection = await opened();
  let codes = await AddressCodes.open(connection, 5);
  const given = new Map<string, number>();
  for (let round = 0; round < 20; round++) {
    if (round === 10) {
      await codes.flush();
      codes = await AddressCodes.open(connection, 5);
    }
    const addresses = Array.from({ length: 6 }, (_, i) => `2001:db8::${((round * 7 + i) % 30) + 1}`).concat(
      "1.2.3.4",
    );
    const { orig_h } = makeBatch(addresses.map((address) => ({ "id.orig_h": address })));
    const out = new Float64Array(addresses.length);
    await codes.codesOf(orig_h, addresses.length, out);
    for (const [i, address] of addresses.entries()) {
      expect(given.get(address) ?? out[i]).toBe(out[i]);
      given.set(address, out[i]!);
    }
  }
  expect(addressOf(given.get("1.2.3.4")!, null)).toBe("1.2.3.4");
  await codes.flush();
  const stored = await connection.runAndReadAll("SELECT code::DOUBLE, value FROM addresses");
  for (const [code, value] of stored.getRows()) expect(given.get(String(value))).toBe(code);
  connection.closeSync();
});

async function opened() {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await migrate(connection, "memory");
  return connection;
}
