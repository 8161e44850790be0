#include "calibration/recorded_run.h"

#include <algorithm>

namespace scinet {
namespace {

SimTime round_up(SimTime time, SimTime step) { return (time + step - SimTime(1)) / step * step; }

bool same_fragments(const Strategy& one, const Strategy& other) {
  return one.name == other.name &&
         std::ranges::equal(one.fragments, other.fragments, {}, &Fragment::name, &Fragment::name) &&
         std::ranges::equal(one.fragments, other.fragments, {}, &Fragment::inputs,
                            &Fragment::inputs);
}

}  // namespace

Seconds execution_of(const TaskOutcome& task, SimTime step) {
  if (step == SimTime(0)) return to_seconds(task.finish - task.start);
  const SimTime begin = task.start / step * step;
  return to_seconds(std::max(round_up(task.finish, step) - step - begin, SimTime(0)));
}

Seconds response_of(const WorkloadOutcome& outcome, SimTime step) {
  const SimTime answer = *outcome.finish;
  return to_seconds((step == SimTime(0) ? answer : round_up(answer, step)) -
                    outcome.workload.arrival);
}

bool same_shape(const Catalogue& one, const Catalogue& other) {
  const auto same_application = [](const Application& a, const Application& b) {
    return a.name == b.name && std::ranges::equal(a.strategies, b.strategies, same_fragments);
  };
  return std::ranges::equal(one.host_types, other.host_types, {}, &HostType::name,
                            &HostType::name) &&
         std::ranges::equal(one.applications, other.applications, same_application);
}

}  // namespace scinet
