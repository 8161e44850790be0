#include <algorithm>
#include <array>

#include "learn/imitation/features.h"
#include "learn/imitation/host_groups.h"
#include "learn/imitation/row_writer.h"
#include "oracle/lateness.h"

namespace scinet {
namespace {

double loss_of(const HostOutlook& outlook, const Workload& workload, const ClusterView& view) {
  const double old = age(workload, view.now).count();
  const double slo = workload.slo.count();
  return view.weights.response * std::min((old + outlook.finish) / (2.0 * slo), 1.0) +
         view.weights.violation * outlook.late + outlook.price;
}

void add_lateness(HostOutlook& outlook, const Workload& workload, double variation,
                  const ClusterView& view) {
  const Seconds left = workload.slo - age(workload, view.now);
  outlook.late = chance_above(left.count(), outlook.finish, variation);
  outlook.loss = loss_of(outlook, workload, view);
}

// What others on the host lose by the fragment.
double slowing_of(const ClusterLoad& load, const HostLoad& host, const Fragment& fragment,
                  const ClusterFigures& figures) {
  return figures.delay_price * load.delay_by_sharing(host, fragment).count();
}

// All of a host's outlook but how likely the request is late there, which takes most of the time.
// Then `loss` is the least that it can be.
HostOutlook timely_outlook_of(const ClusterLoad& load, const Route& route, FragmentId fragment,
                              const HostLoad& host, const ClusterFigures& figures) {
  const Workload& workload = route.workload();
  HostOutlook outlook{.host = &host};
  outlook.finish = route.finish_on(host, fragment).count();
  outlook.price = work_price(load, host, route.strategy().fragments[fragment.value], figures.prices,
                             figures.costs);
  outlook.loss = loss_of(outlook, workload, load.view());
  return outlook;
}

}  // namespace

std::optional<StrategyOutlook> outlook_of(ClusterLoad& load, const DecisionSpace& space,
                                          std::size_t waiting, StrategyId strategy,
                                          const ClusterFigures& figures, HostOffers* offers) {
  const ClusterView& view = load.view();
  const WorkloadView& entry = *space.waiting()[waiting];
  Route route(load, entry, strategy);
  const double variation = variation_of(route.strategy());
  StrategyOutlook outlook{.strategy = strategy};
  outlook.hosts.resize(route.strategy().fragments.size());
  std::vector<HostId> sent_to;  // before the last fragment, and how these hosts were
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
    const Fragment& what = route.strategy().fragments[f];
    for (const HostId id :
         offers ? offers->hosts_for(view, what, sent_to) : space.hosts_for(what)) {
      const HostLoad& host = load.at(id);
      if (view.asked.placement && !host.can_get_work()) continue;
      HostOutlook here = timely_outlook_of(load, route, fragment, host, figures);
      if (best.host && here.loss > best.loss) continue;
      add_lateness(here, route.workload(), variation, view);
      if (!best.host || here.loss < best.loss ||
          (here.loss == best.loss && tie_break(host) < tie_break(*best.host))) {
        best = here;
      }
    }
    is_possible = best.host != nullptr;
    if (!is_possible) break;
    outlook.price += best.price;
    outlook.slowing += slowing_of(load, *best.host, what, figures);
    outlook.hosts[f] = best.host->id();
    route.assign(fragment, outlook.hosts[f]);
    if (f + 1 == route.strategy().fragments.size()) break;
    sent_to.push_back(outlook.hosts[f]);
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
                 view.weights.inaccuracy * (1.0 - route.strategy().accuracy) + outlook.price;
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
  to.add({squashed(ratio(work, open.speed / figures.crowd * slo) * 10.0),
          squashed(ratio(work, figures.fastest_core * slo) * 4.0)});
  to.add(squashed(static_cast<double>(strategy.fragments.size())));
  to.add({squashed(memory / 1024.0), squashed(cores)});
  to.add(std::min(age(entry.workload, view.now).count() / slo, 4.0));
  to.add(squashed(static_cast<double>(left) / figures.crowd));
  to.add(ratio(figures.arriving, std::max(open.speed, 1e-9)));
  to.add({squashed(outlook.response / slo), outlook.late, outlook.price * 10.0, outlook.loss * 4.0,
          std::min((outlook.loss - best.loss) * 20.0, 10.0)});
  to.add({view.weights.violation * outlook.late * 5.0, outlook.slowing * 10.0});
}

HostOutlook outlook_of(const ClusterLoad& load, const Route& route, FragmentId fragment,
                       const HostLoad& host, double variation, const ClusterFigures& figures) {
  HostOutlook outlook = timely_outlook_of(load, route, fragment, host, figures);
  add_lateness(outlook, route.workload(), variation, load.view());
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
  to.add({squashed(outlook.finish / slo), outlook.late, outlook.price * 10.0, outlook.loss * 4.0,
          std::min((outlook.loss - best.loss) * 20.0, 10.0)});
  to.add({squashed(ratio(delay, speed * slo)), slowing_of(load, host, what, figures) * 10.0});
}

std::span<const Eigen::Index> predicted_columns(Head head) {
  static constexpr std::array<Eigen::Index, 10> kPower{16, 17, 18, 21, 22, 23, 24, 25, 26, 27};
  static constexpr std::array<Eigen::Index, 7> kStrategy{10, 11, 12, 13, 14, 15, 16};
  static constexpr std::array<Eigen::Index, 7> kHost{12, 13, 14, 15, 16, 17, 18};
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
