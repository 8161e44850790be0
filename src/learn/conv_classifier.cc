#include "learn/conv_classifier.h"

namespace scinet {
namespace {

constexpr std::int64_t kKernelArea = 3 * 3;

std::int64_t conv_weights(const ClassifierShape& shape, std::size_t index) {
  return kKernelArea * shape.inputs_of(index) * shape.convs[index].outputs;
}

std::int64_t head_weights(const ClassifierShape& shape) {
  return std::int64_t{shape.convs.back().outputs} * shape.classes;
}

bool has_lengths(const LinearWeights& layer, std::int64_t weights, std::int64_t biases) {
  return std::ssize(layer.weights) == weights && std::ssize(layer.biases) == biases;
}

}  // namespace

std::int64_t count_parameters(const ClassifierShape& shape) {
  std::int64_t total = head_weights(shape) + shape.classes;
  for (std::size_t i = 0; i < shape.convs.size(); ++i) {
    total += conv_weights(shape, i) + shape.convs[i].outputs;
  }
  return total;
}

std::int64_t count_multiply_adds(const ClassifierShape& shape) {
  std::int64_t total = head_weights(shape);
  std::int64_t size = shape.size;
  for (std::size_t i = 0; i < shape.convs.size(); ++i) {
    total += conv_weights(shape, i) * size * size;
    if (shape.convs[i].pool) size /= 2;
  }
  return total;
}

bool is_consistent(const ConvClassifier& classifier) {
  const ClassifierShape& shape = classifier.shape;
  if (shape.convs.empty() || classifier.convs.size() != shape.convs.size()) return false;
  for (std::size_t i = 0; i < shape.convs.size(); ++i) {
    if (!has_lengths(classifier.convs[i], conv_weights(shape, i), shape.convs[i].outputs)) {
      return false;
    }
  }
  return has_lengths(classifier.head, head_weights(shape), shape.classes);
}

}  // namespace scinet
