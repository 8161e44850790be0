// A part of a model as a model of its own.
//
// Parts run one after the other. Each takes values by name and gives values by name; what a part
// gives, and what the request brought, travels on with the message until its last reader, so a
// value that skips a part passes it by and not through it. Constants are in every part that needs
// them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "split/model_profile.h"
#include "split/onnx_graph.h"

namespace scinet {

struct ModelPart {
  std::vector<std::size_t> nodes;  // of the graph, ascending; steps and constants
  std::size_t steps = 0;           // nodes that only this part has
  std::vector<std::size_t> takes;  // values, ascending, as all below
  std::vector<std::size_t> gives;
  std::vector<std::size_t> arrives;  // the message before this part
  std::vector<std::size_t> leaves;   // the message after it; after the last part the answer
};

// The values that a later step, or the answer, needs when the steps before `position` have run.
std::vector<std::size_t> values_across(const OnnxGraph& graph, std::size_t position);

// `cuts` as choose_cuts gives them, in steps of the graph.
std::vector<ModelPart> parts_of(const OnnxGraph& graph, const std::vector<std::size_t>& cuts);

// The bytes of a file. Values between parts have their declared shapes, as far as the sample
// agrees.
std::string fragment_bytes(const OnnxGraph& graph, const ModelProfile& profile,
                           const ModelPart& part, const std::string& name);

}  // namespace scinet
