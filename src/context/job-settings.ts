/**
 * What is set for jobs: the group, tags and properties that a job has are those that were set when its action was called. They hold for the
 * flow of the program that set them, through its awaits, and for what it starts from there on (as Spark's hold for a thread and its children),
 * so that flows side by side do not mix up theirs. A function runs in its caller's flow up to its first await: what it sets before that holds
 * for the caller too.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { GnistaError } from "../errors.ts";
import type { JobOptions } from "../scheduler/engine.ts";
import { ContextBase } from "./context-base.ts";

/** What a flow of the program has set for its jobs. */
interface Settings {
  readonly group?: string | undefined;
  readonly description?: string | undefined;
  readonly tags: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
}

const NOTHING_SET: Settings = { tags: [], properties: {} };

export class JobSettings extends ContextBase {
  readonly #settings = new AsyncLocalStorage<Settings>();

  get #set(): Settings {
    return this.#settings.getStore() ?? NOTHING_SET;
  }

  #change(settings: Partial<Settings>): void {
    this.#settings.enterWith({ ...this.#set, ...settings });
  }

  /**
   * Jobs that this flow of the program starts from now on belong to this group, until it is changed or cleared.
   *
   * @example
   * sc.setJobGroup("nightly", "the nightly counts");
   * await sc.range(3).count();
   * sc.clearJobGroup();
   */
  setJobGroup(group: string, description?: string): void {
    this.#change({ group, description });
  }

  /**
   * Jobs started from now on belong to no group.
   *
   * @example
   * sc.clearJobGroup()
   */
  clearJobGroup(): void {
    this.#change({ group: undefined, description: undefined });
  }

  /**
   * What jobs started from now on are for, in their events.
   *
   * @example
   * sc.setJobDescription("count the visitors")
   * sc.setJobDescription(null)
   */
  setJobDescription(description: string | null): void {
    this.#change({ description: description ?? undefined });
  }

  /**
   * Jobs started from now on have this tag too. INVALID_ARGUMENT for an empty tag and for one with a comma.
   *
   * @example
   * sc.addJobTag("report");
   * sc.getJobTags() // => ["report"]
   * sc.removeJobTag("report")
   */
  addJobTag(tag: string): void {
    if (tag === "" || tag.includes(","))
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `a job tag must not be empty or contain a comma, got "${tag}"`,
      );
    if (!this.#set.tags.includes(tag)) this.#change({ tags: [...this.#set.tags, tag] });
  }

  /**
   * Jobs started from now on do not have this tag.
   *
   * @example
   * sc.addJobTag("report");
   * sc.removeJobTag("report");
   * sc.getJobTags() // => []
   */
  removeJobTag(tag: string): void {
    this.#change({ tags: this.#set.tags.filter((known) => known !== tag) });
  }

  /**
   * The tags that a job started now would have.
   *
   * @example
   * sc.getJobTags() // => []
   */
  getJobTags(): string[] {
    return [...this.#set.tags];
  }

  /**
   * Jobs started from now on have no tags.
   *
   * @example
   * sc.addJobTag("report");
   * sc.clearJobTags();
   * sc.getJobTags() // => []
   */
  clearJobTags(): void {
    this.#change({ tags: [] });
  }

  /**
   * Sets a property that the tasks of jobs started from now on can read, by `TaskContext.get().getLocalProperty(key)`; null removes it.
   *
   * @example
   * sc.setLocalProperty("tenant", "north");
   * await sc.parallelize([1], 1).map(() => TaskContext.get().getLocalProperty("tenant")).collect() // => ["north"]
   * sc.setLocalProperty("tenant", null)
   */
  setLocalProperty(key: string, value: string | null): void {
    const { [key]: _, ...others } = this.#set.properties;
    this.#change({ properties: value === null ? others : { ...others, [key]: value } });
  }

  /**
   * A property that was set, or null.
   *
   * @example
   * sc.getLocalProperty("colour") // => null
   */
  getLocalProperty(key: string): string | null {
    return this.#set.properties[key] ?? null;
  }

  /** What holds for the jobs of an action that is called now. @internal */
  jobOptions(callSite: string, signal: AbortSignal | undefined): JobOptions {
    const signals = [this.signal, signal].filter((s) => s !== undefined);
    const { group, description, tags, properties } = this.#set;
    return {
      callSite,
      signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
      group,
      description,
      tags,
      localProperties: properties,
    };
  }
}
