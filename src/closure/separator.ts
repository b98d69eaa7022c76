/** The separators of String.split that the kernels know: literal strings, and classes of ASCII characters with or without +. */
import type { Expression, SpreadElement } from "acorn";
import type { Separator } from "../kernels/separator.ts";

export function separatorOf(args: readonly (Expression | SpreadElement)[]): Separator | null {
  const [arg] = args;
  if (args.length !== 1 || arg.type !== "Literal") return null;
  if (typeof arg.value === "string")
    return arg.value === "" || !arg.value.isWellFormed() ? null : { kind: "literal", text: arg.value };
  return arg.regex ? classSeparator(arg.regex.pattern, arg.regex.flags) : null;
}

/** `\s`, `\W`, `[^a-z']`, each with an optional +, without flags; classes must treat all non-ASCII characters alike. */
function classSeparator(pattern: string, flags: string): Separator | null {
  if (flags !== "" && flags !== "g") return null;
  const match = /^(\\[wWdD]|\[\^?(?:\\[wWdDtnr.\-\]\\/]|[^\\\]])+\])(\+?)$/.exec(pattern);
  if (match === null) return null;
  const one = new RegExp(`^${match[1]}$`);
  // A class that distinguishes between non-ASCII characters names one, or is \s.
  if (/[\u0080-\uffff]|\\s/i.test(match[1])) return null;
  const bits: [number, number, number, number] = [0, 0, 0, 0];
  for (let code = 0; code < 128; code++)
    if (one.test(String.fromCharCode(code))) bits[code >> 5] |= 1 << (code & 31);
  return { kind: "class", source: pattern, flags, bits, others: one.test("é"), repeat: match[2] === "+" };
}
