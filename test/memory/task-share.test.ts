import { expect, test } from "vitest";
import { taskShare } from "../../src/memory/task-share.ts";

test.each([
  { limit: 800 << 20, executors: 1, share: 100 << 20 },
  { limit: 800 << 20, executors: 4, share: 25 << 20 },
  { limit: 64 << 10, executors: 2, share: 1 << 20 },
])(
  "of $limit bytes, an operator of each of $executors executors may gather $share",
  ({ limit, executors, share }) => {
    expect(taskShare({ limit }, executors)).toBe(share);
  },
);
