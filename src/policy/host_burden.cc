#include "policy/host_burden.h"

#include <algorithm>
#include <tuple>

#include "model/plan.h"
#include "policy/plan_estimate.h"
#include "search/bayesian_optimisation.h"

namespace scinet {
namespace {

constexpr double kSaturated = 0.9;

// Of the work of all fragments there are.
double share_held(const HostType& type, const Catalogue& catalogue) {
  Mi all;
  Mi held;
  for (const Application& application : catalogue.applications) {
    for (const Strategy& strategy : application.strategies) {
      for (const Fragment& fragment : strategy.fragments) {
        all += fragment.work.mean;
        if (can_ever_hold(type, fragment)) held += fragment.work.mean;
      }
    }
  }
  return all > Mi(0) ? held / all : 1.0;
}

}  // namespace

std::vector<HostWorth> host_worths(const ClusterLoad& load, Seconds slo) {
  double peaks = 0.0;
  double prices = 0.0;
  for (const HostLoad& host : load.hosts()) {
    peaks += host.type->power.peak().value();
    prices += host.type->price.value();
  }
  const QosWeights& weights = load.view().weights;
  const ExpectedRequest request = expected_request(load.view());
  std::vector<HostWorth> worths;
  for (const HostLoad& host : load.hosts()) {
    const double energy = peaks > 0.0 ? host.type->power.idle().value() / peaks : 0.0;
    const double cost = prices > 0.0 ? host.type->price.value() / prices : 0.0;
    const Seconds alone = request.longest_path / host.speed();
    const double in_time = slo > Seconds(0) && alone > slo / 2.0 ? slo / (2.0 * alone) : 1.0;
    const double held = share_held(*host.type, *load.view().catalogue);
    worths.push_back({.burden = weights.energy * energy + weights.cost * cost,
                      .speed = std::max(host.total_speed().value() * in_time * held, 1e-6)});
  }
  return worths;
}

std::vector<const HostLoad*> by_burden_per_speed(const ClusterLoad& load,
                                                 const std::vector<HostWorth>& worths) {
  std::vector<const HostLoad*> hosts;
  for (const HostLoad& host : load.hosts()) {
    if (host.state != HostState::kFailed && host.view->linked) hosts.push_back(&host);
  }
  std::ranges::sort(hosts, {}, [&](const HostLoad* host) {
    return std::tuple(worths[host->id().value].burden / worths[host->id().value].speed,
                      !accepts_work(host->state), host->is_idle(), tie_break(*host));
  });
  return hosts;
}

Mips arriving_work(const ClusterView& view) {
  Mips sum;
  for (std::size_t i = 0; i < view.arrival_rates.size(); ++i) {
    sum += Mips(view.arrival_rates[i] * mean_work(view.catalogue->applications[i]).value());
  }
  return sum;
}

bool is_saturated(const ClusterView& view) {
  return std::ranges::any_of(view.hosts, [](const HostView& host) {
    return host.state == HostState::kOn && host.utilisation > kSaturated;
  });
}

Mips least_demand(const ClusterView& view) {
  Mips due;
  for (const WorkloadView& entry : view.workloads) {
    const Seconds slo = entry.workload.slo;
    const Seconds slack = std::max(slo - age(entry.workload, view.now), slo / 2.0);
    due += Mips(work_left(entry, *view.catalogue).value() / slack.count());
  }
  return is_saturated(view) ? std::max(due, arriving_work(view)) : due;
}

double UncertainDemand::shortage(double capacity) const {
  return mean > 0.0 ? expected_improvement(mean, deviation, capacity) / mean : 0.0;
}

}  // namespace scinet
