/**
 * A stage as one worker sees it: the shipped nodes, the user's functions brought back to life (once a stage, so that mutable
 * captured variables live as long as the stage does, as a deserialised closure does in Spark), and compiled steps.
 */
import { type ReviveHost, reviveFunction } from "../closure/revive.ts";
import type { BuiltinArg, FunctionSpec } from "../closure/spec.ts";
import { GnistaError } from "../errors.ts";
import type { Compute } from "../kernels/compute.ts";
import type { NodeId } from "../plan/node.ts";
import type { DiskFiles } from "../storage/disk-files.ts";
import { BUILTINS } from "./builtins/index.ts";
import { FlatUnion } from "./flat-union.ts";
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
  /** The worker that it is. */
  readonly worker: number;
  readonly storage: StorageLink;
}

export interface CurrentTask {
  readonly cancelled: boolean;
  /** Whether it may wait for other tasks: not when they may wait for it. */
  readonly patient: boolean;
  readonly partition: number;
  readonly stage: { readonly spec: StageSpec };
}

/** What a task asks and tells the driver of what is stored. */
export interface StorageLink {
  /** Says which task runs now; null when none. */
  enter(task: CurrentTask | null): void;
  /** Whether so many bytes more of a dataset may be kept in memory. May drop what is kept of others. */
  mayStore(node: NodeId, bytes: number): boolean;
  /** A copy cannot be read any more. */
  copyLost(node: NodeId, partition: number, identity: string): void;
}

export class StageRuntime implements TaskResources {
  readonly spec: StageSpec;
  readonly compute: Compute;
  readonly files: DiskFiles;
  readonly share: number;
  readonly worker: number;
  readonly storage: StorageLink;
  /** Step chains by the index of their last node. */
  readonly chains = new Map<number, StepChain>();
  readonly #host: ReviveHost;
  readonly #functions = new Map<FunctionSpec, AnyFunction>();
  readonly #unions = new Map<number, FlatUnion>();

  constructor(spec: StageSpec, resources: TaskResources, host: ReviveHost) {
    this.spec = spec;
    this.compute = resources.compute;
    this.files = resources.files;
    this.share = resources.share;
    this.worker = resources.worker;
    this.storage = resources.storage;
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

  /** The union that is node `at`. */
  union(at: number): FlatUnion {
    let union = this.#unions.get(at);
    if (union === undefined) {
      union = new FlatUnion(this.spec, at);
      this.#unions.set(at, union);
    }
    return union;
  }

  #builtin(spec: FunctionSpec & { readonly kind: "builtin" }): AnyFunction {
    const make = BUILTINS[spec.name];
    if (make === undefined) throw new GnistaError("UNSUPPORTED_OPERATION", `unknown builtin ${spec.name}`);
    return make(
      ...spec.args.map((arg: BuiltinArg) => (arg.kind === "value" ? arg.value : this.fn(arg))),
    ) as AnyFunction;
  }
}
