// The WebAssembly kernels, a file a family. Raw pointers only: the memory belongs to the host.
export * from "./select";
