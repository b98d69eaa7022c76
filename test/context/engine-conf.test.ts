import { expect, it } from "vitest";
import { schedulerSettings, storageFraction } from "../../src/context/engine-conf.ts";
import { Context } from "../../src/index.ts";

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

it("reads how much of the memory is protected from execution", () => {
  expect(storageFraction({})).toBe(0.5);
  for (const [text, fraction] of [["0", 0] as const, [" 0.25 ", 0.25] as const, ["1", 1] as const])
    expect(storageFraction({ "spark.memory.storageFraction": text })).toBe(fraction);
});

it.each(["-0.1", "1.1", "half", "", "NaN"])("refuses %j as a part of the memory", async (text) => {
  const conf = { "spark.memory.storageFraction": text };
  await expect(Context.create({ master: "local", conf })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: `the setting spark.memory.storageFraction must be a number from 0 to 1, got "${text}"`,
  });
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
