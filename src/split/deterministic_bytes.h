// A model as the bytes of a file.
#pragma once

#include <string>

namespace onnx {
class ModelProto;
}

namespace scinet {

// Equal models give equal bytes.
std::string deterministic_bytes(const onnx::ModelProto& model);

}  // namespace scinet
