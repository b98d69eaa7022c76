import { parseExpressionAt } from "acorn";
import { expect, test } from "vitest";
import { returnedLiteral } from "../../src/closure/returned-literal.ts";
import type { Literal } from "../../src/expr/literal.ts";

const returned = (source: string): Literal | null =>
  returnedLiteral(parseExpressionAt(source, 0, { ecmaVersion: "latest" }));
const pair: Literal = { kind: "array", items: [null, null] };

test("literals that are always returned are known", () => {
  expect(returned("(x) => [x, 1]")).toEqual(pair);
  expect(returned("(x) => x ? [x, [1, 2]] : [x, f(x)]")).toEqual(pair);
  expect(returned("(x) => { const y = x * 2; if (y) { return [y, x]; } return [x, y]; }")).toEqual(pair);
  expect(returned("function (x) { const g = () => { return 5; }; return [x, g]; }")).toEqual(pair);
  expect(returned("(x) => ({ a: x, b: [x, x] })")).toEqual({
    kind: "object",
    names: ["a", "b"],
    items: [null, pair],
  });
});

test("anything else is not", () => {
  for (const source of [
    "(x) => x",
    "(x) => [...x]",
    "(x) => [x, , 1]",
    "(x) => x ? [x, 1] : [x]",
    "(x) => { if (x) return [x, 1]; }",
    "(x) => { if (x) return; return [x, 1]; }",
    "(x) => { const y = [x, 1]; return y; }",
    "async (x) => [x, 1]",
    "function* (x) { return [x, 1]; }",
    "(x) => ({ a: x, ...x })",
    "(x) => ({ a: x, a: 1 })",
    "(x) => ({ 1: x })",
    "(x) => ({ __proto__: x })",
    "(x) => ({ get a() { return x; } })",
    "(x) => ({ a() { return x; } })",
  ])
    expect(returned(source)).toBeNull();
});
