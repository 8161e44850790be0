#include "workload/arrivals_ahead.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace scinet {
namespace {

// A request as this application had them last.
Workload typical_workload(ApplicationId application, const ClusterView& view) {
  Workload typical;
  typical.application = application;
  typical.slo = std::chrono::hours(1);
  for (const WorkloadView& entry : view.workloads) {
    if (entry.workload.application == application) typical = entry.workload;
  }
  return typical;
}

}  // namespace

std::vector<Workload> arrivals_ahead(const ClusterView& view, Seconds ahead,
                                     const RandomStreams& streams) {
  // Other luck at every moment, so that what is predicted over a run averages out.
  const auto moment = static_cast<std::uint64_t>(view.now.count());
  const RandomStreams of_moment(streams.stream("arrivals-ahead", moment).next());
  std::vector<Workload> arrivals;
  for (std::uint32_t i = 0; i < view.arrival_rates.size(); ++i) {
    const double rate = view.arrival_rates[i];
    if (rate <= 0.0) continue;
    Workload next = typical_workload(ApplicationId{i}, view);
    RandomStream random = of_moment.stream({}, i);
    for (Seconds after(random.exponential(1.0 / rate)); after < ahead;
         after += Seconds(random.exponential(1.0 / rate))) {
      next.arrival = view.now + to_sim_time(after);
      arrivals.push_back(next);
    }
  }
  std::ranges::stable_sort(arrivals, {}, &Workload::arrival);
  std::uint64_t id = view.workloads.empty() ? 0 : view.workloads.back().workload.id.value + 1;
  for (Workload& workload : arrivals) workload.id = WorkloadId{id++};
  return arrivals;
}

}  // namespace scinet
