#include "workload/arrivals_ahead.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/ensure.h"

namespace scinet {

std::vector<Workload> arrivals_ahead(const ClusterView& view, Seconds ahead,
                                     const RandomStreams& streams) {
  // Other luck at every moment, so that what is predicted over a run averages out.
  const auto moment = static_cast<std::uint64_t>(view.now.count());
  const RandomStreams of_moment(streams.stream("arrivals-ahead", moment).next());
  std::vector<Workload> arrivals;
  for (std::uint32_t i = 0; i < view.arrival_rates.size(); ++i) {
    const double rate = view.arrival_rates[i];
    if (rate <= 0.0) continue;
    const std::vector<RequestTerms>& recent = view.recent_requests[i];
    ensure(!recent.empty(), "what arrives at some rate was like something");
    Workload next;
    next.application = ApplicationId{i};
    RandomStream random = of_moment.stream({}, i);
    for (Seconds after(random.exponential(1.0 / rate)); after < ahead;
         after += Seconds(random.exponential(1.0 / rate))) {
      const RequestTerms& terms = recent[random.below(recent.size())];
      next.arrival = view.now + to_sim_time(after);
      next.slo = terms.slo;
      next.input = terms.input;
      arrivals.push_back(next);
    }
  }
  std::ranges::stable_sort(arrivals, {}, &Workload::arrival);
  std::uint64_t id = view.workloads.empty() ? 0 : view.workloads.back().workload.id.value + 1;
  for (Workload& workload : arrivals) workload.id = WorkloadId{id++};
  return arrivals;
}

}  // namespace scinet
