// Numbers by their width, and loads and stores at any address.
#pragma once
#include <cstdint>
#include <cstring>

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using i32 = int32_t;
using i64 = int64_t;
using f32 = float;
using f64 = double;

#define INLINE_MEMBER inline __attribute__((always_inline))
// Nothing in here is shared between instruction sets: the linker would keep one version for all.
#define INLINE static INLINE_MEMBER

template <typename T>
INLINE T load(const void* at) {
  T value;
  memcpy(&value, at, sizeof(T));
  return value;
}

template <typename T>
INLINE void store(void* at, T value) {
  memcpy(at, &value, sizeof(T));
}

// a when `takeA`, else b; never a branch, which the compiler makes of a conditional even where nothing can be predicted.
INLINE u64 choose(bool takeA, u64 a, u64 b) { return b ^ ((a ^ b) & -static_cast<u64>(takeA)); }

template <typename T>
INLINE T* choose(bool takeA, T* a, T* b) {
  return reinterpret_cast<T*>(choose(takeA, reinterpret_cast<u64>(a), reinterpret_cast<u64>(b)));
}

// The start of the segment, for kernels that keep pointers in it: offsets from here, as in JavaScript.
struct Memory {
  u8* base;
};
