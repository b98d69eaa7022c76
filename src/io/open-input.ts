/** Opening what was listed before: by now it may be gone, or closed to us. */
import { openSync } from "node:fs";
import { cannotRead } from "./list-files.ts";

export function openInput(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw cannotRead(path, error);
  }
}
