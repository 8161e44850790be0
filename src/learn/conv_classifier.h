// An image classifier as plain numbers: what training leaves and the exporter writes. It is a
// chain of 3 x 3 convolutions (padding 1, bias, ReLU, some followed by 2 x 2 max pooling), the
// mean over all positions, and a linear layer. Batch normalisation exists in training only: it
// is folded into weights and biases here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scinet {

struct ConvShape {
  int outputs = 1;    // channels
  bool pool = false;  // halve both sides afterwards

  friend bool operator==(const ConvShape&, const ConvShape&) = default;
};

struct ClassifierShape {
  int size = 28;  // pixels along each side of the grey image
  int classes = 10;
  std::vector<ConvShape> convs;  // at least one

  // Channels that convolution `index` reads.
  int inputs_of(std::size_t index) const { return index == 0 ? 1 : convs[index - 1].outputs; }

  friend bool operator==(const ClassifierShape&, const ClassifierShape&) = default;
};

// Weights and biases as exported.
std::int64_t count_parameters(const ClassifierShape& shape);
// Multiplications, each with its addition, to classify one image (MACs).
std::int64_t count_multiply_adds(const ClassifierShape& shape);

struct LinearWeights {
  std::vector<float> weights;  // outputs first: [outputs, inputs, 3, 3] or [classes, inputs]
  std::vector<float> biases;   // [outputs]

  friend bool operator==(const LinearWeights&, const LinearWeights&) = default;
};

struct ConvClassifier {
  ClassifierShape shape;
  std::vector<LinearWeights> convs;  // one per shape.convs
  LinearWeights head;

  friend bool operator==(const ConvClassifier&, const ConvClassifier&) = default;
};

// Whether every vector has the length that the shape asks for.
bool is_consistent(const ConvClassifier& classifier);

}  // namespace scinet
