/** Loaded before a program by `gnista run`: resolves "gnista" to this copy of the package when the program has none of its own. */
import module from "node:module";
import { EXTENSION, ROOT } from "../location.ts";

const index = new URL(`index${EXTENSION}`, ROOT).href;

function isMissing(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
}

if (typeof module.registerHooks === "function")
  module.registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== "gnista") return next(specifier, context);
      try {
        return next(specifier, context);
      } catch (error) {
        if (!isMissing(error)) throw error;
        return { url: index, shortCircuit: true };
      }
    },
  });
else {
  // Node before 22.15: the same as a module of its own, which runs on a thread of its own.
  const hook = `
${isMissing}
export async function resolve(specifier, context, next) {
  if (specifier !== "gnista") return next(specifier, context);
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return { url: ${JSON.stringify(index)}, shortCircuit: true };
  }
}`;
  module.register(`data:text/javascript,${encodeURIComponent(hook)}`);
}
