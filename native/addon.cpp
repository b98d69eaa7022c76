// The addon: `bind(view, isa)` gives the kernels over the memory of a view of a segment, compiled for one of `isas`, the instruction sets that this
// machine has, best first. Any number of threads may load it; it keeps nothing between calls.
#include <napi.h>

#include <string>
#include <vector>

#include "table.hpp"

namespace {

std::vector<const Table*> supported() {
  std::vector<const Table*> tables;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) tables.push_back(&avx512Table);
  if (__builtin_cpu_supports("x86-64-v3")) tables.push_back(&avx2Table);
#endif
  tables.push_back(&baselineTable);
  return tables;
}

const Table* find(const std::string& isa) {
  for (const Table* table : supported())
    if (table->isa == isa) return table;
  return nullptr;
}

// A view is kept as long as one of the functions that read through it.
void released(napi_env env, void* data, void*) {
  Segment* segment = static_cast<Segment*>(data);
  if (--segment->functions > 0) return;
  napi_delete_reference(env, segment->view);
  delete segment;
}

Napi::Value bind(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsTypedArray() || !info[1].IsString())
    throw Napi::TypeError::New(env, "bind takes a Uint8Array over a segment, and an instruction set");
  const Table* table = find(info[1].As<Napi::String>());
  if (table == nullptr) throw Napi::TypeError::New(env, "this machine does not have the instruction set");
  void* base = nullptr;
  // Not through the wrapper, which knows no shared memory.
  if (napi_get_typedarray_info(env, info[0], nullptr, nullptr, &base, nullptr, nullptr) != napi_ok)
    throw Napi::Error::New(env, "the memory of the view cannot be had");
  Segment* segment = new Segment{static_cast<uint8_t*>(base), nullptr, 0};
  napi_create_reference(env, info[0], 1, &segment->view);
  const Napi::Object kernels = Napi::Object::New(env);
  for (size_t i = 0; i < table->size; i++) {
    const Kernel& kernel = table->kernels[i];
    napi_value function = nullptr;
    if (napi_create_function(env, kernel.name, NAPI_AUTO_LENGTH, kernel.call, segment, &function) != napi_ok ||
        napi_add_finalizer(env, function, segment, released, nullptr, nullptr) != napi_ok)
      throw Napi::Error::New(env, std::string("there can be no function for ") + kernel.name);
    segment->functions++;
    kernels.Set(kernel.name, function);
  }
  return kernels;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  const Napi::Array isas = Napi::Array::New(env);
  for (const Table* table : supported()) isas.Set(isas.Length(), table->isa);
  exports.Set("isas", isas);
  exports.Set("bind", Napi::Function::New(env, bind, "bind"));
  return exports;
}

}  // namespace

NODE_API_MODULE(gnista, init)
