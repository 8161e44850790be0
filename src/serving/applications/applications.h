// The applications that this program itself knows, as a table: those that are more than their
// models. To add one: a source file beside this header, its function below, a line in
// all_applications(), the file name in CMake. One that is only models needs no code
// (application_file.h).
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "serving/model_store.h"

namespace scinet {

// What a fragment takes: the client's bytes, or what the fragments before it gave, in their order.
using FragmentInputs = std::span<const std::string_view>;

// Bytes in, bytes out; see ApplicationSet::run for the errors. It may throw: the caller turns an
// exception into an error. Must be safe to call from many threads.
using FragmentFunction = std::function<Result<std::string>(ModelStore&, FragmentInputs)>;

// The same for several requests at once: one result for each, in their order. One whose input is
// refused fails alone.
using TogetherFunction =
    std::function<std::vector<Result<std::string>>(ModelStore&, std::span<const FragmentInputs>)>;

struct FragmentDefinition {
  std::string name;
  std::vector<std::string> model_files;  // relative to the model folder
  FragmentFunction run;
  std::vector<std::size_t> inputs = {};  // earlier fragments; none: it takes the client's bytes
  TogetherFunction run_together = {};    // none: requests have nothing to share
  // Whether the models can take several inputs at once, or why not; none: they can.
  std::function<Status(ModelStore&)> can_share = {};
};

// The function of a fragment that takes one thing.
template <class Function>
FragmentFunction of_one_input(Function function) {
  return [function = std::move(function)](ModelStore& models, FragmentInputs inputs) {
    return function(models, inputs.front());
  };
}

struct StrategyDefinition {
  std::string name;
  std::vector<FragmentDefinition> fragments;  // the last one answers
};

struct ApplicationDefinition {
  std::string name;
  std::string summary;       // one line: what goes in, what comes out
  std::string content_type;  // of the answer
  std::vector<StrategyDefinition> strategies;
};

ApplicationDefinition blur_application();
ApplicationDefinition emboss_application();
ApplicationDefinition ocr_application();
ApplicationDefinition vad_application();

inline std::vector<ApplicationDefinition> all_applications() {
  return {blur_application(), emboss_application(), ocr_application(), vad_application()};
}

}  // namespace scinet
