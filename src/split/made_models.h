// Models that tests make: small, with seeded weights, and shaped to be awkward to cut.
#pragma once

#include <fmt/format.h>
#include <onnx/onnx_pb.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/random.h"

namespace scinet {

using Lengths = std::vector<std::int64_t>;

// Length 0 stands for one that is open, named "N".
inline onnx::ValueInfoProto tensor_info(const std::string& name, const Lengths& lengths,
                                        int type = onnx::TensorProto::FLOAT) {
  onnx::ValueInfoProto info;
  info.set_name(name);
  info.mutable_type()->mutable_tensor_type()->set_elem_type(type);
  auto& shape = *info.mutable_type()->mutable_tensor_type()->mutable_shape();
  for (const std::int64_t length : lengths) {
    length == 0 ? shape.add_dim()->set_dim_param("N") : shape.add_dim()->set_dim_value(length);
  }
  return info;
}

// Writes down a graph node by node; each function returns the name of what it made.
class ModelMaker {
 public:
  explicit ModelMaker(std::uint64_t seed = 1) : random_(seed) {
    model.set_ir_version(8);
    model.add_opset_import()->set_version(13);
    graph().set_name("made");
  }

  onnx::GraphProto& graph() { return *model.mutable_graph(); }

  std::string input(const std::string& name, const Lengths& lengths,
                    int type = onnx::TensorProto::FLOAT) {
    *graph().add_input() = tensor_info(name, lengths, type);
    return name;
  }
  void output(const std::string& name, const Lengths& lengths,
              int type = onnx::TensorProto::FLOAT) {
    *graph().add_output() = tensor_info(name, lengths, type);
  }

  std::string weights(const Lengths& lengths) {
    onnx::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name(fresh("w"));
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    std::int64_t count = 1;
    for (const std::int64_t length : lengths) tensor.add_dims(length), count *= length;
    const double scale = 1.0 / std::sqrt(static_cast<double>(count / lengths.front()));
    for (std::int64_t i = 0; i < count; ++i) {
      tensor.add_float_data(static_cast<float>((random_.uniform() * 2.0 - 1.0) * scale));
    }
    return tensor.name();
  }
  std::string integers(const Lengths& values) {
    onnx::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name(fresh("i"));
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<std::int64_t>(values.size()));
    for (const std::int64_t value : values) tensor.add_int64_data(value);
    return tensor.name();
  }

  std::string node(const std::string& operation, const std::vector<std::string>& inputs) {
    onnx::NodeProto& made = *graph().add_node();
    made.set_op_type(operation);
    for (const std::string& name : inputs) made.add_input(name);
    made.add_output(fresh(operation));
    made.set_name(made.output(0) + ".node");
    return made.output(0);
  }
  onnx::NodeProto& last() { return *graph().mutable_node(graph().node_size() - 1); }
  void set_integer(const std::string& name, std::int64_t value) {
    onnx::AttributeProto& attribute = *last().add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }
  void set_integers(const std::string& name, const Lengths& values) {
    onnx::AttributeProto& attribute = *last().add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) attribute.add_ints(value);
  }

  // Keeps height and width.
  std::string conv(const std::string& value, std::int64_t from, std::int64_t to,
                   std::int64_t kernel = 3) {
    const std::string made = node("Conv", {value, weights({to, from, kernel, kernel})});
    set_integers("kernel_shape", {kernel, kernel});
    const std::int64_t pad = kernel / 2;
    set_integers("pads", {pad, pad, pad, pad});
    return made;
  }
  std::string relu(const std::string& value) { return node("Relu", {value}); }
  std::string concat(const std::vector<std::string>& values, std::int64_t axis) {
    const std::string made = node("Concat", values);
    set_integer("axis", axis);
    return made;
  }
  // The name that others know a value by.
  void rename_last(const std::string& name) { last().set_output(0, name); }

  std::string bytes() const { return model.SerializeAsString(); }

  onnx::ModelProto model;

 private:
  std::string fresh(const std::string& stem) { return fmt::format("{}.{}", stem, ++count_); }

  RandomStream random_;
  int count_ = 0;
};

// Blocks with a skip each, and one skip from the first value to the last node.
inline ModelMaker residual_model(int blocks, std::uint64_t seed = 1) {
  ModelMaker maker(seed);
  const std::string first = maker.relu(maker.conv(maker.input("image", {0, 3, 16, 16}), 3, 8));
  std::string value = first;
  for (int i = 0; i < blocks; ++i) {
    const std::string inside = maker.conv(maker.relu(maker.conv(value, 8, 8)), 8, 8);
    value = maker.relu(maker.node("Add", {value, inside}));
  }
  maker.node("Add", {value, first});
  maker.rename_last("sum");
  maker.output("sum", {0, 8, 16, 16});
  return maker;
}

