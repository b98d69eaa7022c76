/**
 * The files of one thread in the context's spill directory: appended to by who makes them, read by anybody, each removed once by its owner.
 * The directory is made with the first file. Names say whose they are, so that those of a dead thread can be found.
 */
import { closeSync, mkdirSync, openSync, readvSync, rmSync, writevSync } from "node:fs";
import { join } from "node:path";
import { GnistaError } from "../errors.ts";

export class DiskFiles {
  readonly directory: string;
  readonly #owner: number;
  readonly #begun: () => void;
  #next = 0;
  #hasFiles = false;

  /** `begun` is called when there is a first file. */
  constructor(directory: string, owner: number, begun: () => void = () => {}) {
    this.directory = directory;
    this.#owner = owner;
    this.#begun = begun;
  }

  create(): FileWriter {
    const name = `${ownerPrefix(this.#owner)}${this.#next++}`;
    const file = new FileWriter(name, join(this.directory, name));
    if (!this.#hasFiles) this.#begun();
    this.#hasFiles = true;
    return file;
  }

  open(name: string): FileReader {
    return new FileReader(join(this.directory, name));
  }

  remove(name: string): void {
    rmSync(join(this.directory, name), { force: true });
  }
}

/** What the names of a thread's files begin with. */
export function ownerPrefix(owner: number): string {
  return `t${owner}-`;
}

export class FileWriter {
  readonly name: string;
  readonly path: string;
  readonly #fd: number;
  #bytes = 0;
  #closed = false;

  constructor(name: string, path: string) {
    this.name = name;
    this.path = path;
    try {
      mkdirSync(join(path, ".."), { recursive: true });
      this.#fd = openSync(path, "wx");
    } catch (error) {
      throw diskError(error, path);
    }
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  append(views: readonly Uint8Array[]): void {
    let rest = views;
    try {
      while (rest.length > 0) {
        let written = writevSync(this.#fd, rest.slice(0, MOST_VIEWS));
        this.#bytes += written;
        let whole = 0;
        while (whole < rest.length && rest[whole].length <= written) written -= rest[whole++].length;
        rest = rest.slice(whole);
        if (written > 0) rest = [rest[0].subarray(written), ...rest.slice(1)];
      }
    } catch (error) {
      throw diskError(error, this.path);
    }
  }

  close(): void {
    if (!this.#closed) closeSync(this.#fd);
    this.#closed = true;
  }
}

export class FileReader {
  readonly path: string;
  readonly #fd: number;

  constructor(path: string) {
    this.path = path;
    try {
      this.#fd = openSync(path, "r");
    } catch (error) {
      throw corruptBlock(path, 0, `the file cannot be opened (${(error as Error).message})`);
    }
  }

  /** Fills the views, one after the other, from `at` on. */
  read(at: number, views: readonly Uint8Array[]): void {
    let rest = views.filter(({ length }) => length > 0);
    for (let position = at; rest.length > 0; ) {
      let got: number;
      try {
        got = readvSync(this.#fd, rest.slice(0, MOST_VIEWS), position);
      } catch (error) {
        throw corruptBlock(this.path, position, (error as Error).message);
      }
      if (got === 0) throw corruptBlock(this.path, position, "it ends too early");
      position += got;
      let whole = 0;
      while (whole < rest.length && rest[whole].length <= got) got -= rest[whole++].length;
      rest = rest.slice(whole);
      if (got > 0) rest = [rest[0].subarray(got), ...rest.slice(1)];
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** As many as one system call takes. */
const MOST_VIEWS = 1024;

export function corruptBlock(file: string, offset: number, what: string): GnistaError {
  return new GnistaError(
    "BLOCK_LOST",
    `a block on disk cannot be read back: ${what}: ${file} at byte ${offset}`,
    {
      file,
      offset,
    },
  );
}

function diskError(error: unknown, file: string): GnistaError {
  const { code, message } = error as NodeJS.ErrnoException;
  const advice =
    code === "ENOSPC" || code === "EDQUOT"
      ? "the disk is full; free some of it, or name a directory with more room by the setting spark.local.dir"
      : "name a directory that can be written by the setting spark.local.dir";
  return new GnistaError(
    "DISK_FAILED",
    `what does not fit in memory could not be written to disk: ${message}; ${advice}`,
    { file },
    error,
  );
}
