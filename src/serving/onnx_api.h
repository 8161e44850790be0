// The part of ONNX Runtime's C API that is in use, without its header, which the library's package
// does not contain. Internal to onnx_runtime.cc.
//
// The API is a table of function pointers to which releases only append, so a position found in
// the public header of API version 13 (onnxruntime_c_api.h, struct OrtApi, from 0) holds in every
// later release. API version N comes with release 1.N.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace scinet::ort {

inline constexpr std::uint32_t kApiVersion = 13;

// The engine's objects, known by pointer only.
struct Env;
struct Failure;  // OrtStatus in the header: null means success
struct MemoryInfo;
struct Session;
struct Value;
struct ShapeInfo;
struct TypeInfo;
struct SessionOptions;
struct Allocator;

using AnyFunction = void (*)();

// What the library's one exported function, OrtGetApiBase, returns.
struct ApiBase {
  const AnyFunction* (*api)(std::uint32_t version);  // null when the library is older
  const char* (*version_string)();
};

// Values of the header's enumerations.
inline constexpr int kLogErrors = 3;
inline constexpr int kSequential = 0;
inline constexpr int kNoOptimizations = 0;
inline constexpr int kBasicOptimizations = 1;
inline constexpr int kAllOptimizations = 99;
inline constexpr int kDeviceAllocator = 0;
inline constexpr int kDefaultMemory = 0;
inline constexpr int kFloat = 1;
inline constexpr int kInt64 = 7;

struct Functions {
  explicit Functions(const AnyFunction* table) {
    const auto bind = [table](std::size_t position, auto& function) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(table[position]);
    };
    bind(2, failure_message);
    bind(3, create_env);
    bind(7, create_session);
    bind(9, run);
    bind(10, create_session_options);
    bind(11, set_optimized_model_file);
    bind(13, set_execution_mode);
    bind(14, enable_profiling);
    bind(17, disable_memory_pattern);
    bind(19, disable_cpu_arena);
    bind(23, set_optimization_level);
    bind(24, set_intra_op_threads);
    bind(25, set_inter_op_threads);
    bind(30, input_count);
    bind(31, output_count);
    bind(33, input_type);
    bind(34, output_type);
    bind(36, input_name);
    bind(37, output_name);
    bind(49, create_tensor_with_data);
    bind(51, tensor_data);
    bind(55, tensor_info);
    bind(60, element_type);
    bind(61, dimension_count);
    bind(62, dimensions);
    bind(65, tensor_shape);
    bind(69, create_cpu_memory_info);
    bind(76, allocator_free);
    bind(78, default_allocator);
    bind(92, release_env);
    bind(93, release_failure);
    bind(94, release_memory_info);
    bind(95, release_session);
    bind(96, release_value);
    bind(98, release_type_info);
    bind(99, release_shape_info);
    bind(100, release_session_options);
    bind(130, add_session_option);
  }

  const char* (*failure_message)(const Failure*);
  Failure* (*create_env)(int log_level, const char* log_id, Env**);
  Failure* (*create_session)(const Env*, const char* path, const SessionOptions*, Session**);
  Failure* (*run)(Session*, const void* run_options, const char* const* input_names,
                  const Value* const* inputs, std::size_t input_count,
                  const char* const* output_names, std::size_t output_count, Value** outputs);
  Failure* (*create_session_options)(SessionOptions**);
  Failure* (*set_optimized_model_file)(SessionOptions*, const char* path);
  Failure* (*set_execution_mode)(SessionOptions*, int mode);
  Failure* (*enable_profiling)(SessionOptions*, const char* prefix);
  Failure* (*disable_memory_pattern)(SessionOptions*);
  Failure* (*disable_cpu_arena)(SessionOptions*);
  Failure* (*set_optimization_level)(SessionOptions*, int level);
  Failure* (*set_intra_op_threads)(SessionOptions*, int threads);
  Failure* (*set_inter_op_threads)(SessionOptions*, int threads);
  Failure* (*input_count)(const Session*, std::size_t*);
  Failure* (*output_count)(const Session*, std::size_t*);
  Failure* (*input_type)(const Session*, std::size_t index, TypeInfo**);
  Failure* (*output_type)(const Session*, std::size_t index, TypeInfo**);
  Failure* (*input_name)(const Session*, std::size_t index, Allocator*, char**);
  Failure* (*output_name)(const Session*, std::size_t index, Allocator*, char**);
  Failure* (*create_tensor_with_data)(const MemoryInfo*, void* data, std::size_t bytes,
                                      const std::int64_t* shape, std::size_t rank, int type,
                                      Value**);
  Failure* (*tensor_data)(Value*, void**);
  // A part of the type, not to be released; null where it is no tensor.
  Failure* (*tensor_info)(const TypeInfo*, const ShapeInfo**);
  Failure* (*element_type)(const ShapeInfo*, int*);
  Failure* (*dimension_count)(const ShapeInfo*, std::size_t*);
  Failure* (*dimensions)(const ShapeInfo*, std::int64_t*, std::size_t rank);
  Failure* (*tensor_shape)(const Value*, ShapeInfo**);
  Failure* (*create_cpu_memory_info)(int allocator_type, int memory_type, MemoryInfo**);
  Failure* (*allocator_free)(Allocator*, void*);
  Failure* (*default_allocator)(Allocator**);
  void (*release_env)(Env*);
  void (*release_failure)(Failure*);
  void (*release_memory_info)(MemoryInfo*);
  void (*release_session)(Session*);
  void (*release_value)(Value*);
  void (*release_type_info)(TypeInfo*);
  void (*release_shape_info)(ShapeInfo*);
  void (*release_session_options)(SessionOptions*);
  Failure* (*add_session_option)(SessionOptions*, const char* key, const char* value);
};

// A sequence of calls that ends at the first failure: later ones are skipped, so that they may use
// what the earlier ones made.
class Calls {
 public:
  explicit Calls(const Functions& functions) : functions_(functions) {}

  template <class... Parameters, class... Arguments>
  void operator()(Failure* (*function)(Parameters...), Arguments... arguments) {
    if (failed_) return;
    Failure* failure = function(arguments...);
    if (!failure) return;
    failed_ = true;
    words_ = functions_.failure_message(failure);
    functions_.release_failure(failure);
  }

  bool failed() const { return failed_; }
  const std::string& words() const { return words_; }  // the engine's, when failed

 private:
  const Functions& functions_;
  bool failed_ = false;
  std::string words_;
};

}  // namespace scinet::ort
