import type { Batch } from "../zeek/batch.ts";
import type { AssembledScenario } from "./assemble.ts";
import { hostName } from "./host-name.ts";
import type { TestRows } from "./seed-figures.ts";

/** What figures need to know of a scenario's test rows, whatever the detector. */
export function testRowsOf({ test, labels, scenario }: AssembledScenario): TestRows {
  const facts = openRowFacts();
  for (const { batch, truth } of test.batches()) facts.add(batch, truth);
  return facts.finish(labels, Math.min(scenario.warm_up, test.rows));
}

/** Gathers what figures need to know of rows, batch by batch. */
export interface RowFacts {
  add(batch: Batch, truth: Uint16Array): void;
  finish(labels: readonly string[], warmUp: number): TestRows;
}

export function openRowFacts(): RowFacts {
  const numbers = new Map<string | number, number>();
  const host: number[] = [];
  const start: number[] = [];
  const end: number[] = [];
  const truths: number[] = [];
  return {
    add({ rows, ts, duration, orig_h }, truth) {
      for (let row = 0; row < rows; row++) {
        const name = hostName(orig_h, row);
        let number = numbers.get(name);
        if (number === undefined) numbers.set(name, (number = numbers.size));
        host.push(number);
        start.push(ts[row]!);
        end.push(ts[row]! + (duration[row]! > 0 ? duration[row]! : 0));
        truths.push(truth[row]!);
      }
    },
    finish: (labels, warmUp) => ({
      host: Uint32Array.from(host),
      start: Float64Array.from(start),
      end: Float64Array.from(end),
      truth: Uint16Array.from(truths),
      labels,
      warmUp,
    }),
  };
}
