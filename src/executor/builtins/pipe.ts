/** Rows through an external command, by lines: Spark's PipedRDD. The command runs once a partition, for empty ones too. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { textLine } from "./text-line.ts";

type Print = (line: string) => void;

export interface PipeCommand {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly encoding: BufferEncoding;
  /** Run in an empty directory of its own, which is removed afterwards. */
  readonly separateWorkingDir: boolean;
}

export function pipeRows(
  command: PipeCommand,
  context: ((print: Print) => void) | null,
  element: ((row: unknown, print: Print) => void) | null,
  rows: Iterable<unknown>,
): string[] {
  const { words, env, encoding, separateWorkingDir } = command;
  const lines: string[] = [];
  const print: Print = (line) => {
    lines.push(`${line}\n`);
  };
  context?.(print);
  for (const row of rows)
    if (element === null) print(textLine(row));
    else element(row, print);
  const cwd = separateWorkingDir ? mkdtempSync(join(tmpdir(), "gnista-pipe-")) : undefined;
  try {
    const { status, signal, stdout, stderr, error } = spawnSync(words[0], words.slice(1), {
      input: Buffer.from(lines.join(""), encoding),
      env: { ...process.env, ...env },
      encoding,
      maxBuffer: 1 << 30,
      cwd,
    });
    // EPIPE: the command ended without reading all of its input, as `head` does.
    if (error !== undefined && (error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
    if (status !== 0)
      throw new Error(
        `the command ${words.join(" ")} ended with ${status === null ? `signal ${signal}` : `exit code ${status}`}: ${stderr.slice(0, 500)}`,
      );
    const output = stdout.split("\n");
    if (output[output.length - 1] === "") output.pop();
    return output;
  } finally {
    if (cwd !== undefined) rmSync(cwd, { recursive: true, force: true });
  }
}
