/**
 * Every error that gnista raises on purpose, in one table: a code, the class name Spark users know where
 * Spark has one, and a message that says what happened and what to do. Errors are told apart by `code`,
 * not by identity, so that they keep their meaning across threads and across two copies of the package.
 */
export const ERROR_TABLE = {
  TASK_NOT_SERIALIZABLE: "TaskNotSerializableError",
  JOB_FAILED: "JobFailedError",
  JOB_CANCELLED: "JobCancelledError",
  CONTEXT_STOPPED: "ContextStoppedError",
  EMPTY_COLLECTION: "EmptyCollectionError",
  INVALID_ARGUMENT: "InvalidArgumentError",
  UNSUPPORTED_OPERATION: "UnsupportedOperationError",
  OUT_OF_MEMORY: "OutOfMemoryError",
  OUTPUT_EXISTS: "OutputExistsError",
  INPUT_NOT_FOUND: "InputNotFoundError",
  CORRUPT_INPUT: "CorruptInputError",
  MISSING_PACKAGE: "MissingPackageError",
  BACKEND_UNAVAILABLE: "BackendUnavailableError",
  WORKER_LOST: "WorkerLostError",
  BLOCK_LOST: "BlockLostError",
  CHECKPOINT_LOST: "CheckpointLostError",
  DISK_FAILED: "DiskFailedError",
} as const;

export type ErrorCode = keyof typeof ERROR_TABLE;

/** Where an error happened; every part is optional and only set when it is known. */
export interface ErrorPlace {
  readonly operation?: string;
  readonly partition?: number;
  /** `file:line:column` in the user's own source. */
  readonly source?: string;
  readonly file?: string;
  readonly offset?: number;
  /** Of BLOCK_LOST, a map output: the shuffle and the partition whose task wrote it. */
  readonly shuffle?: number;
  readonly mapPartition?: number;
  /** Of BLOCK_LOST, a stored partition: the RDD's id; `partition` says which. */
  readonly node?: number;
}

const BRAND = Symbol.for("gnista.error");

/**
 * The one error class. `message` says what happened and what to do; `place` says where.
 *
 * @example
 * const error = await sc.emptyRDD<number>().first().catch((e) => e);
 * GnistaError.is(error, "EMPTY_COLLECTION") // => true
 */
export class GnistaError extends Error {
  /** What kind of error it is, for programs. */
  readonly code: ErrorCode;
  /** Where it happened, as far as is known. */
  readonly place: ErrorPlace;

  constructor(code: ErrorCode, message: string, place: ErrorPlace = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = ERROR_TABLE[code];
    this.code = code;
    this.place = place;
    Object.defineProperty(this, BRAND, { value: true });
    // Until it is read, V8 keeps what the frames refer to, whole plans and their shuffles: who keeps the error would keep those.
    void this.stack;
  }

  /** Whether something thrown is an error of gnista, of this code when one is given; also when another thread or copy of the package made it. */
  static is(error: unknown, code?: ErrorCode): error is GnistaError {
    if (typeof error !== "object" || error === null || !(BRAND in error)) return false;
    return code === undefined || (error as unknown as GnistaError).code === code;
  }
}

/** For our own bugs only: never reached by bad input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`gnista bug: ${message}`);
}
