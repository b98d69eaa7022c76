import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { Folder } from "./support.ts";

const folder = new Folder();
afterAll(() => folder.remove());

describe("the command gnista", () => {
  it("helps", async () => {
    const { code, out } = await folder.gnista("--help");
    expect(code).toBe(0);
    for (const word of ["demo", "run <file.ts>", "--version", "Context.create"]) expect(out).toContain(word);
    expect(await folder.gnista("demo", "--help")).toMatchObject({ code: 0, err: "" });
  });

  it("shows its help and fails when it is told nothing", async () => {
    const { code, out } = await folder.gnista();
    expect(code).toBe(2);
    expect(out).toContain("Usage:");
  });

  it("says its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect((await folder.gnista("--version")).out).toBe(`${version}\n`);
  });

  it("knows no other commands", async () => {
    for (const name of ["frobnicate", "constructor"]) {
      const { code, out, err } = await folder.gnista(name);
      expect(code).toBe(2);
      expect(out).toBe("");
      expect(err).toContain(`no command "${name}"`);
    }
  });

  it("runs the program that its help shows", async () => {
    const { out } = await folder.gnista("--help");
    const program = /(?<= {2})import [\s\S]*sc\.stop\(\);/.exec(out)![0];
    folder.write("README.md", "to be or not to be\n");
    const ended = await folder.gnista("run", folder.write("shown.ts", program));
    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out).toContain("[ 'to', 2 ]");
  });
});
