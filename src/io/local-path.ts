/** Where a path of a user lies on this machine: `file:` URLs are understood, other schemes are an error, not a folder of that name. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { GnistaError } from "../errors.ts";

export function localPath(path: string): string {
  return resolve(withoutScheme(path));
}

/** As it was written, if it is no URL. */
export function withoutScheme(path: string): string {
  // Hadoop also writes file:/tmp/x.
  if (/^file:\//i.test(path)) {
    const rest = path.slice("file:".length).replace(/^\/\/(localhost)?(?=\/)/i, "");
    return rest.includes("%") ? fileURLToPath(`file://${rest}`) : rest;
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path))
    throw new GnistaError(
      "UNSUPPORTED_OPERATION",
      `${path} is not on this machine; files are read and written by path or file: URL, so copy or mount them first`,
      { file: path },
    );
  return path;
}
