import { assert } from "../base/errors.ts";

/** Gives numbers to the labels of attacks in the order in which they come; 0 is "", for normal rows. */
export interface LabelNumbers {
  readonly names: readonly string[];
  of(name: string): number;
}

export function openLabelNumbers(): LabelNumbers {
  const names = [""];
  const numbers = new Map([["", 0]]);
  return {
    names,
    of(name) {
      let number = numbers.get(name);
      if (number === undefined) {
        number = names.push(name) - 1;
        assert(number <= 65_535, "more than 65,535 labels of attacks");
        numbers.set(name, number);
      }
      return number;
    },
  };
}
