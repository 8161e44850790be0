// Classifiers as ONNX models that any runtime can serve: input `image` float32
// [N, 1, size, size] in 0..1, output `logits` float32 [N, classes], N free. Opset 13, IR
// version 8. Every node is named after its layer, so that the graph can be cut by layer.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "learn/class_groups.h"
#include "learn/conv_classifier.h"

namespace scinet {

// The bytes of the file; the same classifier and properties give the same bytes. `properties`
// become the model's metadata. The classifier must be consistent.
std::string to_onnx(const ConvClassifier& classifier,
                    const std::map<std::string, std::string>& properties,
                    const std::string& output = "logits");

// The classifier in a file that to_onnx has written. `name` stands for the file in messages;
// kInvalidInput when it is anything else.
Result<ConvClassifier> from_onnx(std::string_view bytes, std::string_view name);

// The name of what branch `index` (from 0) of a semantic split gives: logits-1, logits-2, ...
std::string branch_output(std::size_t index);

// Joins the answers of the branches: from `logits-1`, ... float32 [N, classes of the group + 1],
// the last number of each for all other classes, to `logits` float32 [N, classes]. The logit of a
// class is its number less that for the others.
std::string merge_to_onnx(const ClassGroups& groups,
                          const std::map<std::string, std::string>& properties);

}  // namespace scinet
