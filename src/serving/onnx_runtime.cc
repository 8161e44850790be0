#include "serving/onnx_runtime.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include "serving/onnx_api.h"

namespace scinet {
namespace {

template <class Object>
using Owned = std::unique_ptr<Object, void (*)(Object*)>;

// "1.20.1" -> 20; -1 when it does not look like a release 1.N.
int minor_release(std::string_view version) {
  int minor = -1;
  if (version.starts_with("1.")) {
    std::from_chars(version.data() + 2, version.data() + version.size(), minor);
  }
  return minor;
}

// How many values a tensor of this shape has; -1 when it cannot exist.
std::int64_t value_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0 || (size > 0 && count > std::numeric_limits<std::int64_t>::max() / size)) {
      return -1;
    }
    count *= size;
  }
  return count;
}

}  // namespace

// Lives as long as the last session. The library is never closed: code of it may still be running
// when the last object is gone.
struct OnnxRuntime::Engine {
  std::string version;
  ort::Functions functions;
  Owned<ort::Env> env;
  Owned<ort::MemoryInfo> memory;
  ort::Allocator* allocator;  // belongs to the library
};

// What a session is opened for, besides running the model as fast as it can be.
struct OnnxRuntime::SessionUse {
  int optimizations = ort::kAllOptimizations;
  std::filesystem::path profile_prefix{};    // where the engine writes what each node took
  std::filesystem::path simplified_model{};  // where the engine writes the model that it made
};

struct OnnxSession::State {
  std::shared_ptr<const OnnxRuntime::Engine> engine;
  std::string model;
  Owned<ort::Session> session;
  std::vector<std::string> input_names;
  std::vector<std::string> output_names;
  bool takes_stacks = false;
};

namespace {

// The engine reads the values where they are: the tensor must outlive the result.
Owned<ort::Value> borrow(ort::Calls& call, const OnnxRuntime::Engine& engine,
                         const Tensor& tensor) {
  ort::Value* value = nullptr;
  std::visit(
      [&](const auto& values) {
        using Element = typename std::decay_t<decltype(values)>::value_type;
        constexpr int kType = std::is_same_v<Element, float> ? ort::kFloat : ort::kInt64;
        call(engine.functions.create_tensor_with_data, engine.memory.get(),
             const_cast<Element*>(values.data()), values.size() * sizeof(Element),
             tensor.shape.data(), tensor.shape.size(), kType, &value);
      },
      tensor.values);
  return {value, engine.functions.release_value};
}

Result<Tensor> copy(const OnnxRuntime::Engine& engine, ort::Value* value) {
  const ort::Functions& api = engine.functions;
  ort::Calls call(api);
  ort::ShapeInfo* raw_info = nullptr;
  call(api.tensor_shape, value, &raw_info);
  const Owned<ort::ShapeInfo> info(raw_info, api.release_shape_info);

  Tensor tensor;
  std::size_t rank = 0;
  int type = 0;
  void* data = nullptr;
  call(api.dimension_count, info.get(), &rank);
  tensor.shape.resize(rank);
  call(api.dimensions, info.get(), tensor.shape.data(), rank);
  call(api.element_type, info.get(), &type);
  call(api.tensor_data, value, &data);
  if (call.failed()) return Error{ErrorCode::kInternal, call.words()};

  const std::int64_t count = value_count(tensor.shape);
  if (type == ort::kFloat && count >= 0) {
    const float* first = static_cast<const float*>(data);
    tensor.values = std::vector<float>(first, first + count);
  } else if (type == ort::kInt64 && count >= 0) {
    const std::int64_t* first = static_cast<const std::int64_t*>(data);
    tensor.values = std::vector<std::int64_t>(first, first + count);
  } else {
    return Error{ErrorCode::kInternal, "an output is neither float nor int64"};
  }
  return tensor;
}

std::vector<std::string> read_names(ort::Calls& call, const OnnxRuntime::Engine& engine,
                                    const ort::Session* session,
                                    decltype(ort::Functions::input_count) count_of,
                                    decltype(ort::Functions::input_name) name_of) {
  std::size_t count = 0;
  call(count_of, session, &count);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    char* name = nullptr;
    call(name_of, session, i, engine.allocator, &name);
    if (name) names.emplace_back(name);
    call(engine.functions.allocator_free, engine.allocator, static_cast<void*>(name));
  }
  return names;
}

