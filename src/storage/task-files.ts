/** The files that a task has made: removed when it ends, but for those that it hands over. */
import type { DiskFiles, FileReader, FileWriter } from "./disk-files.ts";

export class TaskFiles {
  readonly #files: DiskFiles;
  readonly #own = new Map<string, FileWriter>();

  constructor(files: DiskFiles) {
    this.#files = files;
  }

  create(): FileWriter {
    const file = this.#files.create();
    this.#own.set(file.name, file);
    return file;
  }

  open(name: string): FileReader {
    return this.#files.open(name);
  }

  /** The file is somebody else's from now on. */
  handOver(name: string): void {
    this.#own.delete(name);
  }

  remove(name: string): void {
    this.#own.get(name)?.close();
    this.#own.delete(name);
    this.#files.remove(name);
  }

  end(): void {
    for (const name of [...this.#own.keys()]) this.remove(name);
  }
}
