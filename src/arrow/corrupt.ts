/** What is wrong with Arrow data, and where: the source's name, and the byte from which it was read. */
import { GnistaError } from "../errors.ts";

/** A path, or null for bytes in memory. */
export type SourceName = string | null;

export function corruptArrow(source: SourceName, offset: number, why: string): GnistaError {
  return new GnistaError(
    "CORRUPT_INPUT",
    `${source ?? "the Arrow data"} cannot be read: ${why} (byte ${offset})`,
    source === null ? { offset } : { file: source, offset },
  );
}

export function unsupportedArrow(source: SourceName, what: string): GnistaError {
  return new GnistaError(
    "UNSUPPORTED_OPERATION",
    `${source ?? "the Arrow data"} cannot become columns: ${what}`,
    source === null ? {} : { file: source },
  );
}
