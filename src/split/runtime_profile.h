// Runs a whole model in ONNX Runtime and reads what each node took from the engine's own profile.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "split/model_profile.h"

namespace scinet {

// Fills the work and the sample shapes of `profile`, whose declared facts are there already. The
// engine runs each node as the file has it, since a part is made of such nodes; what it would fuse
// costs a little less later. Leaves files in `scratch`. Meant for run_apart.
Status measure_profile(const OnnxGraph& graph, const std::filesystem::path& library,
                       const std::vector<SampleInput>& inputs, const std::filesystem::path& scratch,
                       ModelProfile& profile);

// The inputs in the order of a session's names.
Result<std::vector<Tensor>> in_order_of(const std::vector<std::string>& names,
                                        const std::vector<SampleInput>& inputs);

}  // namespace scinet
