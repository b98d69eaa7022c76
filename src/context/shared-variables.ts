/** What tasks share with the driver: broadcasts, accumulators, files. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Accumulator, type AccumulatorParam, customHow, listHow, SUM } from "../accumulator.ts";
import { Broadcast } from "../broadcast.ts";
import { GnistaError } from "../errors.ts";
import { JobControl } from "./job-control.ts";

export class SharedVariables extends JobControl {
  #files: string | null = null;

  broadcast<T>(value: T): Broadcast<T> {
    return new Broadcast(this.engine, value);
  }

  longAccumulator(name: string | null = null): Accumulator<number> {
    return new Accumulator(this.engine, name, 0, SUM);
  }

  doubleAccumulator(name: string | null = null): Accumulator<number> {
    return new Accumulator(this.engine, name, 0, SUM);
  }

  collectionAccumulator<T>(name: string | null = null): Accumulator<T[], T> {
    return new Accumulator<T[], T>(this.engine, name, [], listHow<T>());
  }

  /** PySpark's accumulator: numbers are summed, other types need a param. */
  accumulator<T>(initial: T, param?: AccumulatorParam<T>): Accumulator<T> {
    if (param !== undefined) return new Accumulator(this.engine, null, initial, customHow(initial, param));
    if (typeof initial !== "number")
      throw new GnistaError(
        "INVALID_ARGUMENT",
        "an accumulator of something else than numbers needs a param { zero, addInPlace }",
      );
    return new Accumulator(this.engine, null, initial as number, SUM) as unknown as Accumulator<T>;
  }

  /** Makes a file available to tasks under its name, by SparkFiles.get(name). Adding the same name again is ignored. */
  addFile(path: string): void {
    this.#files ??= mkdtempSync(join(tmpdir(), "gnista-files-"));
    process.env["GNISTA_FILES"] = this.#files;
    copyFileSync(path, join(this.#files, basename(path)));
  }

  /** @internal */
  protected removeFiles(): void {
    if (this.#files !== null) rmSync(this.#files, { recursive: true, force: true });
    this.#files = null;
  }
}
