// The usual cloud autoscaler: hosts follow the load between two thresholds, work is packed.
//
//   load = (sum over hosts that are on of utilisation * cores + cores that waiting tasks want)
//          / cores of the hosts that are on or booting
//
// Above 0.7 hosts are switched on, cheapest per speed first, until the load would be below it.
// Below 0.3 one idle host is switched off, the dearest per speed, unless the load would then
// rise above 0.7. Between the two nothing changes.
// Hosts that are out of reach are left as they are, and do not count.
#include <algorithm>

#include "policy/baselines.h"
#include "policy/rules.h"

namespace scinet {
namespace {

constexpr double kScaleUpAbove = 0.7;
constexpr double kScaleDownBelow = 0.3;

double cores(const HostLoad& host) { return static_cast<double>(host.type->cores); }

double price_per_speed(const HostLoad& host) {
  return host.type->price.value() / host.total_speed().value();
}

bool is_cheaper(const HostLoad* a, const HostLoad* b) {
  return std::tuple(price_per_speed(*a), tie_break(*a)) <
         std::tuple(price_per_speed(*b), tie_break(*b));
}

// Tasks without a host or queued on one. A workload without a strategy counts as one core.
double cores_waited_for(const ClusterView& view) {
  double sum = 0.0;
  for (const WorkloadView& entry : view.workloads) {
    if (!entry.strategy) sum += 1.0;
    for (const TaskView& task : entry.tasks) {
      if (task.state != TaskState::kUnplaced && task.state != TaskState::kQueued) continue;
      sum += view.catalogue->at({entry.workload.application, *entry.strategy, task.fragment}).cores;
    }
  }
  return sum;
}

class Autoscaler final : public ProvisioningRule {
 public:
  std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext&) override {
    double wanted = cores_waited_for(load.view());
    double powered = 0.0;
    for (const HostLoad& host : load.hosts()) {
      if (host.state == HostState::kOn && host.view->linked)
        wanted += host.view->utilisation * cores(host);
      if (host.can_get_work()) powered += cores(host);
    }
    if (wanted > kScaleUpAbove * powered) return scale_up(load, wanted, powered);
    if (wanted < kScaleDownBelow * powered) return scale_down(load, wanted, powered);
    return {};
  }

 private:
  static std::vector<PowerChange> scale_up(const ClusterLoad& load, double wanted, double powered) {
    std::vector<const HostLoad*> asleep;
    for (const HostLoad& host : load.hosts()) {
      const bool can_start = host.state == HostState::kOff || host.state == HostState::kDraining;
      if (can_start && host.view->linked) asleep.push_back(&host);
    }
    std::ranges::sort(asleep, is_cheaper);
    std::vector<PowerChange> power;
    for (const HostLoad* host : asleep) {
      if (wanted <= kScaleUpAbove * powered) break;
      power.push_back({host->id(), true});
      powered += cores(*host);
    }
    return power;
  }

  static std::vector<PowerChange> scale_down(const ClusterLoad& load, double wanted,
                                             double powered) {
    const HostLoad* dearest = nullptr;
    for (const HostLoad& host : load.hosts()) {
      if (!host.can_get_work()) continue;
      const bool can_stop = host.is_idle() && wanted <= kScaleUpAbove * (powered - cores(host));
      if (can_stop && (!dearest || is_cheaper(dearest, &host))) dearest = &host;
    }
    if (!dearest) return {};
    return {{dearest->id(), false}};
  }
};

// Best fit: the host that is left with the least memory, so that large gaps stay whole. Hosts that
// are on and have a core to spare come first. A host without tasks takes anything that it can hold.
class BestFit final : public PlacementRule {
 public:
  std::optional<HostId> choose(const Route& route, FragmentId fragment,
                               std::span<const HostLoad* const> candidates,
                               DecisionContext&) override {
    const ModelId model = route.model(fragment);
    const Fragment& what = route.strategy().fragments[fragment.value];
    const HostLoad* tightest = nullptr;
    for (const HostLoad* host : candidates) {
      if (!host->has_room_for(model, what) && !host->is_idle()) continue;
      if (!tightest || rank(*host, model, what) < rank(*tightest, model, what)) tightest = host;
    }
    return tightest ? std::optional(tightest->id()) : std::nullopt;
  }

 private:
  using Rank = std::tuple<bool, Seconds, Mebibytes, TieBreak>;

  // Hosts with a spare core by the memory left, then the others by how long they are busy.
  static Rank rank(const HostLoad& host, const ModelId& model, const Fragment& fragment) {
    const bool has_spare_core =
        host.ready <= Seconds(0) && host.cores_wanted + fragment.cores <= cores(host);
    const Seconds busy = host.ready + host.outstanding / host.total_speed();
    const Mebibytes left = host.type->memory - host.committed_with(model, fragment);
    return {!has_spare_core, has_spare_core ? Seconds(0) : busy, left, tie_break(host)};
  }
};

}  // namespace

std::unique_ptr<ProvisioningRule> threshold_provisioning() {
  return std::make_unique<Autoscaler>();
}

std::unique_ptr<PlacementRule> best_fit() { return std::make_unique<BestFit>(); }

std::unique_ptr<Policy> make_threshold() {
  return compose(threshold_provisioning(), most_accurate_in_time(), best_fit());
}

}  // namespace scinet
