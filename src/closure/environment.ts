/**
 * The local variables of a function while its meaning is found: what each stands for now. Scopes nest as blocks do; both ways of a branch
 * are followed from the same state, and where they differ a variable stands for either, by the branch's test.
 */
export class Environment<Value> {
  #scopes: readonly Map<string, Value | null>[] = [new Map()];

  declare(name: string, value: Value): void {
    this.#scopes[this.#scopes.length - 1].set(name, value);
  }

  /** Null before its declaration, undefined when there is no such variable. */
  get(name: string): Value | null | undefined {
    return this.#scopes.findLast((scope) => scope.has(name))?.get(name);
  }

  /** Of a variable that there is. */
  assign(name: string, value: Value): void {
    this.#scopes.findLast((scope) => scope.has(name))!.set(name, value);
  }

  /** Runs `body` in a scope of its own, where `names` will be declared. */
  within<T>(names: Iterable<string>, body: () => T): T {
    this.#scopes = [...this.#scopes, new Map([...names].map((name) => [name, null]))];
    const result = body();
    this.#scopes = this.#scopes.slice(0, -1);
    return result;
  }

  /** Runs `body` in the scope around this one. */
  outside<T>(body: () => T): T {
    const inner = this.#scopes[this.#scopes.length - 1];
    this.#scopes = this.#scopes.slice(0, -1);
    const result = body();
    this.#scopes = [...this.#scopes, inner];
    return result;
  }

  /** Runs `body` and undoes what it assigns. */
  aside<T>(body: () => T): T {
    const before = this.#scopes;
    this.#scopes = before.map((scope) => new Map(scope));
    const result = body();
    this.#scopes = before;
    return result;
  }

  /** Runs both from here; a variable that they leave different becomes `either` of the two. */
  branch(yes: () => void, no: () => void, either: (a: Value, b: Value) => Value): void {
    const after = (body: () => void): readonly Map<string, Value | null>[] =>
      this.aside(() => {
        body();
        return this.#scopes;
      });
    const [first, second] = [after(yes), after(no)];
    this.#scopes.forEach((scope, i) => {
      for (const [name, value] of scope) {
        const [a, b] = [first[i].get(name)!, second[i].get(name)!];
        if (value !== null) scope.set(name, a === b ? a : either(a, b));
      }
    });
  }
}
