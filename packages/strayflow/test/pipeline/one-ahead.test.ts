import { expect, test } from "vitest";
import { oneAhead } from "../../src/pipeline/one-ahead.ts";

/** Numbers below `count`, then an error where one is given; says when it was left. */
async function* numbers(count: number, log: string[], error?: Error) {
  try {
    for (let i = 0; i < count; i++) yield i;
    if (error !== undefined) throw error;
  } finally {
    log.push("source left");
  }
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function stages(log: string[]) {
  return {
    begin: (item: number) => (log.push(`begin ${item}`), item),
    finish: async (item: number) => (log.push(`finish ${item}`), item * 10),
  };
}

test("each item is begun before the one before it is finished, and results keep the order", async () => {
  const log: string[] = [];
  const { begin, finish } = stages(log);
  expect(await all(oneAhead(numbers(3, log), begin, finish))).toEqual([0, 10, 20]);
  expect(log).toEqual(["begin 0", "begin 1", "finish 0", "begin 2", "finish 1", "source left", "finish 2"]);
});

test("no items give no results", async () => {
  const { begin, finish } = stages([]);
  expect(await all(oneAhead(numbers(0, []), begin, finish))).toEqual([]);
});

test("where the source fails, what was begun is still given before the failure", async () => {
  const { begin, finish } = stages([]);
  const failure = new Error("damaged");
  const results: number[] = [];
  const run = async () => {
    for await (const result of oneAhead(numbers(2, [], failure), begin, finish)) results.push(result);
  };
  await expect(run()).rejects.toBe(failure);
  expect(results).toEqual([0, 10]);
});

test("a failure to finish is thrown, and the source is left", async () => {
  const log: string[] = [];
  const failure = new Error("judge");
  const run = oneAhead(
    numbers(5, log),
    (item) => item,
    () => Promise.reject(failure),
  );
  await expect(all(run)).rejects.toBe(failure);
  expect(log).toEqual(["source left"]);
});

test("leaving early leaves the source, with one item more begun than was given", async () => {
  const log: string[] = [];
  const { begin, finish } = stages(log);
  for await (const result of oneAhead(numbers(100, log), begin, finish)) if (result === 20) break;
  expect(log.filter((line) => line.startsWith("begin"))).toHaveLength(4);
  expect(log.at(-1)).toBe("source left");
});
