#include "split/sample_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "base/random.h"
#include "base/text.h"
#include "split/onnx_tensors.h"

namespace scinet {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 27;  // a gibibyte of int64

// The number of elements; none when there are too many.
std::optional<std::size_t> count_elements(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t length : shape) {
    if (length < 0 || length > kMostElements || (length > 0 && count > kMostElements / length)) {
      return std::nullopt;
    }
    count *= length;
  }
  return static_cast<std::size_t>(count);
}

class Sampler {
 public:
  Sampler(const OnnxGraph& graph, const SampleChoice& choice)
      : graph_(graph), choice_(choice), streams_(1) {}

  Result<std::vector<SampleInput>> sample() const {
    std::set<std::string> names;
    for (const GraphValue& value : graph_.values()) {
      if (value.is_input) names.insert(value.name);
    }
    if (const auto unknown = unknown_name(names)) return problem(*unknown);
    std::vector<SampleInput> inputs;
    for (const onnx::ValueInfoProto& input : graph_.model().graph().input()) {
      if (!names.contains(input.name())) continue;
      Result<Tensor> tensor = sample(input);
      if (!tensor) return tensor.error();
      inputs.push_back({input.name(), std::move(tensor).value()});
    }
    return inputs;
  }

 private:
  Error problem(const std::string& words, ErrorCode code = ErrorCode::kInvalidInput) const {
    return {code, fmt::format("{}: {}", graph_.file(), words)};
  }

  std::optional<std::string> unknown_name(const std::set<std::string>& names) const {
    std::set<std::string> chosen;
    for (const auto& [name, shape] : choice_.shapes) chosen.insert(name);
    for (const auto& [name, value] : choice_.values) chosen.insert(name);
    for (const std::string& name : chosen) {
      if (names.contains(name)) continue;
      const std::vector<std::string> known(names.begin(), names.end());
      return fmt::format("there is no input {}; its inputs are: {}", in_quotes(name),
                         joined(known));
    }
    return std::nullopt;
  }

  Result<Tensor> sample(const onnx::ValueInfoProto& input) const {
    const std::string name = "input " + in_quotes(input.name());
    if (!input.type().has_tensor_type()) {
      return problem(name + " is no tensor; only tensors travel between hosts");
    }
    const int type = input.type().tensor_type().elem_type();
    if (type != onnx::TensorProto::FLOAT && type != onnx::TensorProto::INT64) {
      return problem(
          fmt::format("{} is {}; workers take float and int64", name, element_name(type)));
    }
    Result<std::vector<std::int64_t>> shape = shape_of(input);
    if (!shape) return shape.error();
    const std::optional<std::size_t> count = count_elements(shape.value());
    if (!count) {
      return problem(fmt::format("{} of shape {} has too many elements; at most {} are tried", name,
                                 fmt::join(shape.value(), "x"), kMostElements),
                     ErrorCode::kTooLarge);
    }
    Tensor tensor{.shape = std::move(shape).value(), .values = {}};
    const auto chosen = choice_.values.find(input.name());
    if (type == onnx::TensorProto::INT64) {
      const double value = chosen == choice_.values.end() ? 0.0 : chosen->second;
      if (value != std::floor(value) || std::abs(value) > 0x1p53) {
        return problem(fmt::format("{} takes integers, not {}", name, value));
      }
      tensor.values = std::vector<std::int64_t>(*count, static_cast<std::int64_t>(value));
      return tensor;
    }
    std::vector<float> values(*count, 0.0f);
    RandomStream stream = streams_.stream(input.name());
    for (float& value : values) {
      value =
          static_cast<float>(chosen == choice_.values.end() ? stream.uniform() : chosen->second);
    }
    tensor.values = std::move(values);
    return tensor;
  }

  Result<std::vector<std::int64_t>> shape_of(const onnx::ValueInfoProto& input) const {
    const std::string name = "input " + in_quotes(input.name());
    const onnx::TypeProto::Tensor& type = input.type().tensor_type();
    const auto chosen = choice_.shapes.find(input.name());
    if (chosen != choice_.shapes.end()) {
      if (fits(chosen->second, type)) return chosen->second;
      return problem(
          fmt::format("{} does not take the shape {}", name, fmt::join(chosen->second, "x")));
    }
    if (!type.has_shape()) return problem(name + " has no shape; choose one with --shape");
    std::vector<std::int64_t> shape;
    for (const onnx::TensorShapeProto::Dimension& dim : type.shape().dim()) {
      if (dim.has_dim_value() && dim.dim_value() >= 0) {
        shape.push_back(dim.dim_value());
      } else if (shape.empty()) {
        shape.push_back(1);  // how many requests at once
      } else {
        return problem(fmt::format(
            "{} leaves length {} of its shape open; choose one, such as --shape {}={}x8", name,
            shape.size() + 1, printable(input.name()), fmt::join(shape, "x")));
      }
    }
    return shape;
  }

  static bool fits(const std::vector<std::int64_t>& shape, const onnx::TypeProto::Tensor& type) {
    if (!type.has_shape()) return true;
    if (type.shape().dim_size() != static_cast<int>(shape.size())) return false;
    for (int i = 0; i < type.shape().dim_size(); ++i) {
      const onnx::TensorShapeProto::Dimension& dim = type.shape().dim(i);
      const std::int64_t length = shape[static_cast<std::size_t>(i)];
      if (dim.has_dim_value() && dim.dim_value() >= 0 && dim.dim_value() != length) return false;
    }
    return true;
  }

  const OnnxGraph& graph_;
  const SampleChoice& choice_;
  RandomStreams streams_;
};

}  // namespace

Result<std::vector<SampleInput>> sample_inputs(const OnnxGraph& graph, const SampleChoice& choice) {
  return Sampler(graph, choice).sample();
}

}  // namespace scinet
