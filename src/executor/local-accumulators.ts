/** Accumulators inside a task: what this attempt added, from zero. They are reached through handles, which can do nothing but add. */
import { GnistaError } from "../errors.ts";
import type { AccumulatorAdd } from "./protocol.ts";
import type { StageRuntime } from "./stage-runtime.ts";

export interface AccumulatorUpdate {
  readonly id: number;
  readonly update: unknown;
}

interface Local {
  add(value: unknown): void;
  update(): unknown;
}

export class LocalAccumulators {
  readonly #local = new Map<number, Local>();
  #stage: StageRuntime | null = null;

  begin(stage: StageRuntime): void {
    this.#stage = stage;
    this.#local.clear();
  }

  end(): readonly AccumulatorUpdate[] {
    const updates = [...this.#local].map(([id, local]) => ({ id, update: local.update() }));
    this.#local.clear();
    return updates;
  }

  handle(id: number): object {
    return {
      id,
      add: (value: unknown): void => this.#of(id).add(value),
      get value(): never {
        return onDriverOnly("the value of an accumulator can only be read");
      },
      set value(_value: unknown) {
        onDriverOnly("the value of an accumulator can only be set");
      },
      reset: (): never => onDriverOnly("an accumulator can only be reset"),
    };
  }

  #of(id: number): Local {
    let local = this.#local.get(id);
    if (local === undefined) {
      const known = this.#stage?.spec.accumulators.find((a) => a.id === id);
      if (known === undefined)
        throw new GnistaError("UNSUPPORTED_OPERATION", `accumulator ${id} is not known to this stage`);
      local = makeLocal(known.add, this.#stage!);
      this.#local.set(id, local);
    }
    return local;
  }
}

function onDriverOnly(what: string): never {
  throw new GnistaError("UNSUPPORTED_OPERATION", `${what} on the driver, after an action; tasks only add`);
}

function makeLocal(how: AccumulatorAdd, stage: StageRuntime): Local {
  switch (how.kind) {
    case "sum": {
      let sum = 0;
      let count = 0;
      return {
        add(value) {
          sum += value as number;
          count++;
        },
        update: () => ({ sum, count }),
      };
    }
    case "list": {
      const list: unknown[] = [];
      return { add: (value) => void list.push(value), update: () => list };
    }
    case "custom": {
      const add = stage.fn(how.add);
      let local: unknown = structuredClone(how.zero);
      return {
        add(value) {
          local = add(local, value);
        },
        update: () => local,
      };
    }
    case "object": {
      const local = stage.fn(how.make)() as { add(value: unknown): void };
      return { add: (value) => local.add(value), update: () => local };
    }
  }
}