using TypeOf = decltype(ort::Functions::input_type);

// Whether the model leaves the first dimension of each of these tensors open.
bool have_free_first_dimension(ort::Calls& call, const ort::Functions& api,
                               const ort::Session* session, std::size_t count, TypeOf type_of) {
  bool all_free = count > 0;
  for (std::size_t i = 0; i < count; ++i) {
    ort::TypeInfo* raw_type = nullptr;
    call(type_of, session, i, &raw_type);
    const Owned<ort::TypeInfo> type(raw_type, api.release_type_info);
    const ort::ShapeInfo* shape = nullptr;
    call(api.tensor_info, type.get(), &shape);
    std::size_t rank = 0;
    if (shape) call(api.dimension_count, shape, &rank);
    std::vector<std::int64_t> dimensions(rank);
    if (shape) call(api.dimensions, shape, dimensions.data(), rank);
    all_free = all_free && rank > 0 && dimensions[0] < 0;
  }
  return all_free;
}

// One thread, and no memory kept from run to run: a host runs several requests at once on its own
// threads, and what the engine hoards counts against the host's memory limit.
Owned<ort::SessionOptions> frugal_options(ort::Calls& call, const ort::Functions& api,
                                          const OnnxRuntime::SessionUse& use) {
  ort::SessionOptions* options = nullptr;
  call(api.create_session_options, &options);
  call(api.set_intra_op_threads, options, 1);
  call(api.set_inter_op_threads, options, 1);
  call(api.set_execution_mode, options, ort::kSequential);
  call(api.set_optimization_level, options, use.optimizations);
  if (!use.profile_prefix.empty()) call(api.enable_profiling, options, use.profile_prefix.c_str());
  if (!use.simplified_model.empty()) {
    call(api.set_optimized_model_file, options, use.simplified_model.c_str());
  }
  call(api.disable_cpu_arena, options);
  call(api.disable_memory_pattern, options);
  call(api.add_session_option, options, "session.intra_op.allow_spinning", "0");
  return {options, api.release_session_options};
}

std::vector<const char*> c_strings(const std::vector<std::string>& names) {
  std::vector<const char*> pointers;
  for (const std::string& name : names) pointers.push_back(name.c_str());
  return pointers;
}

}  // namespace

OnnxSession::OnnxSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
OnnxSession::OnnxSession(OnnxSession&&) noexcept = default;
OnnxSession::~OnnxSession() = default;

const std::vector<std::string>& OnnxSession::input_names() const { return state_->input_names; }
const std::vector<std::string>& OnnxSession::output_names() const { return state_->output_names; }
bool OnnxSession::takes_stacks() const { return state_->takes_stacks; }

Result<std::vector<Tensor>> OnnxSession::run(std::span<const Tensor> inputs) const {
  const OnnxRuntime::Engine& engine = *state_->engine;
  const auto failure = [this](std::string_view words) {
    return Error{ErrorCode::kInternal, fmt::format("{}: {}", state_->model, words)};
  };
  if (inputs.size() != state_->input_names.size()) {
    return failure(
        fmt::format("takes {} tensors, not {}", state_->input_names.size(), inputs.size()));
  }

  ort::Calls call(engine.functions);
  std::vector<Owned<ort::Value>> owned;
  std::vector<const ort::Value*> values;
  for (const Tensor& input : inputs) {
    owned.push_back(borrow(call, engine, input));
    values.push_back(owned.back().get());
  }
  const std::vector<const char*> input_names = c_strings(state_->input_names);
  const std::vector<const char*> output_names = c_strings(state_->output_names);
  std::vector<ort::Value*> raw_outputs(output_names.size(), nullptr);
  call(engine.functions.run, state_->session.get(), nullptr, input_names.data(), values.data(),
       values.size(), output_names.data(), output_names.size(), raw_outputs.data());
  std::vector<Owned<ort::Value>> results;
  for (ort::Value* output : raw_outputs) {
    results.emplace_back(output, engine.functions.release_value);
  }
  if (call.failed()) return failure(call.words());

  std::vector<Tensor> outputs;
  for (const Owned<ort::Value>& result : results) {
    Result<Tensor> output = copy(engine, result.get());
    if (!output) return failure(output.error().message);
    outputs.push_back(std::move(output).value());
  }
  return outputs;
}

