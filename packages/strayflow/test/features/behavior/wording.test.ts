import { expect, test } from "vitest";
import { logCount, novelty, rarer } from "../../../src/features/behavior/wording.ts";

test("things are counted whole, but where their parts make the difference", () => {
  const { explain } = logCount("", "contacted", ["network", "networks"], "in 5 min");
  expect(explain(Math.log1p(3.1), Math.log1p(0.8))).toBe("contacted 3 networks in 5 min; usually 1");
  expect(explain(Math.log1p(1.2), 0)).toBe("contacted 1 network in 5 min; usually 0");
  expect(explain(Math.log1p(3.4), Math.log1p(2.6))).toBe("contacted 3.4 networks in 5 min; usually 2.6");
  expect(explain(Math.log1p(211.4), Math.log1p(210.9))).toBe("contacted 211 networks in 5 min; usually 211");
});

test("how new something is says of which time", () => {
  const { explain } = novelty("", "has used this port", "the time that it is known");
  expect(explain(4.075, 0)).toBe(
    "has used this port only in the last 1.7 % of the time that it is known; usually from the beginning",
  );
});

test("what is rarer says than what", () => {
  const { explain } = rarer("", "this port", "those that it usually uses");
  expect(explain(Math.log(9.3), 0)).toBe(
    "this port is 9.3 times rarer than those that it usually uses; usually as rare",
  );
  expect(explain(-Math.log(2), Math.log(3))).toBe(
    "this port is 2 times more common than those that it usually uses; usually 3 times rarer",
  );
  expect(explain(0.01, 0)).toBe("this port is as rare as those that it usually uses; usually as rare");
});
