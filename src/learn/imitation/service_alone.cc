#include "learn/imitation/service_alone.h"

#include <algorithm>
#include <iterator>

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
                           const ClusterFigures& figures, const HostGroups& groups)
    : open_(groups.size(), 0), best_(space.waiting().size(), {kNoService, kNoService, 0}) {
  const ClusterView& view = load.view();
  losses_.setConstant(std::ssize(open_), std::ssize(best_), kNoService);
  for (std::size_t i = 0; i < best_.size(); ++i) {
    const WorkloadView& entry = *space.waiting()[i];
    for (const StrategyId id : space.strategies(i)) {
      const Whole whole(view.catalogue->at(entry.workload.application, id));
      for (std::size_t group = 0; group < groups.size(); ++group) {
        const HostLoad& host = load.at(groups.members(group).front());
        float& least = losses_(static_cast<Eigen::Index>(group), static_cast<Eigen::Index>(i));
        least = std::min(least, static_cast<float>(whole.loss_on(host, entry, view, figures)));
      }
    }
  }
  for (std::size_t group = 0; group < groups.size(); ++group) {
    const auto count = std::ranges::count_if(
        groups.members(group), [&](HostId host) { return load.at(host).can_get_work(); });
    if (count > 0) open(group, static_cast<int>(count));
  }
}

void ServiceAlone::open(std::size_t group, int count) {
  open_[group] += count;
  if (open_[group] > count) return;
  const float* losses = losses_in(group);
  for (std::size_t i = 0; i < best_.size(); ++i) {
    Best& best = best_[i];
    if (losses[i] < best.loss || (losses[i] == best.loss && group < best.group)) {
      best = {losses[i], best.loss, group};
    } else {
      best.second = std::min(best.second, losses[i]);
    }
  }
}

void ServiceAlone::close(std::size_t group, int count) {
  open_[group] -= count;
  if (open_[group] > 0) return;
  const float* losses = losses_in(group);
  for (std::size_t i = 0; i < best_.size(); ++i) {
    if (losses[i] <= best_[i].second) find_best(i);
  }
}

void ServiceAlone::find_best(std::size_t workload) {
  Best& best = best_[workload];
  best = {kNoService, kNoService, 0};
  for (std::size_t group = 0; group < open_.size(); ++group) {
    if (open_[group] == 0) continue;
    const float loss = losses_in(group)[workload];
    if (loss < best.loss) {
      best = {loss, best.loss, group};
    } else {
      best.second = std::min(best.second, loss);
    }
  }
}

double ServiceAlone::gain_of_opening(std::size_t group) const {
  const float* losses = losses_in(group);
  double sum = 0.0;
  for (std::size_t i = 0; i < best_.size(); ++i) sum += std::max(best_[i].loss - losses[i], 0.0f);
  return sum;
}

double ServiceAlone::gain_of_closing(std::size_t group, int count) const {
  if (open_[group] > count) return 0.0;
  double sum = 0.0;
  for (const Best& best : best_) {
    if (best.group == group) sum -= best.second - best.loss;
  }
  return sum;
}

}  // namespace scinet
