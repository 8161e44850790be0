// Named tensors as bytes: what the fragments of a model send each other. The format is safetensors
// (github.com/huggingface/safetensors): the length of a JSON header as 8 bytes little endian, the
// header with type, shape and place of each tensor, then all values in one piece without gaps.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "serving/onnx_runtime.h"

namespace scinet {

using NamedTensors = std::map<std::string, Tensor>;

// Values as F32 or I64. Equal tensors give equal bytes.
std::string to_message(const NamedTensors& tensors);

// kInvalidInput with a sentence for anything else than such a message. What it names is checked
// against the bytes that are there before memory is taken for it.
Result<NamedTensors> tensors_of(std::string_view message);

}  // namespace scinet
