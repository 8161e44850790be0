#include "split/onnx_checker.h"

#include <fmt/format.h>
#include <onnx/checker.h>
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>

#include <algorithm>

namespace scinet {

bool is_known_to_checker(const onnx::ModelProto& model) {
  const auto& known = onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map();
  return model.ir_version() <= onnx::Version::IR_VERSION &&
         std::ranges::all_of(model.opset_import(), [&known](const auto& opset) {
           const auto range = known.find(opset.domain() == "ai.onnx" ? "" : opset.domain());
           return range == known.end() || opset.version() <= range->second.second;
         });
}

Status check_with_onnx(const onnx::ModelProto& model, const std::string& file) {
  if (!is_known_to_checker(model)) return ok_status();
  try {
    onnx::checker::check_model(model);
  } catch (const onnx::checker::ValidationError& fault) {
    std::string words = fault.what();
    std::ranges::replace(words, '\n', ' ');
    return Error{ErrorCode::kInvalidInput, fmt::format("{}: ONNX's checker says: {}", file, words)};
  }
  return ok_status();
}

}  // namespace scinet
