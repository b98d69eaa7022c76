/**
 * Rows that fit no column type, serialized one by one with V8's structured clone format: anything structured clone can carry comes
 * back equal (class instances lose their prototype, as they do between threads).
 */
import { deserialize, serialize } from "node:v8";
import { GnistaError } from "../errors.ts";

export function encodeObject(value: unknown): Uint8Array {
  try {
    return serialize(value);
  } catch (error) {
    throw new GnistaError(
      "TASK_NOT_SERIALIZABLE",
      `a row cannot be stored or sent: ${error instanceof Error ? error.message : String(error)}; map it to plain data first`,
      {},
      error,
    );
  }
}

export function decodeObject(bytes: Uint8Array): unknown {
  return deserialize(bytes);
}
