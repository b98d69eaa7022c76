/** Every public symbol has a doc comment with an example, and every example does what it says. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as gnista from "../../src/index.ts";
import { Context } from "../../src/index.ts";
import { asProgram, codeBlocks, docOf, docText, examplesOf, parseSource } from "./examples.ts";

const root = resolve(import.meta.dirname, "../..");
const FOLDERS = ["src/rdd", "src/context"];
const FILES = [
  "src/context.ts",
  "src/accumulator.ts",
  "src/broadcast.ts",
  "src/spark-files.ts",
  "src/errors.ts",
  "src/plan/partitioner.ts",
  "src/plan/storage-level.ts",
  "src/executor/task-context.ts",
  "src/executor/builtins/stat-counter.ts",
];
const files = [
  ...FOLDERS.flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name))),
  ...FILES.map((name) => join(root, name)),
];

const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...values: unknown[]) => Promise<unknown>;

let sc: Context;
let tmp: string;

beforeAll(async () => {
  sc = await Context.create({ master: "local[2]", memory: "512m" });
  tmp = mkdtempSync(join(tmpdir(), "gnista-examples-"));
});
afterAll(async () => {
  await sc.stop();
  rmSync(tmp, { recursive: true, force: true });
});

async function run(example: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const names = {
    ...gnista,
    sc,
    dir: mkdtempSync(join(tmp, "example-")),
    expect: async (actual: () => unknown, expected: () => unknown) =>
      expect(await actual()).toEqual(expected()),
    expectError: async (action: () => Promise<unknown>, code: string) =>
      expect(await action().catch((error: unknown) => error)).toMatchObject({ code }),
    ...more,
  };
  await new AsyncFunction(...Object.keys(names), `{ ${asProgram(example)}\n }`)(...Object.values(names));
}

describe.each(files.map((path) => relative(root, path)))("%s", (path) => {
  const source = parseSource(readFileSync(join(root, path), "utf8"));

  const examples = source.comments.flatMap((comment) =>
    comment.value.startsWith("*")
      ? examplesOf(docText(comment)).map((text) => ({ text, line: comment.loc!.end.line + 1 }))
      : [],
  );
  for (const { text, line } of examples) test(`line ${line}`, () => run(text));

  test("every public method has a doc comment, with an example unless its class has one", () => {
    const missing: string[] = [];
    for (const statement of source.program.body) {
      const node = statement.type === "ExportNamedDeclaration" ? statement.declaration : null;
      if (node?.type !== "ClassDeclaration") continue;
      if (!PUBLIC.has(node.id?.name ?? "")) continue;
      const classExample =
        examplesOf(docOf(source, statement) ?? "").length > 0 && !CHAINED.has(node.id!.name);
      for (const member of node.body.body) {
        if (member.type === "StaticBlock" || member.key.type === "PrivateIdentifier") continue;
        if (member.type === "MethodDefinition" && member.kind === "constructor") continue;
        const doc = docOf(source, member);
        const name = `${node.id?.name}.${source.code.slice(member.key.start, member.key.end)}`;
        if (doc?.includes("@internal") === true || UNDOCUMENTED.test(name)) continue;
        if (
          doc === null ||
          (!classExample && member.type === "MethodDefinition" && examplesOf(doc).length === 0)
        )
          missing.push(`${name} (line ${member.loc!.start.line})`);
      }
    }
    expect(missing).toEqual([]);
  });
});

/** What users reach: the exports, and the families that RDD and Context are made of, each of whose methods has its own example. */
const CHAINED = new Set([gnista.RDD, gnista.Context].flatMap((last) => [...superclasses(last)]));
const PUBLIC = new Set([...CHAINED, ...Object.keys(gnista), "StatusTracker"]);

function* superclasses(last: Function): Generator<string> {
  for (let each = last; each !== Function.prototype; each = Object.getPrototypeOf(each) as Function)
    yield each.name;
}

/** What a promise, an evaluator or a setter is needs no words. */
const UNDOCUMENTED =
  /^FutureAction\.(\[|then|catch|finally)|Evaluator\.(merge|currentResult)$|^Accumulator\.value$/;

test("the README's programs run", async () => {
  const notes = mkdtempSync(join(tmp, "readme-"));
  mkdirSync(join(notes, "notes"));
  writeFileSync(join(notes, "notes/a.txt"), "Sparks fly where sparks are struck.\n");
  const before = process.cwd();
  const printed: unknown[][] = [];
  process.chdir(notes);
  try {
    for (const block of codeBlocks(readFileSync(join(root, "README.md"), "utf8")))
      await run(block, { console: { log: (...values: unknown[]) => printed.push(values) } });
  } finally {
    process.chdir(before);
  }
  expect(printed[0]).toEqual([2, "sparks"]);
});
