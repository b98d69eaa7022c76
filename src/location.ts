/** Where the library lies, whatever files its modules have been put together to: this one always lies at the top. */
export const ROOT = new URL(".", import.meta.url);
/** Of its files: TypeScript in a clone, JavaScript in the package. */
export const EXTENSION = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
