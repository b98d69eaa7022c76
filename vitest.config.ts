import { defineConfig } from "vitest/config";
import type { Reporter, TestModule } from "vitest/node";

/** One plain last line that says how many tests ran and how many failed. */
const totals: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    let [passed, failed] = [0, 0];
    for (const module of modules) {
      if (module.state() === "failed" && module.children.size === 0) failed++;
      for (const test of module.children.allTests())
        if (test.result().state === "passed") passed++;
        else if (test.result().state === "failed") failed++;
    }
    console.log(`${passed} passed, ${failed} failed`);
  },
};

/** Tests with generated programs take as much longer. */
const TIMEOUT = 60_000 * Math.max(1, Number(process.env["GNISTA_TEST_RUNS"] ?? 100) / 100);

export default defineConfig({
  test: {
    include: [process.env["GNISTA_STRESS"] === "1" ? "test/**/*.stress.ts" : "test/**/*.test.ts"],
    reporters: ["default", totals],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: TIMEOUT,
    hookTimeout: 60_000,
    execArgv: ["--expose-gc"],
  },
});
