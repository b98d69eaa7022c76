/** The settings of the engine, by Spark's names and with its defaults. */
import { GnistaError } from "../errors.ts";
import type { SchedulerSettings } from "../scheduler/settings.ts";

type Conf = Readonly<Record<string, string>>;

/** `maxTaskFailures` is what the master says, if it does. */
export function schedulerSettings(conf: Conf, maxTaskFailures: number | null): SchedulerSettings {
  return {
    maxTaskFailures: maxTaskFailures ?? count(conf, "spark.task.maxFailures", 4),
    maxStageAttempts: count(conf, "spark.stage.maxConsecutiveAttempts", 4),
    speculation: flag(conf, "spark.speculation")
      ? {
          interval: milliseconds(conf, "spark.speculation.interval", 100),
          multiplier: decimal(conf, "spark.speculation.multiplier", 3, Number.POSITIVE_INFINITY),
          quantile: decimal(conf, "spark.speculation.quantile", 0.9, 1),
          minTaskRuntime: milliseconds(conf, "spark.speculation.minTaskRuntime", 100),
        }
      : null,
    exclusion: flag(conf, "spark.excludeOnFailure.enabled")
      ? {
          taskAttempts: count(conf, "spark.excludeOnFailure.task.maxTaskAttemptsPerExecutor", 1),
          stageFailures: count(conf, "spark.excludeOnFailure.stage.maxFailedTasksPerExecutor", 2),
          applicationFailures: count(conf, "spark.excludeOnFailure.application.maxFailedTasksPerExecutor", 2),
          timeout: milliseconds(conf, "spark.excludeOnFailure.timeout", 3_600_000),
        }
      : null,
  };
}

/** The part of the memory from which execution evicts nothing that is cached. */
export function storageFraction(conf: Conf): number {
  return decimal(conf, "spark.memory.storageFraction", 0.5, 1);
}

function flag(conf: Conf, key: string): boolean {
  const text = conf[key] ?? "false";
  const value = { true: true, false: false }[text.trim().toLowerCase()];
  if (value === undefined) throw invalid(key, text, '"true" or "false"');
  return value;
}

/** A whole number from 1. */
function count(conf: Conf, key: string, preset: number): number {
  const text = conf[key];
  if (text === undefined) return preset;
  if (/^\s*[1-9]\d*\s*$/.test(text)) return Number(text);
  throw invalid(key, text, "a whole number from 1");
}

/** A number from 0 to `most`. */
function decimal(conf: Conf, key: string, preset: number, most: number): number {
  const text = conf[key];
  if (text === undefined) return preset;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= 0 && value <= most && Number.isFinite(value)) return value;
  throw invalid(key, text, most === 1 ? "a number from 0 to 1" : "a number from 0");
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A time such as "100ms", "30s" or "1h"; milliseconds when there is no unit. */
function milliseconds(conf: Conf, key: string, preset: number): number {
  const text = conf[key];
  if (text === undefined) return preset;
  const [, digits, unit] = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const factor = UNITS[unit?.toLowerCase() ?? "?"];
  if (factor === undefined) throw invalid(key, text, 'a time such as "100ms", "30s" or "1h"');
  return Number(digits) * factor;
}

function invalid(key: string, text: string, wanted: string): GnistaError {
  return new GnistaError("INVALID_ARGUMENT", `the setting ${key} must be ${wanted}, got "${text}"`);
}
