// Tensors inside a model file: what must hold before anything reads their bytes.
#pragma once

#include <optional>
#include <string>

namespace onnx {
class GraphProto;
}

namespace scinet {

// Bytes of one element of a type of TensorProto; 0 for strings and unknown types.
std::size_t element_bytes(int type);

// "float", "int64", ..., or "type 77", for messages.
std::string element_name(int type);

// What is wrong with the tensors of a graph and of all graphs inside its nodes, as "tensor 'w':
// ...". Data in other files is refused: such a path can point anywhere.
std::optional<std::string> problem_of_tensors(const onnx::GraphProto& graph);

}  // namespace scinet
