// ONNX's own checker, of the library that holds the format. Meant for run_apart: it was not made
// for hostile files.
#pragma once

#include <string>

#include "base/result.h"

namespace onnx {
class ModelProto;
}

namespace scinet {

// Whether that library knows operators as new as these; it is older than the runtime.
bool is_known_to_checker(const onnx::ModelProto& model);

// kInvalidInput with the checker's words; a model that is too new for it passes.
Status check_with_onnx(const onnx::ModelProto& model, const std::string& file);

}  // namespace scinet
