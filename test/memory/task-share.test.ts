import { expect, test } from "vitest";
import { sourceRows, taskShare } from "../../src/memory/task-share.ts";

test("a source makes a million rows at once, with a small budget fewer, whoever works", () => {
  for (const [limit, rows] of [
    [8 << 20, 16_384] as const,
    [128 << 20, 1 << 18] as const,
    [2 ** 33, 1 << 20] as const,
  ])
    expect(sourceRows({ limit })).toBe(rows);
});

test.each([
  { limit: 800 << 20, executors: 1, share: 50 << 20 },
  { limit: 800 << 20, executors: 4, share: 25 << 20 },
  { limit: 64 << 10, executors: 2, share: 1 << 18 },
])(
  "of $limit bytes, an operator of each of $executors executors may gather $share",
  ({ limit, executors, share }) => {
    expect(taskShare({ limit }, executors)).toBe(share);
  },
);
