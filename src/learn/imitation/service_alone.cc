#include "learn/imitation/service_alone.h"

#include <algorithm>

#include "oracle/lateness.h"

namespace scinet {
namespace {

constexpr float kNoService = 2.0f;  // more than a request can lose

// A strategy as one piece of work on one host.
class Whole {
 public:
  explicit Whole(const Strategy& strategy)
      : strategy_(strategy), variation_(variation_of(strategy)) {
    for (const Fragment& fragment : strategy.fragments) {
      work_ += fragment.work.mean;
      cores_ = std::max(cores_, fragment.cores);
    }
  }

  double loss_on(const HostLoad& host, const WorkloadView& entry, const ClusterView& view,
                 const ClusterFigures& figures) const {
    if (host.state == HostState::kFailed || !host.view->linked) return kNoService;
    for (const Fragment& fragment : strategy_.fragments) {
      if (!can_ever_hold(*host.type, fragment)) return kNoService;
    }
    const Mi ahead = std::min(host.outstanding, work_ * static_cast<double>(host.backlog.size()));
    const double alone = work_ / (host.speed() * std::min(cores_, host.cores())) / Seconds(1);
    const double shared = (work_ + ahead) / host.total_speed() / Seconds(1);
    const double finish = host.ready.count() + std::max(alone, shared);
    const double old = age(entry.workload, view.now).count();
    const double slo = entry.workload.slo.count();
    return view.weights.response * std::min((old + finish) / (2.0 * slo), 1.0) +
           view.weights.violation * chance_above(slo - old, finish, variation_) +
           view.weights.inaccuracy * (1.0 - strategy_.accuracy) +
           figures.joule_price * alone *
               (host.type->power.peak() - host.type->power.idle()).value() *
               std::min(cores_ / host.cores(), 1.0);
  }

 private:
  const Strategy& strategy_;
  double variation_;
  Mi work_;
  double cores_ = 0.0;
};

}  // namespace

ServiceAlone::ServiceAlone(const ClusterLoad& load, const DecisionSpace& space,
                           const ClusterFigures& figures) {
  const ClusterView& view = load.view();
  const auto hosts = static_cast<Eigen::Index>(load.hosts().size());
  losses_.setConstant(static_cast<Eigen::Index>(space.waiting().size()), hosts, kNoService);
  for (std::size_t i = 0; i < space.waiting().size(); ++i) {
    const WorkloadView& entry = *space.waiting()[i];
    for (const StrategyId id : space.strategies(i)) {
      const Whole whole(view.catalogue->at(entry.workload.application, id));
      for (const HostLoad& host : load.hosts()) {
        float& least =
            losses_(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(host.id().value));
        least = std::min(least, static_cast<float>(whole.loss_on(host, entry, view, figures)));
      }
    }
  }
  best_.resize(space.waiting().size());
}

void ServiceAlone::set_open(const std::vector<bool>& open) {
  for (std::size_t i = 0; i < best_.size(); ++i) {
    best_[i] = {kNoService, kNoService, 0};
    for (std::size_t host = 0; host < open.size(); ++host) {
      if (!open[host]) continue;
      const float loss = losses_(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(host));
      if (loss < best_[i].loss) {
        best_[i] = {loss, best_[i].loss, host};
      } else {
        best_[i].second = std::min(best_[i].second, loss);
      }
    }
  }
}

double ServiceAlone::gain(HostId host, bool turns_on) const {
  double sum = 0.0;
  for (std::size_t i = 0; i < best_.size(); ++i) {
    const Best& best = best_[i];
    if (turns_on) {
      sum += std::max(best.loss - losses_(static_cast<Eigen::Index>(i), host.value), 0.0f);
    } else if (best.host == host.value) {
      sum -= best.second - best.loss;
    }
  }
  return sum;
}

}  // namespace scinet