// Four branches of unlike length, joined, twice.
inline ModelMaker branching_model(std::uint64_t seed = 2) {
  ModelMaker maker(seed);
  std::string value = maker.input("image", {0, 3, 12, 12});
  std::int64_t channels = 3;
  for (int block = 0; block < 2; ++block) {
    const std::string narrow = maker.relu(maker.conv(value, channels, 4, 1));
    const std::string middle = maker.relu(maker.conv(maker.conv(value, channels, 4, 1), 4, 6));
    const std::string wide =
        maker.relu(maker.conv(maker.conv(maker.conv(value, channels, 2, 1), 2, 4), 4, 4, 5));
    const std::string pooled = maker.node("AveragePool", {value});
    maker.set_integers("kernel_shape", {3, 3});
    maker.set_integers("pads", {1, 1, 1, 1});
    value = maker.concat({narrow, middle, wide, maker.conv(pooled, channels, 2, 1)}, 1);
    channels = 16;
  }
  maker.node("GlobalAveragePool", {value});
  maker.rename_last("means");
  maker.output("means", {0, 16, 1, 1});
  return maker;
}

// An embedding by index and an image row; one output early and one late, one input read last.
inline ModelMaker many_ended_model(std::uint64_t seed = 3) {
  ModelMaker maker(seed);
  const std::string words = maker.input("words", {0, 5}, onnx::TensorProto::INT64);
  const std::string row = maker.input("row", {0, 5, 8});
  const std::string late = maker.input("late", {0, 5, 8});
  const std::string embedded = maker.node("Gather", {maker.weights({11, 8}), words});
  maker.node("Add", {embedded, row});
  maker.rename_last("early");
  maker.output("early", {0, 5, 8});
  std::string value = "early";
  for (int i = 0; i < 5; ++i) {
    value = maker.node("Tanh", {maker.node("MatMul", {value, maker.weights({8, 8})})});
  }
  maker.node("Mul", {value, late});
  maker.rename_last("product");
  maker.output("product", {0, 5, 8});
  maker.node("Shape", {value});
  maker.rename_last("shape");
  maker.output("shape", {3}, onnx::TensorProto::INT64);
  return maker;
}

inline onnx::GraphProto branch_that_reads(const std::string& operation, const std::string& a,
                                          const std::string& b) {
  onnx::GraphProto graph;
  graph.set_name(operation + "_branch");
  onnx::NodeProto& node = *graph.add_node();
  node.set_op_type(operation);
  node.add_input(a);
  node.add_input(b);
  node.add_output(operation + "_result");
  *graph.add_output() = tensor_info(operation + "_result", {0, 6});
  return graph;
}

// A choice whose two graphs read values from long before: they cross the cuts in between.
inline ModelMaker choosing_model(std::uint64_t seed = 4) {
  ModelMaker maker(seed);
  const std::string row = maker.input("row", {0, 6});
  const std::string early = maker.node("MatMul", {row, maker.weights({6, 6})});
  std::string value = early;
  for (int i = 0; i < 4; ++i) {
    value = maker.node("Tanh", {maker.node("MatMul", {value, maker.weights({6, 6})})});
  }
  const std::string sum = maker.node("ReduceSum", {value});
  maker.set_integer("keepdims", 0);
  maker.node("Greater", {sum, maker.node("Sub", {sum, sum})});
  const std::string is_positive = maker.last().output(0);
  maker.node("If", {is_positive});
  onnx::NodeProto& choice = maker.last();
  for (const auto& [name, operation] : {std::pair("then_branch", "Add"), {"else_branch", "Mul"}}) {
    onnx::AttributeProto& attribute = *choice.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::GRAPH);
    *attribute.mutable_g() = branch_that_reads(operation, early, value);
  }
  const std::string chosen = choice.output(0);
  maker.relu(chosen);
  maker.rename_last("answer");
  maker.output("answer", {0, 6});
  return maker;
}

// A folder for a test's files.
inline std::filesystem::path test_folder(const std::string& name) {
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("scinet-split-{}-{}", getpid(), name);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

inline std::filesystem::path write_model(const std::filesystem::path& file,
                                         const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
  return file;
}

}  // namespace scinet
