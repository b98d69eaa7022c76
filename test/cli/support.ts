/** The command in a process of its own, in an empty folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), "gnista-cli-"));

  write(name: string, source: string): string {
    const path = join(this.path, name);
    writeFileSync(path, source);
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }

  /** `started` sees the process and what it has written so far, each time it writes. */
  node(args: readonly string[], started?: (child: ChildProcess, out: string) => void): Promise<Ended> {
    return new Promise((done, fail) => {
      const child = spawn(process.execPath, args, { cwd: this.path, stdio: ["ignore", "pipe", "pipe"] });
      let out = "";
      let err = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        out += text;
        started?.(child, out);
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        err += text;
      });
      child.on("error", fail);
      child.on("close", (code) => done({ code, out, err }));
    });
  }

  gnista(...args: string[]): Promise<Ended> {
    return this.node([resolve("src/cli/main.ts"), ...args]);
  }
}
