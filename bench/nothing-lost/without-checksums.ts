/** Loaded into every thread of a process, so that what goes to disk has no checksums. */
import { registerHooks } from "node:module";

const ZERO = new URL("./zero.ts", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "node:zlib" && context.parentURL?.includes("/src/storage/") === true
      ? { url: ZERO, shortCircuit: true }
      : next(specifier, context),
});
