// Writes a classifier as an ONNX model that any runtime can serve: input `image` float32
// [N, 1, size, size] in 0..1, output `logits` float32 [N, classes], N free. Opset 13, IR
// version 8. Every node is named after its layer, so that the graph can be cut by layer.
#pragma once

#include <map>
#include <string>

#include "learn/conv_classifier.h"

namespace scinet {

// The bytes of the file; the same classifier and properties give the same bytes. `properties`
// become the model's metadata. The classifier must be consistent.
std::string to_onnx(const ConvClassifier& classifier,
                    const std::map<std::string, std::string>& properties);

}  // namespace scinet
