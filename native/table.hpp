// What the addon and the kernels of an instruction set know of each other.
#pragma once
#include <node_api.h>

#include <cstddef>
#include <cstdint>

// The memory that functions are bound to, and how many of them are left.
struct Segment {
  uint8_t* base;
  napi_ref view;
  size_t functions;
};

struct Kernel {
  const char* name;
  napi_callback call;
};

struct Table {
  const char* isa;
  const Kernel* kernels;
  size_t size;
};

// The same sources, compiled for each instruction set.
extern const Table baselineTable;
#if defined(__x86_64__)
extern const Table avx2Table;
extern const Table avx512Table;
#endif
