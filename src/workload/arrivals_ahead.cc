#include "workload/arrivals_ahead.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "model/mean_work.h"

namespace scinet {
namespace {

// What is known of the requests in the view, for applications that have none in it.
class OpenRequests {
 public:
  explicit OpenRequests(const ClusterView& view) : view_(view) {
    for (const WorkloadView& entry : view.workloads) {
      slo_ += entry.workload.slo;
      work_ += work_of(entry.workload.application);
    }
  }

  // A request as this application had them last. SLOs are alike for all applications or in
  // proportion to their work; where the application has no request in the view, its SLO is taken to
  // be in the middle: the mean of those in the view times the root of how much more work it is.
  Workload typical(ApplicationId application) const {
    Workload typical;
    typical.application = application;
    typical.slo = std::chrono::hours(1);
    if (work_ > 0.0) {
      const auto count = static_cast<double>(view_.workloads.size());
      typical.slo = slo_ / count * std::sqrt(work_of(application) / (work_ / count));
    }
    for (const WorkloadView& entry : view_.workloads) {
      if (entry.workload.application == application) typical = entry.workload;
    }
    return typical;
  }

 private:
  double work_of(ApplicationId application) const {
    return mean_work(view_.catalogue->at(application)).value();
  }

  const ClusterView& view_;
  Seconds slo_{0};     // of all together
  double work_ = 0.0;  // MI, the same
};

}  // namespace

std::vector<Workload> arrivals_ahead(const ClusterView& view, Seconds ahead,
                                     const RandomStreams& streams) {
  // Other luck at every moment, so that what is predicted over a run averages out.
  const auto moment = static_cast<std::uint64_t>(view.now.count());
  const RandomStreams of_moment(streams.stream("arrivals-ahead", moment).next());
  const OpenRequests open(view);
  std::vector<Workload> arrivals;
  for (std::uint32_t i = 0; i < view.arrival_rates.size(); ++i) {
    const double rate = view.arrival_rates[i];
    if (rate <= 0.0) continue;
    Workload next = open.typical(ApplicationId{i});
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
