#include "split/cut_problem.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <map>

namespace scinet {
namespace {

// Whether a worker can hand this value on.
bool can_travel(const ValueFacts& facts) {
  return facts.sample_size() && (facts.element_type == onnx::TensorProto::FLOAT ||
                                 facts.element_type == onnx::TensorProto::INT64);
}

}  // namespace

// What crosses each place, as a sum over the values: each is there from the place behind the step
// that makes it up to the place before the last that needs it.
CutProblem cut_problem(const OnnxGraph& graph, const ModelProfile& profile, std::size_t parts,
                       BytesPerSecond link) {
  const std::size_t count = graph.steps().size();
  std::map<std::size_t, std::size_t> places;
  CutProblem problem{.work = {}, .crossing = {}, .parts = parts, .link = link};
  for (const std::size_t step : graph.steps()) {
    places[step] = problem.work.size();
    problem.work.push_back(profile.work[step]);
  }
  std::vector<double> bytes(count + 1, 0.0);  // differences from place to place
  std::vector<int> stuck(count + 1, 0);       // the same for values that cannot travel
  for (std::size_t i = 0; i < graph.values().size(); ++i) {
    const GraphValue& value = graph.values()[i];
    if (value.is_constant || (value.producer && !places.contains(*value.producer))) continue;
    const std::size_t first = value.producer ? places[*value.producer] + 1 : 0;
    const std::size_t end = value.is_output  ? count
                            : value.last_use ? places[*value.last_use] + 1
                                             : first;
    if (first >= end) continue;
    const bool travels = can_travel(profile.values[i]);
    const double size = travels ? profile.values[i].sample_size()->value() : 0.0;
    bytes[first] += size;
    bytes[end] -= size;
    stuck[first] += travels ? 0 : 1;
    stuck[end] -= travels ? 0 : 1;
  }
  double crossing = 0.0;
  int stuck_here = 0;
  for (std::size_t place = 0; place < count; ++place) {
    crossing += bytes[place];
    stuck_here += stuck[place];
    problem.crossing.push_back(stuck_here == 0 ? std::optional(Bytes(crossing)) : std::nullopt);
  }
  return problem;
}

Result<std::vector<std::size_t>> cuts_of(const OnnxGraph& graph, const CutProblem& problem) {
  Result<std::vector<std::size_t>> cuts = choose_cuts(problem);
  if (cuts) return cuts;
  return Error{cuts.error().code,
               fmt::format("{}: {} (a step is a node that depends on the input; it can be cut "
                           "where only float and int64 tensors cross)",
                           graph.file(), cuts.error().message)};
}

}  // namespace scinet
