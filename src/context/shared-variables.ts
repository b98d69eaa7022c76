/** What tasks share with the driver: broadcasts, accumulators, files. */
import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import {
  Accumulator,
  type AccumulatorParam,
  type AccumulatorV2,
  customHow,
  listHow,
  NumberAccumulator,
  registerAccumulator,
} from "../accumulator.ts";
import { Broadcast } from "../broadcast.ts";
import { GnistaError } from "../errors.ts";
import { JobControl } from "./job-control.ts";

export class SharedVariables extends JobControl {
  #files: string | null = null;
  /** The paths of the added files, by their names. */
  readonly #added = new Map<string, string>();

  /**
   * A value that each worker gets once, with the first stage whose functions use it, instead of with every stage; do not change it after this call.
   * TASK_NOT_SERIALIZABLE when it cannot be sent.
   *
   * @example
   * const names = sc.broadcast(["zero", "one"]);
   * await sc.range(2).map((i) => names.value[i]).collect() // => ["zero", "one"]
   */
  broadcast<T>(value: T): Broadcast<T> {
    return new Broadcast(this.engine, value);
  }

  /**
   * An accumulator that sums whole numbers, from 0.
   *
   * @example
   * const odd = sc.longAccumulator("odd numbers");
   * await sc.range(5).foreach((x) => { if (x % 2 === 1) odd.add(1); });
   * odd.value // => 2
   */
  longAccumulator(name: string | null = null): NumberAccumulator {
    return new NumberAccumulator(this.engine, name);
  }

  /**
   * An accumulator that sums numbers, from 0.
   *
   * @example
   * const weight = sc.doubleAccumulator();
   * await sc.parallelize([0.5, 0.25]).foreach((x) => weight.add(x));
   * weight.value // => 0.75
   */
  doubleAccumulator(name: string | null = null): NumberAccumulator {
    return new NumberAccumulator(this.engine, name);
  }

  /**
   * An accumulator that collects what is added in a list, in the order in which tasks end.
   *
   * @example
   * const bad = sc.collectionAccumulator("bad rows");
   * await sc.parallelize(["1", "x"]).foreach((text) => { if (Number.isNaN(Number(text))) bad.add(text); });
   * bad.value // => ["x"]
   */
  collectionAccumulator<T>(name: string | null = null): Accumulator<T[], T> {
    return new Accumulator(this.engine, name, listHow<T>());
  }

  /**
   * PySpark's accumulator: numbers are summed; other types need a param that knows their zero and how to add. INVALID_ARGUMENT without.
   *
   * @example
   * const total = sc.accumulator(10);
   * await sc.range(3).foreach((x) => total.add(x));
   * total.value // => 13
   * const vector = sc.accumulator([0, 0], { zero: () => [0, 0], addInPlace: (a, b) => a.map((x, i) => x + b[i]) });
   * await sc.range(3).foreach((x) => vector.add([1, x]));
   * vector.value // => [3, 3]
   */
  accumulator<T>(initial: T, param?: AccumulatorParam<T>): Accumulator<T> {
    if (param !== undefined) return new Accumulator(this.engine, null, customHow(initial, param), initial);
    if (typeof initial !== "number")
      throw new GnistaError(
        "INVALID_ARGUMENT",
        "an accumulator of something else than numbers needs a param { zero, addInPlace }",
      );
    return new NumberAccumulator(this.engine, null, initial) as unknown as Accumulator<T>;
  }

  /**
   * Makes an object an accumulator: tasks add to copies of it that start from zero, which are merged into it on the driver. Call it before the functions that use it are
   * given to RDDs. TASK_NOT_SERIALIZABLE when its class has private fields.
   *
   * @example
   * class Longest {
   *   word = "";
   *   copy() { return Object.assign(new Longest(), this); }
   *   reset() { this.word = ""; }
   *   add(word) { if (word.length > this.word.length) this.word = word; }
   *   merge(other) { this.add(other.word); }
   *   get value() { return this.word; }
   * }
   * const longest = new Longest();
   * sc.register(longest);
   * await sc.parallelize(["fig", "apple", "pear"]).foreach((word) => longest.add(word));
   * longest.value // => "apple"
   */
  register<IN, OUT>(accumulator: AccumulatorV2<IN, OUT>): void {
    registerAccumulator(this.engine, accumulator);
  }

  /**
   * Copies a file, or with `recursive` a directory, to where tasks find it under its name, by `SparkFiles.get(name)`. Adding it again does
   * nothing. INPUT_NOT_FOUND when there is no such file, INVALID_ARGUMENT for a directory without `recursive` and for another file of a name that is taken.
   *
   * @example
   * const { writeFileSync, readFileSync } = process.getBuiltinModule("node:fs");
   * writeFileSync(`${dir}/factor.txt`, "100");
   * sc.addFile(`${dir}/factor.txt`);
   * await sc.range(3).mapPartitions((rows) => {
   *   const factor = Number(readFileSync(SparkFiles.get("factor.txt"), "utf8"));
   *   return rows.map((x) => x * factor);
   * }).collect() // => [0, 100, 200]
   */
  addFile(path: string, recursive = false): void {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined)
      throw new GnistaError("INPUT_NOT_FOUND", `addFile: there is no file ${path}`, { file: path });
    if (stat.isDirectory() && !recursive)
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `addFile: ${path} is a directory; pass true to add all of it`,
      );
    this.#files ??= mkdtempSync(join(tmpdir(), "gnista-files-"));
    process.env["GNISTA_FILES"] = this.#files;
    const name = basename(path);
    const known = this.#added.get(name);
    if (known === resolve(path)) return;
    if (known !== undefined)
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `addFile: the name of ${path} is taken by ${known}; give it another`,
      );
    cpSync(path, join(this.#files, name), { recursive });
    this.#added.set(name, resolve(path));
  }

  /**
   * The names of the files that were added.
   *
   * @example
   * sc.addFile("package.json");
   * sc.listFiles().includes("package.json") // => true
   */
  listFiles(): string[] {
    return [...this.#added.keys()];
  }

  /** @internal */
  protected removeFiles(): void {
    if (this.#files !== null) rmSync(this.#files, { recursive: true, force: true });
    this.#files = null;
  }
}
