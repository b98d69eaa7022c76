/** The settings of the scheduler, by Spark's names and with its defaults. */
import { GnistaError } from "../errors.ts";
import type { SchedulerSettings } from "../scheduler/settings.ts";

type Conf = Readonly<Record<string, string>>;

/** `maxTaskFailures` is what the master says, if it does. */
export function schedulerSettings(conf: Conf, maxTaskFailures: number | null): SchedulerSettings {
  return {
    maxTaskFailures: maxTaskFailures ?? count(conf, "spark.task.maxFailures", 4),
    maxStageAttempts: count(conf, "spark.stage.maxConsecutiveAttempts", 4),
  };
}

/** A whole number from 1. */
function count(conf: Conf, key: string, preset: number): number {
  const text = conf[key];
  if (text === undefined) return preset;
  if (/^\s*[1-9]\d*\s*$/.test(text)) return Number(text);
  throw invalid(key, text, "a whole number from 1");
}

function invalid(key: string, text: string, wanted: string): GnistaError {
  return new GnistaError("INVALID_ARGUMENT", `the setting ${key} must be ${wanted}, got "${text}"`);
}
