/**
 * Files added with `sc.addFile`, as tasks find them.
 *
 * @example
 * sc.addFile("weights.json");
 * rdd.mapPartitions((rows) => { const path = SparkFiles.get("weights.json"); ... });
 */
import { join } from "node:path";

export class SparkFiles {
  static getRootDirectory(): string {
    return process.env["GNISTA_FILES"] ?? "";
  }

  static get(name: string): string {
    return join(SparkFiles.getRootDirectory(), name);
  }
}
