/**
 * A stage as one worker sees it: the shipped nodes, the user's functions brought back to life (once a stage, so that mutable
 * captured variables live as long as the stage does, as a deserialised closure does in Spark), and compiled steps.
 */
import { type ReviveHost, reviveFunction } from "../closure/revive.ts";
import type { BuiltinArg, FunctionSpec } from "../closure/spec.ts";
import { GnistaError } from "../errors.ts";
import type { Compute } from "../kernels/compute.ts";
import type { DiskFiles } from "../storage/disk-files.ts";
import { BUILTINS } from "./builtins/index.ts";
import type { StageSpec } from "./protocol.ts";
import type { StepChain } from "./step-chain.ts";

// biome-ignore lint/suspicious/noExplicitAny: user functions are typed at the API
export type AnyFunction = (...args: any[]) => any;

/** What a thread that runs tasks has for them. */
export interface TaskResources {
  readonly compute: Compute;
  readonly files: DiskFiles;
  /** Bytes that an operator may gather before it writes them to disk. */
  readonly share: number;
}

export class StageRuntime implements TaskResources {
  readonly spec: StageSpec;
  readonly compute: Compute;
  readonly files: DiskFiles;
  readonly share: number;
  /** Step chains by the index of their last node. */
  readonly chains = new Map<number, StepChain>();
  readonly #host: ReviveHost;
  readonly #functions = new Map<FunctionSpec, AnyFunction>();

  constructor(spec: StageSpec, { compute, files, share }: TaskResources, host: ReviveHost) {
    this.spec = spec;
    this.compute = compute;
    this.files = files;
    this.share = share;
    this.#host = host;
  }

  fn(spec: FunctionSpec): AnyFunction {
    let fn = this.#functions.get(spec);
    if (fn === undefined) {
      fn = spec.kind === "closure" ? (reviveFunction(spec, this.#host) as AnyFunction) : this.#builtin(spec);
      this.#functions.set(spec, fn);
    }
    return fn;
  }

  #builtin(spec: FunctionSpec & { readonly kind: "builtin" }): AnyFunction {
    const make = BUILTINS[spec.name];
    if (make === undefined) throw new GnistaError("UNSUPPORTED_OPERATION", `unknown builtin ${spec.name}`);
    return make(
      ...spec.args.map((arg: BuiltinArg) => (arg.kind === "value" ? arg.value : this.fn(arg))),
    ) as AnyFunction;
  }
}
