// What each node of a model costs and how large each value is, found out by running the model once
// it has passed ONNX's own checker. Both happen in a process of their own (apart.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/units.h"
#include "split/onnx_graph.h"
#include "split/sample_inputs.h"

namespace scinet {

// A value that may travel between hosts, or why it cannot.
struct ValueFacts {
  int element_type = 0;                      // of TensorProto; 0 when it is no tensor or unknown
  std::vector<std::string> dims{};           // as declared: "28", "N", or "" when unknown
  std::vector<std::int64_t> sample_shape{};  // in the sample run
  bool has_sample_shape = false;

  std::optional<Bytes> sample_size() const;
};

struct ModelProfile {
  bool is_measured = false;   // otherwise counted from shapes, at a nominal speed
  std::string method;         // for people: how the work was found out
  std::vector<Seconds> work;  // of each node of the graph; of constants 0
  std::vector<ValueFacts> values;
};

struct ProfileOptions {
  std::optional<std::filesystem::path> runtime;  // ONNX Runtime's library; without it: estimated
  SampleChoice sample;
};

// Errors of the model are kInvalidInput or kTooLarge and begin with its file.
Result<ModelProfile> profile_model(const OnnxGraph& graph, const ProfileOptions& options);

}  // namespace scinet
