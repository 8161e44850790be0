// From a measured model to a question about a chain (layer_cut.h).
#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "split/layer_cut.h"
#include "split/model_profile.h"
#include "split/onnx_graph.h"

namespace scinet {

// The chain of the graph's steps. It can be cut where only values cross that a worker takes: float
// and int64 tensors whose shapes are known.
CutProblem cut_problem(const OnnxGraph& graph, const ModelProfile& profile, std::size_t parts,
                       BytesPerSecond link);

// choose_cuts, with an error that names the file.
Result<std::vector<std::size_t>> cuts_of(const OnnxGraph& graph, const CutProblem& problem);

}  // namespace scinet
