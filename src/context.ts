/** The way in: a context owns the workers, the shared memory and the jobs of a program. */
import { type ContextOptions, parseBackend, parseMaster, parseMemory } from "./context/options.ts";
import { Sources } from "./context/sources.ts";
import { createEngine } from "./scheduler/create-engine.ts";

/**
 * @example
 * const lines = sc.parallelize(["to be", "or not to be"]);
 * const counts = lines.flatMap((line) => line.split(" ")).map((word) => [word, 1]).reduceByKey((a, b) => a + b);
 * await counts.lookup("be") // => [2]
 */
export class Context extends Sources implements AsyncDisposable {
  static async create(options: ContextOptions = {}): Promise<Context> {
    const { threads, failures } = parseMaster(options.master ?? "local[*]");
    const engine = await createEngine({
      threads,
      backend: parseBackend(options.backend ?? "auto"),
      memory: parseMemory(options.memory),
      maxTaskFailures: failures,
    });
    return new Context(engine, options);
  }

  /** Ends all jobs and workers and gives the memory back. */
  async stop(): Promise<void> {
    await this.engine.stop();
    this.removeFiles();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
