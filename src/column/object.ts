/**
 * Rows that fit no column type, serialized one by one with V8's structured clone format: anything structured clone can carry comes
 * back equal (class instances lose their methods, as they do between threads; those with private fields are refused).
 */
import { deserialize, serialize } from "node:v8";
import { GnistaError } from "../errors.ts";
import { cannotBeCopied } from "./cannot-be-copied.ts";

export function encodeObject(value: unknown): Uint8Array {
  const obstacle = cannotBeCopied(value);
  if (obstacle !== null) throw notCopied(obstacle);
  try {
    return serialize(value);
  } catch (error) {
    throw notCopied(error instanceof Error ? error.message : String(error), error);
  }
}

function notCopied(obstacle: string, cause?: unknown): GnistaError {
  return new GnistaError(
    "TASK_NOT_SERIALIZABLE",
    `a row cannot be stored or sent, because it holds what cannot be copied: ${obstacle}; map it to plain data first`,
    {},
    cause,
  );
}

export function decodeObject(bytes: Uint8Array): unknown {
  return deserialize(bytes);
}
