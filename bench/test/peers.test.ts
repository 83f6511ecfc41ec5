import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { peerFigures, peerTable, type Course } from "../parts/peers.ts";
import { openNpy, writeNpy } from "../support/npy.ts";

test("a matrix that was written is read back, from any row", () => {
  const directory = mkdtempSync(join(tmpdir(), "strayflow-bench-test-"));
  try {
    const path = join(directory, "matrix.npy");
    let next = 0;
    writeNpy(path, { rows: 10_000, width: 3 }, (block, rows) => {
      for (let i = 0; i < rows * 3; i++) block[i] = next++;
    });
    const file = openNpy(path);
    const out = new Float32Array(6);
    file.read(8999, 2, out);
    file.close();
    expect([file.rows, file.width]).toEqual([10_000, 3]);
    expect([...out]).toEqual([26_997, 26_998, 26_999, 27_000, 27_001, 27_002]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("peers are compared round by round, and an absent one leaves its quality undecided", () => {
  const ours = course("strayflow", [1, 2, 1]);
  const torch = course("PyTorch", [4, 8, 4]);
  expect(peerTable([ours, torch]).rows[0]).toEqual(["read the .gz", "1 s", "4 s (4.0x)"]);
  const decided = peerFigures([ours, torch]).filter(({ quality }) => quality !== undefined);
  expect(decided.map(({ quality, value }) => [quality, value.median])).toEqual([["epoch", 0.25]]);
  const withKeras = peerFigures([ours, torch, course("Keras", [9, 18, 9])]);
  expect(withKeras.find(({ quality }) => quality === "train")?.value.median).toBe(9);
});

function course(name: string, seconds: readonly number[]): Course {
  const ids = [
    "read",
    "features",
    "epoch",
    "matrix",
    "train",
    "trainMemory",
    "score",
    "scoreMemory",
  ] as const;
  return {
    name,
    values: Object.fromEntries(ids.map((id) => [id, [...seconds]])) as unknown as Course["values"],
  };
}
