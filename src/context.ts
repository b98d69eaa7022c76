/** The way in: a context owns the workers, the shared memory and the jobs of a program. */
import { tmpdir } from "node:os";
import { Checkpoints } from "./context/checkpoints.ts";
import { schedulerSettings, storageFraction } from "./context/engine-conf.ts";
import { type ContextOptions, parseBackend, parseMaster, parseMemory } from "./context/options.ts";
import { showProgress } from "./scheduler/console-progress.ts";
import { createEngine } from "./scheduler/create-engine.ts";

/**
 * @example
 * const lines = sc.parallelize(["to be", "or not to be"]);
 * const counts = lines.flatMap((line) => line.split(" ")).map((word) => [word, 1]).reduceByKey((a, b) => a + b);
 * await counts.lookup("be") // => [2]
 */
export class Context extends Checkpoints implements AsyncDisposable {
  static #active: Context | null = null;

  #endProgress = (): void => {};

  /**
   * A context with its workers started. INVALID_ARGUMENT for a master, a memory or a setting that is not understood, BACKEND_UNAVAILABLE for a
   * backend that this version does not have. On a terminal a progress bar shows long stages on stderr; the setting
   * spark.ui.showConsoleProgress ("true", "false") forces it on or off.
   *
   * @example
   * await using own = await Context.create({ master: "local[2]", memory: "256m" });
   * await own.range(10).sum() // => 45
   */
  static async create(options: ContextOptions = {}): Promise<Context> {
    const { threads, failures } = parseMaster(options.master ?? "local[*]");
    const { conf = {} } = options;
    const engine = await createEngine({
      threads,
      backend: parseBackend(options.backend ?? "auto"),
      memory: parseMemory(options.memory),
      storageFraction: storageFraction(conf),
      scheduling: schedulerSettings(conf, failures),
      localDirectory: conf["spark.local.dir"] ?? tmpdir(),
    });
    const context = new Context(engine, options);
    Context.#active ??= context;
    const wanted = conf["spark.ui.showConsoleProgress"];
    if (wanted === "true" || (wanted === undefined && process.stderr.isTTY))
      context.#endProgress = showProgress(engine.events, process.stderr, () => engine.heap.used);
    return context;
  }

  /**
   * The context that was made first and is not stopped; a new one with these options when there is none.
   *
   * @example
   * (await Context.getOrCreate()) === (await Context.getOrCreate()) // => true
   */
  static async getOrCreate(options: ContextOptions = {}): Promise<Context> {
    return Context.#active ?? Context.create(options);
  }

  /**
   * Ends all jobs and workers and gives the memory back. Later actions fail with CONTEXT_STOPPED.
   *
   * @example
   * const own = await Context.create({ master: "local", memory: "64m" });
   * await own.stop();
   * await own.range(3).count() // => throws CONTEXT_STOPPED
   */
  async stop(): Promise<void> {
    if (Context.#active === this) Context.#active = null;
    await this.engine.stop();
    this.#endProgress();
    this.removeFiles();
  }

  /**
   * `stop`, at the end of the scope of `await using`.
   *
   * @example
   * await using own = await Context.create({ master: "local", memory: "64m" });
   * await own.range(3).count() // => 3
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
