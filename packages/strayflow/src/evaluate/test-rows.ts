import type { AssembledScenario } from "./assemble.ts";
import type { TestRows } from "./figures.ts";
import { hostName } from "./host-name.ts";

/** What figures need to know of a scenario's test rows, whatever the detector. */
export function testRowsOf({ test, labels, scenario }: AssembledScenario): TestRows {
  const host = new Uint32Array(test.rows);
  const end = new Float64Array(test.rows);
  const numbers = new Map<string | number, number>();
  let at = 0;
  for (const { batch } of test.batches()) {
    const { ts, duration, orig_h } = batch;
    for (let row = 0; row < batch.rows; row++, at++) {
      const name = hostName(orig_h, row);
      let number = numbers.get(name);
      if (number === undefined) numbers.set(name, (number = numbers.size));
      host[at] = number;
      end[at] = ts[row]! + (duration[row]! > 0 ? duration[row]! : 0);
    }
  }
  return { host, end, truth: test.truth, labels, warmUp: Math.min(scenario.warm_up, test.rows) };
}
