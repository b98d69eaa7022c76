import { expect, it } from "vitest";
import { schedulerSettings } from "../../src/context/scheduler-conf.ts";

it("has Spark's defaults", () => {
  expect(schedulerSettings({}, null)).toEqual({
    maxTaskFailures: 4,
    maxStageAttempts: 4,
    speculation: null,
    exclusion: null,
  });
  expect(
    schedulerSettings({ "spark.speculation": "true", "spark.excludeOnFailure.enabled": "true" }, 7),
  ).toEqual({
    maxTaskFailures: 7,
    maxStageAttempts: 4,
    speculation: { interval: 100, multiplier: 3, quantile: 0.9, minTaskRuntime: 100 },
    exclusion: { taskAttempts: 1, stageFailures: 2, applicationFailures: 2, timeout: 3_600_000 },
  });
});

it.each([
  ["250", 250],
  ["250ms", 250],
  [" 2 s ", 2000],
  ["1m", 60_000],
  ["3min", 180_000],
  ["1H", 3_600_000],
])("reads the time %j", (text, expected) => {
  const conf = { "spark.speculation": "true", "spark.speculation.interval": text };
  expect(schedulerSettings(conf, null).speculation?.interval).toBe(expected);
});

it.each([
  ["spark.task.maxFailures", "0"],
  ["spark.task.maxFailures", "many"],
  ["spark.stage.maxConsecutiveAttempts", "-1"],
  ["spark.speculation", "yes"],
  ["spark.speculation.interval", "1 fortnight"],
  ["spark.speculation.multiplier", "x"],
  ["spark.speculation.quantile", "1.5"],
  ["spark.excludeOnFailure.timeout", ""],
])("refuses %s = %j, and names it", (key, text) => {
  const conf = { "spark.speculation": "true", "spark.excludeOnFailure.enabled": "true", [key]: text };
  expect(() => schedulerSettings(conf, null)).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(key) }),
  );
});
