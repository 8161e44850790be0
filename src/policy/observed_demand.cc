#include "policy/observed_demand.h"

#include <algorithm>
#include <cmath>

namespace scinet {
namespace {

constexpr double kRequestsRemembered = 50.0;

double beats_until(SimTime time, Seconds beat) {
  return std::floor(to_seconds(time) / beat + 1e-9);
}

}  // namespace

void ObservedDemand::update(const ClusterView& view) {
  std::size_t passed = 0;  // beats
  if (view.hosts.size() != utilisation_.size() || view.now < now_) {
    *this = ObservedDemand(most_beats_);
    utilisation_.resize(view.hosts.size());
    for (const HostView& host : view.hosts) {
      passed = std::max(passed, host.recent_utilisation.size());
    }
  } else {
    passed =
        static_cast<std::size_t>(beats_until(view.now, view.beat) - beats_until(now_, view.beat));
  }
  for (const HostView& host : view.hosts) {
    add_beats(utilisation_[host.id.value], host, std::min(passed, most_beats_));
  }
  now_ = view.now;
  add_requests(view);
}

void ObservedDemand::add_beats(std::vector<double>& series, const HostView& host,
                               std::size_t passed) const {
  const std::vector<double>& recent = host.recent_utilisation;
  const std::size_t told = std::min(passed, recent.size());
  series.insert(series.end(), passed - told, 0.0);
  series.insert(series.end(), recent.end() - static_cast<std::ptrdiff_t>(told), recent.end());
  if (series.size() <= most_beats_) return;
  series.erase(series.begin(), series.end() - static_cast<std::ptrdiff_t>(most_beats_));
}

void ObservedDemand::add_requests(const ClusterView& view) {
  for (const WorkloadView& entry : view.workloads) {
    if (newest_ && entry.workload.id <= *newest_) continue;
    requests_ = std::min(requests_ + 1.0, kRequestsRemembered);
    slo_ += (entry.workload.slo - slo_) / requests_;
    newest_ = entry.workload.id;
  }
}

Seconds time_to_look_ahead(const ClusterView& view, int beats) {
  Seconds longest = view.beat * beats;
  for (const HostView& host : view.hosts) {
    longest = std::max(longest, view.type_of(host).boot_time + view.beat * 2.0);
  }
  return longest;
}

}  // namespace scinet
