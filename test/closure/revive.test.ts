import { expect, test } from "vitest";
import { captureFunction } from "../../src/closure/capture.ts";
import { reviveFunction } from "../../src/closure/revive.ts";

const host = { broadcast: () => undefined, accumulator: () => undefined };

test("a function revived twice has variables of its own each time", () => {
  let count = 0;
  const next = (): number => ++count;
  const spec = captureFunction(next, { operation: "map" });
  const [first, second] = [reviveFunction(spec, host), reviveFunction(spec, host)];
  expect([first(), first(), second()]).toEqual([1, 2, 1]);
  expect(count).toBe(0);
  count = 10;
  expect(reviveFunction(captureFunction(next, { operation: "map" }), host)()).toBe(11);
});
