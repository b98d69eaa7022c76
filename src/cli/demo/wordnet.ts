/**
 * What a line of WordNet's files says. An entry is a meaning: its number, the words that have it, pointers to other entries, and after a bar
 * its definition. Lines that start with a blank are the licence.
 */
import { readFileSync } from "node:fs";

const KINDS = "nvar";

export function isEntry(line: string): boolean {
  return !line.startsWith(" ");
}

/** The words of the entry's definition, each as often as it occurs. */
export function definitionWords(line: string): readonly string[] {
  return (
    line
      .slice(line.indexOf("|") + 1)
      .toLowerCase()
      .match(/[a-z]+/g) ?? []
  );
}

/** The same number for each file's entries would mean different ones: a digit for the kind comes first. */
function entryNumber(kind: string, offset: string): number {
  return (KINDS.indexOf(kind === "s" ? "a" : kind) + 1) * 1e8 + Number(offset);
}

export function entryOf(line: string): number {
  return entryNumber(line[12], line.slice(0, 8));
}

/** Pairs of the entry and each one that it points to. */
export function pointers(line: string): [number, number][] {
  const fields = line.slice(0, line.indexOf("|")).split(" ");
  const from = entryNumber(fields[2], fields[0]);
  const words = Number.parseInt(fields[3], 16);
  let at = 4 + words * 2;
  const count = Number(fields[at++]);
  const result: [number, number][] = [];
  for (let i = 0; i < count; i++, at += 4) result.push([from, entryNumber(fields[at + 2], fields[at + 1])]);
  return result;
}

/** The first word that has the entry's meaning. */
export function headword(line: string): string {
  return line.split(" ", 5)[4].replaceAll("_", " ");
}

/** All lines, in the order of the files: what the plain loops read. */
export function linesOf(files: readonly string[]): string[] {
  return files.flatMap((file) => readFileSync(file, "utf8").trimEnd().split("\n"));
}
