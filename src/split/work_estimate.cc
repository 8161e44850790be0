#include "split/work_estimate.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <map>
#include <string>

namespace scinet {
namespace {

using Shape = std::vector<std::int64_t>;

double elements(const Shape& shape) {
  double count = 1.0;
  for (const std::int64_t length : shape) count *= static_cast<double>(length);
  return count;
}

// How many multiplications and additions make one element of the output.
double operations_per_element(const onnx::NodeProto& node, const Shape& first,
                              const Shape& second) {
  const std::string& kind = node.op_type();
  if (kind == "Conv" || kind == "ConvInteger") {
    // Of a kernel [outputs, inputs in the group, ...].
    return second.size() < 2 ? 1.0 : 2.0 * elements({second.begin() + 1, second.end()});
  }
  if (kind == "MatMul" || kind == "MatMulInteger") {
    return first.empty() ? 1.0 : 2.0 * static_cast<double>(first.back());
  }
  if (kind == "Gemm" && first.size() == 2) {
    const bool transposed = std::ranges::any_of(node.attribute(), [](const auto& attribute) {
      return attribute.name() == "transA" && attribute.i() != 0;
    });
    return 2.0 * static_cast<double>(first[transposed ? 0 : 1]);
  }
  return 1.0;
}

}  // namespace

std::vector<Seconds> estimate_work(const OnnxGraph& graph, const std::vector<ValueFacts>& values) {
  std::map<std::string, Shape> shapes;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].has_sample_shape) shapes[graph.values()[i].name] = values[i].sample_shape;
  }
  const auto shape_of = [&shapes](const onnx::NodeProto& node, int input) {
    const auto found = input < node.input_size() ? shapes.find(node.input(input)) : shapes.end();
    return found == shapes.end() ? Shape{} : found->second;
  };
  std::vector<Seconds> work(graph.nodes().size(), Seconds(0.0));
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (graph.nodes()[i].is_constant) continue;
    const onnx::NodeProto& node = graph.model().graph().node(static_cast<int>(i));
    double made = 0.0;
    for (const std::size_t output : graph.nodes()[i].outputs) {
      made += elements(values[output].sample_shape);
    }
    const double operations =
        made * operations_per_element(node, shape_of(node, 0), shape_of(node, 1));
    work[i] = Seconds(operations / kNominalOperationsPerSecond);
  }
  return work;
}

}  // namespace scinet
