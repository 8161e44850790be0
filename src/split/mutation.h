// Damage for tests: what a broken disk, or somebody who means harm, may do to a model.
#pragma once

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"

namespace scinet {

// One to four changes of bytes, lengths or order; most leave most of the file as it was.
inline std::string with_damaged_bytes(std::string bytes, RandomStream& random) {
  const std::uint64_t changes = 1 + random.below(4);
  for (std::uint64_t i = 0; i < changes && !bytes.empty(); ++i) {
    const std::size_t at = random.below(bytes.size());
    const std::size_t length = 1 + random.below(std::min<std::size_t>(8, bytes.size() - at));
    switch (random.below(6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 2:
        bytes[at] = static_cast<char>(random.below(2) == 0 ? 0xff : 0x00);
        break;
      case 3:
        bytes.erase(at, length);
        break;
      case 4:
        bytes.insert(at, bytes.substr(random.below(bytes.size()), length));
        break;
      default:
        if (random.below(10) == 0) bytes.resize(at);
    }
  }
  return bytes;
}

// Numbers that programs divide by, index with or allocate.
inline std::int64_t awkward_number(RandomStream& random) {
  constexpr std::int64_t kNumbers[] = {0,       -1,        1,         2,         3,        -7,
                                       1 << 20, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
  return kNumbers[random.below(std::size(kNumbers))];
}

inline void damage_node(onnx::GraphProto& graph, onnx::NodeProto& node, RandomStream& random) {
  constexpr const char* kOperations[] = {"Conv",        "MatMul", "Reshape", "Concat",
                                         "Gather",      "Pad",    "Slice",   "Expand",
                                         "AveragePool", "Resize", "Split",   "Loop"};
  const auto any_value = [&] {
    const onnx::NodeProto& other =
        graph.node(static_cast<int>(random.below(static_cast<std::uint64_t>(graph.node_size()))));
    return other.output_size() > 0 && random.below(4) > 0 ? other.output(0)
           : graph.initializer_size() > 0                 ? graph.initializer(0).name()
                                                          : std::string("gone");
  };
  switch (random.below(6)) {
    case 0:
      node.set_op_type(kOperations[random.below(std::size(kOperations))]);
      break;
    case 1:
      if (node.input_size() > 0) node.set_input(0, any_value());
      break;
    case 2:
      node.add_input(any_value());
      break;
    case 3:
      node.mutable_attribute()->Clear();
      break;
    default:
      for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
        if (attribute.has_i()) attribute.set_i(awkward_number(random));
        for (std::int64_t& number : *attribute.mutable_ints()) {
          if (random.below(2) == 0) number = awkward_number(random);
        }
        if (attribute.has_g() && attribute.g().node_size() > 0) {
          damage_node(*attribute.mutable_g(), *attribute.mutable_g()->mutable_node(0), random);
        }
      }
  }
}

// One or two changes of what the file says; it can still be parsed.
inline std::string with_damaged_meaning(const std::string& bytes, RandomStream& random) {
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes)) return bytes;
  onnx::GraphProto& graph = *model.mutable_graph();
  const std::uint64_t changes = 1 + random.below(2);
  for (std::uint64_t i = 0; i < changes; ++i) {
    const auto nodes = static_cast<std::uint64_t>(graph.node_size());
    const auto tensors = static_cast<std::uint64_t>(graph.initializer_size());
    switch (random.below(8)) {
      case 0:
        if (tensors > 0) {
          onnx::TensorProto& tensor =
              *graph.mutable_initializer(static_cast<int>(random.below(tensors)));
          if (tensor.int64_data_size() > 0) tensor.set_int64_data(0, awkward_number(random));
          if (tensor.dims_size() > 1)
            std::swap(*tensor.mutable_dims()->begin(), tensor.mutable_dims()->at(1));
        }
        break;
      case 1:
        graph.mutable_input(0)
            ->mutable_type()
            ->mutable_tensor_type()
            ->mutable_shape()
            ->mutable_dim(1)
            ->set_dim_value(awkward_number(random));
        break;
      case 2:
        model.mutable_opset_import(0)->set_version(static_cast<std::int64_t>(random.below(24)));
        break;
      default:
        damage_node(graph, *graph.mutable_node(static_cast<int>(random.below(nodes))), random);
    }
  }
  return model.SerializeAsString();
}

// Either of the two.
inline std::string mutated(const std::string& bytes, RandomStream& random) {
  return random.below(2) == 0 ? with_damaged_bytes(bytes, random)
                              : with_damaged_meaning(bytes, random);
}

}  // namespace scinet
