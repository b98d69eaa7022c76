// Makes a JavaScript function of a kernel, from its C++ signature alone: pointers come as offsets from the start of the segment that the function is
// bound to (0 is null), numbers as numbers; `Memory` takes no argument. A call costs some 50 ns.
#pragma once
#include <node_api.h>

#include <type_traits>

#include "table.hpp"
#include "types.hpp"

namespace GNISTA_ISA {

template <typename T>
INLINE T argument(napi_env env, u8* base, napi_value const*& next) {
  if constexpr (std::is_same_v<T, Memory>) {
    return Memory{base};
  } else if constexpr (std::is_same_v<T, f64>) {
    f64 value = 0;
    napi_get_value_double(env, *next++, &value);
    return value;
  } else {
    u32 value = 0;
    napi_get_value_uint32(env, *next++, &value);
    if constexpr (std::is_pointer_v<T>)
      return reinterpret_cast<T>(value == 0 ? nullptr : base + value);
    else
      return static_cast<T>(value);
  }
}

template <auto kernel>
struct Bound;

template <typename R, typename... A, R (*kernel)(A...)>
struct Bound<kernel> {
  struct Run {
    napi_value result = nullptr;

    // The arguments are taken in their order because braces are.
    INLINE_MEMBER Run(napi_env env, A... arguments) {
      if constexpr (std::is_void_v<R>)
        kernel(arguments...);
      else if constexpr (std::is_same_v<R, f64>)
        napi_create_double(env, kernel(arguments...), &result);
      else if constexpr (std::is_same_v<R, i32>)
        napi_create_int32(env, kernel(arguments...), &result);
      else
        napi_create_uint32(env, kernel(arguments...), &result);
    }
  };

  static napi_value call(napi_env env, napi_callback_info info) {
    napi_value values[sizeof...(A) + 1];
    size_t count = sizeof...(A) + 1;
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, values, nullptr, &data);
    napi_value const* next = values;
    u8* base = static_cast<Segment*>(data)->base;
    return Run{env, argument<A>(env, base, next)...}.result;
  }
};

#define KERNEL(name) \
  { #name, Bound<&name>::call }

}  // namespace GNISTA_ISA
