#include "split/onnx_tensors.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <cstdint>
#include <limits>

#include "base/text.h"

namespace scinet {
namespace {

using onnx::TensorProto;

// Complex numbers are two entries, and strings are bytes of any length.
std::size_t entries_of(const TensorProto& tensor) {
  const int entries = tensor.float_data_size() + tensor.int32_data_size() +
                      tensor.int64_data_size() + tensor.string_data_size() +
                      tensor.double_data_size() + tensor.uint64_data_size();
  const bool complex =
      tensor.data_type() == TensorProto::COMPLEX64 || tensor.data_type() == TensorProto::COMPLEX128;
  return static_cast<std::size_t>(entries) / (complex ? 2 : 1);
}

std::optional<std::size_t> element_count(const TensorProto& tensor) {
  std::size_t count = 1;
  for (const std::int64_t size : tensor.dims()) {
    if (size < 0) return std::nullopt;
    const auto length = static_cast<std::size_t>(size);
    if (length > 0 && count > std::numeric_limits<std::size_t>::max() / 16 / length) {
      return std::nullopt;
    }
    count *= length;
  }
  return count;
}

std::optional<std::string> problem_of(const TensorProto& tensor) {
  const std::string name = fmt::format("tensor {}", in_quotes(tensor.name()));
  if (tensor.data_location() == TensorProto::EXTERNAL || tensor.external_data_size() > 0) {
    return fmt::format(
        "{}: its data lies in another file, which is never opened; save the model as one file",
        name);
  }
  if (tensor.has_segment()) return name + ": it is one segment of a tensor; give the whole";
  const std::size_t width = element_bytes(tensor.data_type());
  if (width == 0 && tensor.data_type() != TensorProto::STRING) {
    return fmt::format("{}: data_type {} is not known", name, tensor.data_type());
  }
  const std::optional<std::size_t> count = element_count(tensor);
  if (!count) return name + ": dims are negative, or more than can exist";
  if (tensor.has_raw_data()) {
    if (tensor.raw_data().size() == *count * width) return std::nullopt;
    return fmt::format("{}: dims say {} bytes, raw_data has {}", name, *count * width,
                       tensor.raw_data().size());
  }
  if (entries_of(tensor) == *count) return std::nullopt;
  return fmt::format("{}: dims say {} values, there are {}", name, *count, entries_of(tensor));
}

std::optional<std::string> problem_of(const onnx::SparseTensorProto& sparse) {
  if (const auto problem = problem_of(sparse.values())) return problem;
  return problem_of(sparse.indices());
}

std::optional<std::string> problem_of(const onnx::AttributeProto& attribute) {
  if (attribute.has_t()) {
    if (auto problem = problem_of(attribute.t())) return problem;
  }
  if (attribute.has_sparse_tensor()) {
    if (auto problem = problem_of(attribute.sparse_tensor())) return problem;
  }
  if (attribute.has_g()) {
    if (auto problem = problem_of_tensors(attribute.g())) return problem;
  }
  for (const TensorProto& tensor : attribute.tensors()) {
    if (auto problem = problem_of(tensor)) return problem;
  }
  for (const onnx::SparseTensorProto& tensor : attribute.sparse_tensors()) {
    if (auto problem = problem_of(tensor)) return problem;
  }
  for (const onnx::GraphProto& graph : attribute.graphs()) {
    if (auto problem = problem_of_tensors(graph)) return problem;
  }
  return std::nullopt;
}

}  // namespace

std::size_t element_bytes(int type) {
  switch (type) {
    case TensorProto::INT8:
    case TensorProto::UINT8:
    case TensorProto::BOOL:
      return 1;
    case TensorProto::INT16:
    case TensorProto::UINT16:
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
      return 2;
    case TensorProto::FLOAT:
    case TensorProto::INT32:
    case TensorProto::UINT32:
      return 4;
    case TensorProto::DOUBLE:
    case TensorProto::INT64:
    case TensorProto::UINT64:
    case TensorProto::COMPLEX64:
      return 8;
    case TensorProto::COMPLEX128:
      return 16;
    default:
      return 0;
  }
}

std::string element_name(int type) {
  if (!onnx::TensorProto_DataType_IsValid(type)) return fmt::format("type {}", type);
  std::string name = onnx::TensorProto_DataType_Name(static_cast<onnx::TensorProto_DataType>(type));
  for (char& letter : name) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return name;
}

// A parsed file is at most 100 messages deep, so the recursion is too.
std::optional<std::string> problem_of_tensors(const onnx::GraphProto& graph) {
  for (const TensorProto& tensor : graph.initializer()) {
    if (auto problem = problem_of(tensor)) return problem;
  }
  for (const onnx::SparseTensorProto& tensor : graph.sparse_initializer()) {
    if (auto problem = problem_of(tensor)) return problem;
  }
  for (const onnx::NodeProto& node : graph.node()) {
    for (const onnx::AttributeProto& attribute : node.attribute()) {
      if (auto problem = problem_of(attribute)) return problem;
    }
  }
  return std::nullopt;
}

}  // namespace scinet
