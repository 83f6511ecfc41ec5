import { readFile } from "node:fs/promises";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "./test-io.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
let log: string;
beforeAll(async () => {
  world = await openWorld();
  log = `${world.clean[0]}/conn.10:00:00-11:00:00.log.gz`;
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

function npyShape(bytes: Buffer): string | undefined {
  return /'shape': \(([^)]*)\)/.exec(bytes.toString("latin1", 0, 128))?.[1];
}

test("prints the shapes and writes what they say, in every format", async () => {
  const shapes = new Set<string>();
  for (const ending of ["csv", "npy", "parquet"]) {
    const { status, stdout, stderr } = await run([
      "features",
      log,
      "--preset",
      "seed",
      "--out",
      world.path(`m.${ending}`),
    ]);
    expect([status, stdout]).toEqual([0, ""]);
    shapes.add(stderr.trimEnd());
  }
  const [shape] = [...shapes];
  expect(shapes.size).toBe(1);
  const [rows, columns] = /^(\d+) x 22 -> \1 x (\d+)$/.exec(shape!)!.slice(1);
  const [head, ...lines] = (await readFile(world.path("m.csv"), "utf8")).trimEnd().split("\n");
  expect(npyShape(await readFile(world.path("m.npy")))).toBe(`${rows}, ${columns}`);
  expect(lines).toHaveLength(Number(rows));
  const parquet = await parquetReadObjects({ file: await asyncBufferFromFile(world.path("m.parquet")) });
  expect(parquet).toHaveLength(Number(rows));
  const names = Object.keys(parquet[0]!);
  expect(names).toHaveLength(Number(columns));
  expect(head).toBe(names.map((name) => (name.includes(",") ? `"${name}"` : name)).join(","));
  expect(lines[0]!.split(",").map(Number).map(Math.fround)).toEqual(Object.values(parquet[0]!));
});

test("standard input and a pipe give the same matrix as files", async () => {
  const words = ["--preset", "connection", "--format", "npy"];
  const stdin = await readFile(log);
  const piped = await run(["features", "-", ...words], { stdin });
  const filed = await run(["features", log, ...words]);
  expect([piped.status, piped.stdout]).toEqual([0, filed.stdout]);
  expect(npyShape(Buffer.from(piped.stdout, "utf8"))).toMatch(/^\d+, \d+$/);
});

test("with a model uses its columns, and refuses another preset", async () => {
  const model = await world.train("model");
  const { status, stdout } = await run(["features", log, "--model", model]);
  expect(status).toBe(0);
  const manifest = JSON.parse((await run(["models", "show", model, "--json"])).stdout) as {
    features: { id: string }[];
  };
  expect(stdout.split("\n")[0]).toBe(manifest.features.map(({ id }) => id).join(","));
  const refused = await run(["features", log, "--model", model, "--preset", "seed"]);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain("the model uses connection");
});

test("binary formats are not thrown at a terminal", async () => {
  expect((await run(["features", log, "--format", "npy"], { isTTY: true })).status).toBe(2);
});
