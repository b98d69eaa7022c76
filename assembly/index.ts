// The WebAssembly kernels, a file a family. Raw pointers only: the memory belongs to the host.

export * from "./aggregate";
export * from "./byte-planes";
export * from "./group-strings";
export * from "./hash";
export * from "./join";
export * from "./lz4";
export * from "./merge-pairs";
export * from "./partition";
export * from "./scatter-pairs";
export * from "./select";
export * from "./sort";
export * from "./sort-pairs";
export * from "./sort-strings";
export * from "./strings";
