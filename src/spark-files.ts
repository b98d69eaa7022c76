/** Files added with `sc.addFile`, as tasks find them. */
import { join } from "node:path";

/**
 * https://spark.apache.org/docs/latest/api/python/reference/api/pyspark.SparkFiles.html
 *
 * @example
 * sc.addFile("package.json");
 * await sc.parallelize([1], 1).map(() => SparkFiles.get("package.json").endsWith("/package.json")).collect() // => [true]
 */
export class SparkFiles {
  /**
   * The directory of the added files.
   *
   * @example
   * sc.addFile("package.json");
   * SparkFiles.get("package.json").startsWith(SparkFiles.getRootDirectory()) // => true
   */
  static getRootDirectory(): string {
    return process.env["GNISTA_FILES"] ?? "";
  }

  /**
   * The path of an added file, by its name.
   *
   * @example
   * sc.addFile("package.json");
   * SparkFiles.get("package.json") === SparkFiles.getRootDirectory() + "/package.json" // => true
   */
  static get(name: string): string {
    return join(SparkFiles.getRootDirectory(), name);
  }
}
