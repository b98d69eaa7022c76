/** Where the user called an operation: `map at app.ts:12:5`. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../location.ts";

const SOURCES = [fileURLToPath(ROOT), ROOT.href];

export interface CallSite {
  readonly operation: string;
  readonly text: string;
  /** `file:line:column`, absolute. */
  readonly source: string | null;
}

export function callSite(operation: string): CallSite {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 16;
  Error.captureStackTrace(holder, callSite);
  Error.stackTraceLimit = limit;
  for (const line of (holder.stack ?? "").split("\n").slice(1)) {
    const match = /\(?((?:file:\/\/)?\/[^()]+|[A-Za-z]:\\[^()]+):(\d+):(\d+)\)?$/.exec(line.trim());
    if (match === null || SOURCES.some((dir) => match[1].startsWith(dir))) continue;
    const path = match[1].startsWith("file://") ? fileURLToPath(match[1]) : match[1];
    return {
      operation,
      text: `${operation} at ${relative(process.cwd(), path)}:${match[2]}:${match[3]}`,
      source: `${path}:${match[2]}:${match[3]}`,
    };
  }
  return { operation, text: operation, source: null };
}