OnnxRuntime::OnnxRuntime(std::shared_ptr<const Engine> engine) : engine_(std::move(engine)) {}
OnnxRuntime::OnnxRuntime(OnnxRuntime&&) noexcept = default;
OnnxRuntime::~OnnxRuntime() = default;

const std::string& OnnxRuntime::version() const { return engine_->version; }

Result<OnnxRuntime> OnnxRuntime::load(const std::filesystem::path& library) {
  const auto unusable = [&library](std::string_view reason) {
    return Error{ErrorCode::kUnavailable, fmt::format("{}: {}", library.string(), reason)};
  };
  std::error_code ignored;
  if (!std::filesystem::exists(library, ignored)) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("{}: there is no ONNX Runtime here", library.string())};
  }
  // An absolute path, or dlopen would search the system's folders for a bare name.
  void* handle = dlopen(std::filesystem::absolute(library, ignored).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    return unusable(fmt::format("this is no library that can be loaded ({})", dlerror()));
  }
  void* entry = dlsym(handle, "OrtGetApiBase");
  if (!entry) return unusable("this library is not ONNX Runtime: it has no OrtGetApiBase");

  const ort::ApiBase* base = reinterpret_cast<const ort::ApiBase* (*)()>(entry)();
  const std::string version = base->version_string();
  const ort::AnyFunction* table = minor_release(version) < static_cast<int>(ort::kApiVersion)
                                      ? nullptr
                                      : base->api(ort::kApiVersion);
  if (!table) {
    return unusable(fmt::format("this is ONNX Runtime {}; release 1.{} or a later 1.x is needed",
                                version, ort::kApiVersion));
  }

  const ort::Functions api(table);
  ort::Calls call(api);
  ort::Env* env = nullptr;
  ort::MemoryInfo* memory = nullptr;
  ort::Allocator* allocator = nullptr;
  call(api.create_env, ort::kLogErrors, "scinet", &env);
  call(api.create_cpu_memory_info, ort::kDeviceAllocator, ort::kDefaultMemory, &memory);
  call(api.default_allocator, &allocator);
  auto engine = std::make_shared<Engine>(
      Engine{version, api, {env, api.release_env}, {memory, api.release_memory_info}, allocator});
  if (call.failed()) return unusable(call.words());
  return OnnxRuntime(std::move(engine));
}

Result<OnnxSession> OnnxRuntime::open(const std::filesystem::path& model) const {
  return open(model, SessionUse{});
}

Result<OnnxSession> OnnxRuntime::open_profiled(const std::filesystem::path& model,
                                               const std::filesystem::path& prefix) const {
  return open(model, SessionUse{.optimizations = ort::kNoOptimizations, .profile_prefix = prefix});
}

Status OnnxRuntime::save_simplified(const std::filesystem::path& model,
                                    const std::filesystem::path& to) const {
  const Result<OnnxSession> session =
      open(model, SessionUse{.optimizations = ort::kBasicOptimizations, .simplified_model = to});
  if (!session) return session.error();
  return ok_status();
}

Result<OnnxSession> OnnxRuntime::open(const std::filesystem::path& model,
                                      const SessionUse& use) const {
  const ort::Functions& api = engine_->functions;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(model, ignored)) {
    return Error{ErrorCode::kNotFound, fmt::format("{}: there is no such model", model.string())};
  }

  ort::Calls call(api);
  const Owned<ort::SessionOptions> options = frugal_options(call, api, use);
  ort::Session* session = nullptr;
  call(api.create_session, engine_->env.get(), model.c_str(), options.get(), &session);
  auto state = std::make_unique<OnnxSession::State>(
      OnnxSession::State{engine_, model.string(), {session, api.release_session}, {}, {}, false});
  state->input_names = read_names(call, *engine_, session, api.input_count, api.input_name);
  state->output_names = read_names(call, *engine_, session, api.output_count, api.output_name);
  state->takes_stacks =
      have_free_first_dimension(call, api, session, state->input_names.size(), api.input_type) &&
      have_free_first_dimension(call, api, session, state->output_names.size(), api.output_type);
  if (call.failed()) {
    return Error{ErrorCode::kUnavailable, fmt::format("{}: ONNX Runtime cannot load this model: {}",
                                                      model.string(), call.words())};
  }
  return OnnxSession(std::move(state));
}

}  // namespace scinet
