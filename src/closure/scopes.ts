/**
 * Reading the variables that a function closes over, through V8's inspector: the internal property [[Scopes]] lists the scopes
 * from the innermost out, and a function called on a scope object hands its values over as they are, not as copies.
 */
import { Session } from "node:inspector";

interface RemoteObject {
  readonly objectId?: string;
  readonly value?: unknown;
}
interface Property {
  readonly name: string;
  readonly value?: RemoteObject & { readonly type?: string; readonly description?: string };
}

const SLOT = Symbol.for("gnista.capture.slot");
const slots = globalThis as unknown as Record<
  symbol,
  { subject?: unknown; names?: readonly string[]; found?: Map<string, unknown> } | undefined
>;

let session: Session | null = null;

/** Line and column are 0-based. */
export interface FunctionScopes {
  readonly values: ReadonlyMap<string, unknown>;
  readonly line: number | null;
  readonly column: number | null;
  readonly scriptId: string | null;
}

function post<T>(method: string, params: object): T {
  let result: unknown;
  let failure: Error | null = null;
  session!.post(method, params, (error: Error | null, value?: object) => {
    failure = error;
    result = value;
  });
  if (failure !== null) throw failure;
  return result as T;
}

/** The values of `names` as `fn` sees them; names in no scope (globals) are absent. */
export function readScopes(fn: Function, names: readonly string[]): FunctionScopes {
  if (session === null) {
    session = new Session();
    session.connect();
  }
  const found = new Map<string, unknown>();
  slots[SLOT] = { subject: fn, names, found };
  try {
    const { result } = post<{ result: RemoteObject }>("Runtime.evaluate", {
      expression: 'globalThis[Symbol.for("gnista.capture.slot")].subject',
      objectGroup: "gnista",
    });
    const { internalProperties } = post<{ internalProperties?: Property[] }>("Runtime.getProperties", {
      objectId: result.objectId,
      ownProperties: true,
    });
    const location = internalProperties?.find((p) => p.name === "[[FunctionLocation]]")?.value?.value as
      | { scriptId: string; lineNumber: number; columnNumber: number }
      | undefined;
    const scopes = internalProperties?.find((p) => p.name === "[[Scopes]]")?.value?.objectId;
    if (scopes !== undefined && names.length > 0) {
      const { result: list } = post<{ result: Property[] }>("Runtime.getProperties", {
        objectId: scopes,
        ownProperties: true,
      });
      for (const { name, value } of list) {
        if (
          !/^\d+$/.test(name) ||
          value?.objectId === undefined ||
          value.description?.startsWith("Global") === true
        )
          continue;
        post("Runtime.callFunctionOn", {
          objectId: value.objectId,
          functionDeclaration: `function () {
            const slot = globalThis[Symbol.for("gnista.capture.slot")];
            const scope = this.object;
            for (const name of slot.names) if (!slot.found.has(name) && Object.hasOwn(scope, name)) slot.found.set(name, scope[name]);
          }`,
        });
        if (found.size === names.length) break;
      }
    }
    return {
      values: found,
      line: location?.lineNumber ?? null,
      column: location?.columnNumber ?? null,
      scriptId: location?.scriptId ?? null,
    };
  } finally {
    post("Runtime.releaseObjectGroup", { objectGroup: "gnista" });
    slots[SLOT] = undefined;
  }
}
