/**
 * Which tasks of a stage are stragglers: when most have ended, those that have run for several times the median. A straggler is tried a second
 * time beside the first, and the one that ends first counts.
 */
import type { SpeculationSettings } from "./settings.ts";

export class Speculation {
  readonly interval: number;
  readonly #settings: SpeculationSettings;
  readonly #wanted: number;
  readonly #runTimes: number[] = [];

  constructor(settings: SpeculationSettings, tasks: number) {
    this.interval = settings.interval;
    this.#settings = settings;
    this.#wanted = Math.max(1, Math.floor(settings.quantile * tasks));
  }

  succeeded(runTime: number): void {
    this.#runTimes.push(runTime);
  }

  /** How long a task may run until it is a straggler; null while too few have ended to say. */
  get threshold(): number | null {
    if (this.#runTimes.length < this.#wanted) return null;
    const { multiplier, minTaskRuntime } = this.#settings;
    return Math.max(minTaskRuntime, multiplier * median(this.#runTimes));
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
