#include <algorithm>
#include <array>
#include <cmath>

#include "learn/imitation/features.h"
#include "learn/imitation/row_writer.h"
#include "learn/imitation/service_alone.h"
#include "oracle/lateness.h"

namespace scinet {
namespace {

// Mean wait of a queue with this many servers, in service times (Sakasegawa 1977).
double wait_at(double utilisation, double servers) {
  const double r = std::clamp(utilisation, 0.0, 0.98);
  const double c = std::max(servers, 1.0);
  return std::pow(r, std::sqrt(2.0 * (c + 1.0)) - 1.0) / (c * (1.0 - r));
}

// What a mean request to come loses by its response, and the wait, at this capacity.
struct Strain {
  double wait = 0.0;
  double loss = 0.0;
};

Strain strain_of(const OpenCapacity& open, const ClusterView& view, const ClusterFigures& figures) {
  const double wait = wait_at(ratio(figures.arriving, std::max(open.speed, 1e-9)),
                              open.cores / std::max(figures.request_cores, 1e-3));
  const double core = ratio(open.speed, std::max(open.cores, 1e-9));
  const double alone = ratio(figures.request_path, std::max(core, 1e-9));
  const double response = alone * (1.0 + wait);
  return {wait, view.weights.response * std::min(response / (2.0 * figures.slo), 1.0) +
                    view.weights.violation * chance_above(figures.slo, response, 0.5)};
}

}  // namespace

void OpenCapacity::add(const HostLoad& host, const ClusterFigures& figures,
                       const QosWeights& weights) {
  speed += host.total_speed().value();
  cores += host.cores();
  burden += burden_of(host, figures, weights);
  backlog += host.outstanding.value();
  ++hosts;
}

void OpenCapacity::remove(const HostLoad& host, const ClusterFigures& figures,
                          const QosWeights& weights) {
  speed -= host.total_speed().value();
  cores -= host.cores();
  burden -= burden_of(host, figures, weights);
  backlog -= host.outstanding.value();
  --hosts;
}

void write_power_row(std::span<float> row, const OpenCapacity& now, const HostLoad* host,
                     const ServiceAlone& service, const ClusterLoad& load,
                     const ClusterFigures& figures) {
  const ClusterView& view = load.view();
  OpenCapacity then = now;
  const bool turns_on = host && !host->can_get_work();
  if (host) {
    turns_on ? then.add(*host, figures, view.weights) : then.remove(*host, figures, view.weights);
  }
  const double beat = view.beat.count();
  const double work = figures.waiting_work;
  const Strain before = strain_of(now, view, figures);
  const Strain after = host ? strain_of(then, view, figures) : before;
  const double ready = host ? turns_on && host->view->state == HostState::kOff
                                  ? host->type->boot_time.count()
                                  : host->ready.count()
                            : 0.0;
  const auto strain = [](double load_now, double speed) {
    return squashed(load_now / std::max(speed, 1e-3 * std::max(load_now, 1.0)));
  };
  RowWriter to(row);
  to.add({host ? 0.0 : 1.0, turns_on ? 1.0 : 0.0, host && !turns_on ? 1.0 : 0.0});
  to.add({strain(figures.arriving, now.speed), strain(figures.arriving, then.speed),
          strain((now.backlog + work) / beat, now.speed),
          strain((then.backlog + work) / beat, then.speed), strain(figures.due, now.speed),
          strain(figures.due, then.speed)});
  to.add({ratio(now.speed, figures.speed), ratio(then.speed, figures.speed)});
  to.add((then.burden - now.burden) * 20.0);
  to.add({squashed(now.switched_on), squashed(now.switched_off), squashed(now.hosts)});
  to.add(squashed(ready / figures.slo));
  to.add({squashed(before.wait), squashed(after.wait)});
  to.add(((now.burden + before.loss) - (then.burden + after.loss)) * 20.0);
  to.add(host ? prepaid_share(*host, view.now) : 0.0);
  // In QoS as a rollout has it: of the window's cost, of the waiting workloads, of those to come.
  constexpr double kHundredths = 100.0;
  const double cost = (then.burden - now.burden) * figures.window / figures.scale;
  const double waiting = host ? service.gain(host->id(), turns_on) / figures.requests : 0.0;
  const double coming =
      (before.loss - after.loss) * figures.rate * figures.window / figures.requests;
  to.add({cost * kHundredths, waiting * kHundredths, coming * kHundredths,
          (waiting + coming - cost) * kHundredths});
  to.add(host ? squashed(static_cast<double>(host->backlog.size())) : 0.0);
  to.add(host ? std::min(ratio(host->total_speed().value(), now.speed), 4.0) : 0.0);
}

std::optional<StrategyOutlook> outlook_of(ClusterLoad& load, const DecisionSpace& space,
                                          std::size_t waiting, StrategyId strategy,
                                          const ClusterFigures& figures) {
  const ClusterView& view = load.view();
  const WorkloadView& entry = *space.waiting()[waiting];
  Route route(load, entry, strategy);
  const double variation = variation_of(route.strategy());
  StrategyOutlook outlook{.strategy = strategy};
  outlook.hosts.resize(route.strategy().fragments.size());
  std::vector<HostLoad> before;
  bool is_possible = true;
  for (std::uint32_t f = 0; f < route.strategy().fragments.size() && is_possible; ++f) {
    const FragmentId fragment{f};
    if (!needs_host(entry, f)) {
      route.keep(fragment);
      outlook.hosts[f] = *entry.tasks[f].host;
      continue;
    }
    HostOutlook best;
    for (const HostId id : space.hosts_for(route.strategy().fragments[f])) {
      const HostLoad& host = load.at(id);
      if (view.asked.placement && !host.can_get_work()) continue;
      const HostOutlook here = outlook_of(load, route, fragment, host, variation, figures);
      if (!best.host || here.loss < best.loss ||
          (here.loss == best.loss && tie_break(host) < tie_break(*best.host))) {
        best = here;
      }
    }
    is_possible = best.host != nullptr;
    if (!is_possible) break;
    outlook.joules += best.joules;
    outlook.hosts[f] = best.host->id();
    route.assign(fragment, outlook.hosts[f]);
    before.push_back(load.at(outlook.hosts[f]));
    load.place(outlook.hosts[f], route.model(fragment));
  }
  if (is_possible) outlook.response = route.finish().count();
  while (!before.empty()) {
    load.restore(std::move(before.back()));
    before.pop_back();
  }
  if (!is_possible) return std::nullopt;
  const double old = age(entry.workload, view.now).count();
  const double slo = entry.workload.slo.count();
  outlook.late = chance_above(slo - old, outlook.response, variation);
  outlook.loss = view.weights.response * std::min((old + outlook.response) / (2.0 * slo), 1.0) +
                 view.weights.violation * outlook.late +
                 view.weights.inaccuracy * (1.0 - route.strategy().accuracy) +
                 figures.joule_price * outlook.joules;
  return outlook;
}

void write_strategy_row(std::span<float> row, const StrategyOutlook& outlook,
                        const StrategyOutlook& best, const WorkloadView& entry,
                        const OpenCapacity& open, const ClusterView& view,
                        const ClusterFigures& figures, std::size_t left) {
  const Strategy& strategy = view.catalogue->at(entry.workload.application, outlook.strategy);
  const double slo = entry.workload.slo.count();
  double work = 0.0;
  double memory = 0.0;
  double cores = 0.0;
  for (const Fragment& fragment : strategy.fragments) {
    work += fragment.work.mean.value();
    memory += (fragment.memory + fragment.model_memory).value();
    cores = std::max(cores, fragment.cores);
  }
  RowWriter to(row);
  to.add({strategy.accuracy, view.weights.inaccuracy * (1.0 - strategy.accuracy) * 10.0});
  to.add({squashed(ratio(work, open.speed * slo) * 10.0),
          squashed(ratio(work, figures.fastest_core * slo) * 4.0)});
  to.add(squashed(static_cast<double>(strategy.fragments.size())));
  to.add({squashed(memory / 1024.0), squashed(cores)});
  to.add(std::min(age(entry.workload, view.now).count() / slo, 4.0));
  to.add(squashed(static_cast<double>(left)));
  to.add(ratio(figures.arriving, std::max(open.speed, 1e-9)));
  to.add({squashed(outlook.response / slo), outlook.late,
          figures.joule_price * outlook.joules * 10.0, outlook.loss * 4.0,
          std::min((outlook.loss - best.loss) * 20.0, 10.0)});
  to.add(view.weights.violation * outlook.late * 5.0);
}

HostOutlook outlook_of(const ClusterLoad& load, const Route& route, FragmentId fragment,
                       const HostLoad& host, double variation, const ClusterFigures& figures) {
  const ClusterView& view = load.view();
  const Workload& workload = route.workload();
  HostOutlook outlook{.host = &host};
  outlook.finish = route.finish_on(host, fragment).count();
  outlook.joules = load.added_energy(host, route.strategy().fragments[fragment.value]).value();
  const double old = age(workload, view.now).count();
  const double slo = workload.slo.count();
  outlook.late = chance_above(slo - old, outlook.finish, variation);
  outlook.loss = view.weights.response * std::min((old + outlook.finish) / (2.0 * slo), 1.0) +
                 view.weights.violation * outlook.late + figures.joule_price * outlook.joules;
  return outlook;
}

void write_host_row(std::span<float> row, const HostOutlook& outlook, const HostOutlook& best,
                    const Route& route, FragmentId fragment, const ClusterLoad& load,
                    const ClusterFigures& figures) {
  const HostLoad& host = *outlook.host;
  const Fragment& what = route.strategy().fragments[fragment.value];
  const ModelId model = route.model(fragment);
  const double slo = route.workload().slo.count();
  const double speed = host.total_speed().value();
  const double old = age(route.workload(), load.view().now).count();
  const auto fragments = static_cast<double>(route.strategy().fragments.size());
  double delay = 0.0;  // of the tasks that are there, each by at most the newcomer's work
  for (const Mi left : host.backlog) delay += std::min(left, what.work.mean).value();
  RowWriter to(row);
  to.add({host.is_warm(model) ? 1.0 : 0.0, host.has_room_for(model, what) ? 1.0 : 0.0});
  to.add(squashed(host.ready.count() / slo));
  to.add(squashed((what.load_time + what.load_work / host.speed()).count() / slo));
  to.add({squashed(ratio(host.outstanding.value(), speed * slo)),
          squashed(static_cast<double>(host.backlog.size())),
          squashed(ratio(host.cores_wanted, host.cores()))});
  to.add(ratio(host.committed_with(model, what).value(), host.type->memory.value()));
  to.add(squashed(ratio(what.work.mean.value(),
                        host.speed().value() * std::min(what.cores, host.cores()) * slo)));
  to.add(static_cast<double>(fragment.value + 1) / fragments);
  to.add(std::min(old / slo, 4.0));
  to.add(host.view->state == HostState::kOn ? 1.0 : 0.0);
  to.add({squashed(outlook.finish / slo), outlook.late, figures.joule_price * outlook.joules * 10.0,
          outlook.loss * 4.0, std::min((outlook.loss - best.loss) * 20.0, 10.0)});
  to.add(squashed(ratio(delay, speed * slo)));
}

std::span<const Eigen::Index> predicted_columns(Head head) {
  static constexpr std::array<Eigen::Index, 6> kPower{16, 17, 18, 21, 22, 23};
  static constexpr std::array<Eigen::Index, 6> kStrategy{10, 11, 12, 13, 14, 15};
  static constexpr std::array<Eigen::Index, 6> kHost{12, 13, 14, 15, 16, 17};
  switch (head) {
    case Head::kPower:
      return kPower;
    case Head::kStrategy:
      return kStrategy;
    case Head::kHost:
      return kHost;
  }
  return {};
}

}  // namespace scinet
