/**
 * The examples of doc comments and of the README as programs. An example is code in which an expression may be followed by
 * `// => value`, what it must be equal to when awaited, or `// => throws CODE`.
 */
import { stripTypeScriptTypes } from "node:module";
import { type Comment, type Node, type Program, parse } from "acorn";

export interface Source {
  readonly program: Program;
  readonly comments: readonly Comment[];
  /** With the types blanked out; positions are those of the file. */
  readonly code: string;
}

export function parseSource(text: string): Source {
  const code = stripTypeScriptTypes(text);
  const comments: Comment[] = [];
  const program = parse(code, {
    ecmaVersion: "latest",
    sourceType: "module",
    locations: true,
    allowAwaitOutsideFunction: true,
    onComment: comments,
  });
  return { program, comments, code };
}

/** The doc comment that ends right before a node (types and signatures between them are blank by now). */
export function docOf({ comments, code }: Source, node: Node): string | null {
  const last = comments.findLast((comment) => comment.end <= node.start);
  if (last === undefined || last.type !== "Block" || !last.value.startsWith("*")) return null;
  return /^[\s;]*(export\s+)?[\s;]*$/.test(code.slice(last.end, node.start)) ? docText(last) : null;
}

export function docText({ value }: Comment): string {
  return value.replace(/^\s*\*[ ]?/gm, "");
}

export function examplesOf(doc: string): string[] {
  return doc
    .split(/^@example\b/m)
    .slice(1)
    .map((rest) => rest.split(/^@\w+/m)[0].trim());
}

/** The ```ts blocks of a page. */
export function codeBlocks(page: string): string[] {
  return [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1]);
}

/** The body of an async function in which each expected value has become a call of `expect`. */
export function asProgram(example: string): string {
  // A line that is checked ends there, whatever the next begins with.
  const { program, comments, code } = parseSource(example.replace(/;?( +\/\/ => .*)$/gm, ";$1"));
  const edits: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  for (const node of program.body)
    if (node.type === "ImportDeclaration") edits.push({ start: node.start, end: node.end, text: "" });
  for (const comment of comments) {
    const expected = /^ => (.*)$/.exec(comment.value)?.[1];
    if (comment.type !== "Line" || expected === undefined) continue;
    const statement = program.body.findLast((node) => node.end <= comment.start);
    if (statement?.type !== "ExpressionStatement")
      throw new Error(`no expression before "// => ${expected}" in: ${example}`);
    const expression = code.slice(statement.expression.start, statement.expression.end);
    const code_ = /^throws (\w+)$/.exec(expected)?.[1];
    edits.push({
      start: statement.start,
      end: statement.end,
      text:
        code_ === undefined
          ? `await expect(async () => (${expression}), () => (${expected}));`
          : `await expectError(async () => (${expression}), "${code_}");`,
    });
  }
  let result = code;
  for (const { start, end, text } of edits.sort((a, b) => b.start - a.start))
    result = result.slice(0, start) + text + result.slice(end);
  return result;
}
