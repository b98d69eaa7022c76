/** Scalar expressions of one row as JavaScript source. Bools are true and false; `input(i)` and `argument(i)` name what they read. */
import { type Scalar, usesOf } from "./scalar.ts";

export class ScalarJs {
  readonly #input: (index: number) => string;
  readonly #argument: (index: number) => string;
  readonly #uses: ReadonlyMap<Scalar, number>;
  readonly #names = new Map<Scalar, string>();

  constructor(
    input: (index: number) => string,
    argument: (index: number) => string,
    scalars: readonly Scalar[],
  ) {
    this.#input = input;
    this.#argument = argument;
    this.#uses = usesOf(scalars);
  }

  /** Statements that name what these and later expressions share, then the expressions. */
  emit(scalars: readonly Scalar[]): { readonly shared: string; readonly values: readonly string[] } {
    const statements: string[] = [];
    for (const scalar of usesOf(scalars).keys()) {
      if (this.#uses.get(scalar)! < 2 || this.#names.has(scalar)) continue;
      if (scalar.kind === "const" || scalar.kind === "argument" || scalar.kind === "input") continue;
      const name = `s${this.#names.size}`;
      statements.push(`const ${name} = ${this.#compute(scalar)};`);
      this.#names.set(scalar, name);
    }
    return { shared: statements.join(" "), values: scalars.map((scalar) => this.#source(scalar)) };
  }

  #source(scalar: Scalar): string {
    return this.#names.get(scalar) ?? this.#compute(scalar);
  }

  #compute(scalar: Scalar): string {
    const go = (s: Scalar): string => this.#source(s);
    switch (scalar.kind) {
      case "const":
        return scalar.type === "bool"
          ? String(scalar.value !== 0)
          : Object.is(scalar.value, -0)
            ? "(-0)"
            : `(${scalar.value})`;
      case "argument": {
        const value = this.#argument(scalar.index);
        return scalar.type === "bool" ? `(${value} !== 0)` : value;
      }
      case "input": {
        const value = this.#input(scalar.index);
        return scalar.type === "bool" ? `(${value} !== 0)` : value;
      }
      case "unary":
        return scalar.op === "truth"
          ? `(!!${go(scalar.arg)})`
          : scalar.op === "number"
            ? `(+${go(scalar.arg)})`
            : `(${scalar.op} ${go(scalar.arg)})`;
      case "binary":
        return `(${go(scalar.left)} ${scalar.op} ${go(scalar.right)})`;
      case "select":
        return `(${go(scalar.test)} ? ${go(scalar.yes)} : ${go(scalar.no)})`;
      case "math":
        return `Math.${scalar.fn}(${scalar.args.map(go).join(", ")})`;
    }
  }
}
