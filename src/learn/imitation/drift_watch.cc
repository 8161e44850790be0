#include "learn/imitation/drift_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/utilisation_ledger.h"

namespace scinet {

void DriftWatch::observe(const ClusterView& view) {
  if (foreseen_.empty() || foreseen_.size() != view.hosts.size() ||
      !is_next_beat(foreseen_at_, view)) {
    return;
  }
  double square = 0.0;
  double last_value_square = 0.0;
  for (std::size_t i = 0; i < foreseen_.size(); ++i) {
    square += std::pow(foreseen_[i] - view.hosts[i].utilisation, 2.0);
    last_value_square += std::pow(last_value_[i] - view.hosts[i].utilisation, 2.0);
  }
  const auto hosts = static_cast<double>(foreseen_.size());
  squares_.add(square / hosts);
  last_value_squares_.add(last_value_square / hosts);
  foreseen_.clear();
  if (squares_.size() < kBeats / 2) return;

  const double bound = std::max(bounds_.utilisation, bounds_.over_last_value * last_value_error());
  if (utilisation_reason_.empty() && error() > bound) {
    utilisation_reason_ =
        fmt::format("its predicted utilisation was off by {:.2f} over {} beats; bound {:.2f}",
                    error(), squares_.size(), bound);
  } else if (error() < bounds_.recovery * bound) {
    utilisation_reason_.clear();
  }
}

void DriftWatch::foresee(const ClusterView& view, std::span<const float> next_utilisation) {
  foreseen_at_ = view.now;
  foreseen_.assign(next_utilisation.begin(), next_utilisation.end());
  last_value_.clear();
  for (const HostView& host : view.hosts) {
    last_value_.push_back(static_cast<float>(host.utilisation));
  }
}

void DriftWatch::note_regret(double regret) {
  regrets_.add(regret);
  if (regrets_.size() < kChecks / 2) return;
  if (regret_reason_.empty() && regrets_.mean() > bounds_.regret) {
    regret_reason_ = fmt::format(
        "a search found plans {:.1f} % better than its own, the mean of {} checks; bound {:.1f} %",
        100.0 * regrets_.mean(), regrets_.size(), 100.0 * bounds_.regret);
  } else if (regrets_.mean() < bounds_.recovery * bounds_.regret) {
    regret_reason_.clear();
  }
}

double DriftWatch::error() const { return std::sqrt(squares_.mean()); }
double DriftWatch::last_value_error() const { return std::sqrt(last_value_squares_.mean()); }

}  // namespace scinet
