#include "learn/imitation/features.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/imitation/row_writer.h"
#include "oracle/lateness.h"
#include "oracle/oracle_policies.h"
#include "policy/host_burden.h"
#include "policy/plan_estimate.h"

namespace scinet {
namespace {

double mean_of_last(const std::vector<double>& values, std::size_t count, double otherwise) {
  const std::size_t used = std::min(count, values.size());
  if (used == 0) return otherwise;
  return std::accumulate(values.end() - static_cast<std::ptrdiff_t>(used), values.end(), 0.0) /
         static_cast<double>(used);
}

void write_host(std::span<float> row, const HostLoad& host, const ClusterView& view,
                const ClusterFigures& figures) {
  const HostType& type = *host.type;
  const HostView& seen = *host.view;
  const auto hosts = static_cast<double>(view.hosts.size());
  const double beat = view.beat.count();
  const double speed = host.total_speed().value();
  RowWriter to(row);
  to.add({host.state == HostState::kOn ? 1.0 : 0.0, host.state == HostState::kBooting ? 1.0 : 0.0,
          host.state == HostState::kOff ? 1.0 : 0.0, host.state == HostState::kDraining ? 1.0 : 0.0,
          host.state == HostState::kFailed || !seen.linked ? 1.0 : 0.0});
  to.add(squashed(host.ready.count() / beat));
  to.add({seen.utilisation, mean_of_last(seen.recent_utilisation, 3, seen.utilisation),
          mean_of_last(seen.recent_utilisation, 12, seen.utilisation)});
  to.add(squashed(ratio(host.outstanding.value(), speed * beat)));
  to.add(std::min(ratio(host.outstanding.value(), speed * beat), 1.0));
  to.add(squashed(static_cast<double>(host.backlog.size())));
  to.add(squashed(ratio(host.cores_wanted, host.cores())));
  to.add(ratio(host.committed.value(), type.memory.value()));
  to.add(std::log2(static_cast<double>(type.cores)) / 4.0);
  to.add(ratio(type.speed.value(), figures.fastest_core));
  to.add(squashed(ratio(speed, figures.speed) * hosts));
  to.add(squashed(ratio(type.power.idle().value(), figures.watts) * hosts));
  to.add(squashed(ratio(type.power.peak().value(), figures.watts) * hosts));
  to.add(squashed(ratio(type.price.value(), figures.price) * hosts));
  to.add(squashed(type.boot_time.count() / beat));
  to.add(seen.speed_factor);
  // A quota that is enforced late keeps all cores: its buckets are of milliseconds.
  const bool is_held_back = seen.throttled && type.burst && type.burst->baseline < host.cores();
  to.add(is_held_back ? 0.0 : 1.0);
  to.add(prepaid_share(host, view.now) * std::min(type.billing_increment.count() / beat, 4.0));
  to.add(squashed(burden_of(host, figures, view.weights) /
                  std::max(ratio(speed, figures.speed), 1e-6)));
  to.add(squashed(ratio(figures.request_path, host.speed().value()) / figures.slo));
}

void write_request(std::span<float> row, const WorkloadView& entry, const Strategy& strategy,
                   const ClusterView& view, const ClusterFigures& figures) {
  Mi work;
  Mebibytes memory;
  double cores = 0.0;
  for (const Fragment& fragment : strategy.fragments) {
    work += fragment.work.mean;
    memory = std::max(memory, fragment.memory + fragment.model_memory);
    cores = std::max(cores, fragment.cores);
  }
  const double slo = entry.workload.slo.count();
  RowWriter to(row);
  to.add(squashed(ratio(work.value(), figures.fastest_core * slo) * 4.0));
  to.add(strategy.accuracy);
  to.add(std::min(age(entry.workload, view.now).count() / slo, 4.0));
  to.add(squashed(static_cast<double>(strategy.fragments.size())) / 2.0);
  to.add(squashed(memory.value() / 1024.0));
  to.add(squashed(cores) / 2.0);
  to.add(squashed(slo / view.beat.count()));
  to.add(variation_of(strategy));
}

double longest_boot(const ClusterView& view) {
  Seconds longest{0};
  for (const HostView& host : view.hosts) longest = std::max(longest, view.type_of(host).boot_time);
  return longest.count();
}

// Mean of the requests to come, or of those that are open where none is expected.
Seconds expected_slo(const ClusterView& view) {
  Seconds slos{0};
  double requests = 0.0;
  for (std::size_t i = 0; i < view.arrival_rates.size(); ++i) {
    const std::vector<RequestTerms>& recent = view.recent_requests[i];
    const double share =
        view.arrival_rates[i] / static_cast<double>(std::max<std::size_t>(recent.size(), 1));
    for (const RequestTerms& terms : recent) slos += terms.slo * share;
    requests += view.arrival_rates[i];
  }
  if (requests > 0.0) return slos / requests;
  if (view.workloads.empty()) return 2.0 * view.beat;
  for (const WorkloadView& entry : view.workloads) slos += entry.workload.slo;
  return slos / static_cast<double>(view.workloads.size());
}

}  // namespace

double burden_of(const HostLoad& host, const ClusterFigures& figures, const QosWeights& weights) {
  return weights.energy * ratio(host.type->power.idle().value(), figures.watts) +
         weights.cost * ratio(host.type->price.value(), figures.price);
}

ClusterFigures figures_of(const ClusterLoad& load, const DecisionSpace& space, double crowd) {
  const ClusterView& view = load.view();
  ClusterFigures figures;
  figures.crowd = crowd;
  for (const HostLoad& host : load.hosts()) {
    figures.speed += host.total_speed().value();
    figures.fastest_core = std::max(figures.fastest_core, host.type->speed.value());
    figures.watts += host.type->power.peak().value();
    figures.price += host.type->price.value();
  }
  figures.arriving = arriving_work(view).value();
  figures.rate = total_arrival_rate(view);
  for (const WorkloadView& entry : view.workloads) {
    const Seconds slo = entry.workload.slo;
    const Seconds slack = std::max(slo - age(entry.workload, view.now), slo / 2.0);
    figures.due += work_left(entry, *view.catalogue).value() / slack.count();
  }
  figures.slo = expected_slo(view).count();
  for (const WorkloadView* entry : space.waiting()) {
    figures.waiting_work += work_left(*entry, *view.catalogue).value();
  }
  const ExpectedRequest request = expected_request(view);
  figures.request_cores = request.cores;
  figures.request_path = request.longest_path.value();
  const ExpectedRequest lightest = lightest_request(view);
  figures.least_arriving = figures.rate * lightest.work.value();
  figures.least_path = lightest.longest_path.value();
  figures.accuracy_at_stake = request.accuracy - lightest.accuracy;
  figures.longest_boot = longest_boot(view);
  const RolloutSettings rollout = window_for(view, {.beats = kBeatsAhead});
  figures.window = rollout.beats * view.beat.count();
  figures.coming = requests_ahead(view, rollout);
  figures.requests = std::max(static_cast<double>(view.workloads.size()) + figures.coming, 1.0);
  figures.scale = figures.window + kRatesCover.count();
  if (figures.rate > 0.0) {
    figures.scale = std::min(figures.requests / figures.rate, figures.scale);
  }
  figures.prices = {
      .joule = ratio(view.weights.energy * figures.requests, figures.watts * figures.scale),
      .dollar =
          ratio(view.weights.cost * figures.requests * 3600.0, figures.price * figures.scale)};
  figures.costs = host_costs(view);
  figures.delay_price =
      (view.weights.response / 2.0 + view.weights.violation) / std::max(figures.slo, 1e-9);
  return figures;
}

ViewRows rows_of(const ClusterLoad& load, const DecisionSpace& space,
                 const ClusterFigures& figures) {
  const ClusterView& view = load.view();
  ViewRows rows;
  rows.hosts.resize(static_cast<Eigen::Index>(load.hosts().size()), kHostColumns);
  OpenCapacity open;
  double utilisation = 0.0;
  double recent = 0.0;
  double booting = 0.0;
  for (const HostLoad& host : load.hosts()) {
    write_host(row_of(rows.hosts, host.id().value), host, view, figures);
    if (!host.can_get_work()) continue;
    open.add(host, figures, view.weights);
    if (host.state == HostState::kBooting) booting += host.total_speed().value();
    utilisation += host.view->utilisation;
    recent += mean_of_last(host.view->recent_utilisation, 6, host.view->utilisation);
  }
  Eigen::Index requests = 0;
  for (std::size_t i = 0; i < space.waiting().size(); ++i) {
    requests += static_cast<Eigen::Index>(space.strategies(i).size());
  }
  rows.requests.resize(requests, kRequestColumns);
  std::size_t next = 0;
  double slack = 0.0;
  for (std::size_t i = 0; i < space.waiting().size(); ++i) {
    const WorkloadView& entry = *space.waiting()[i];
    slack += std::max(1.0 - age(entry.workload, view.now) / entry.workload.slo, -1.0);
    for (const StrategyId id : space.strategies(i)) {
      write_request(row_of(rows.requests, next++), entry,
                    view.catalogue->at(entry.workload.application, id), view, figures);
    }
  }
  double ages = 0.0;
  double overdue = 0.0;
  for (const WorkloadView& entry : view.workloads) {
    const double share = age(entry.workload, view.now) / entry.workload.slo;
    ages += std::min(share, 4.0);
    overdue += share > 1.0 ? 1.0 : 0.0;
  }
  const auto workloads = static_cast<double>(view.workloads.size());
  const auto waiting = static_cast<double>(space.waiting().size());
  const double beat = view.beat.count();
  const double crowd = figures.crowd;
  const QosWeights& weights = view.weights;
  rows.cluster.resize(1, kClusterColumns);
  RowWriter to(row_of(rows.cluster, 0));
  to.add({squashed(ratio(figures.arriving, open.speed)), ratio(figures.arriving, figures.speed),
          squashed(ratio(open.backlog, open.speed * beat)),
          squashed(ratio(figures.waiting_work, open.speed * beat)),
          squashed(ratio(figures.due, open.speed)), ratio(open.speed, figures.speed),
          ratio(booting, figures.speed), squashed(waiting / crowd), squashed(workloads / crowd),
          squashed(figures.rate * beat / crowd), ratio(overdue, workloads), ratio(ages, workloads),
          ratio(slack, waiting)});
  to.add({weights.energy * 5.0, weights.cost * 5.0, weights.response * 5.0, weights.violation * 5.0,
          weights.inaccuracy * 5.0});
  to.add({squashed(beat / figures.slo), squashed(figures.longest_boot / beat),
          view.cadence == Cadence::kArrival ? 1.0 : 0.0,
          std::log(std::max(static_cast<double>(view.hosts.size()) / crowd, 1.0)) / 4.0,
          ratio(utilisation, open.hosts), ratio(recent, open.hosts),
          squashed(figures.requests / crowd) / 2.0, figures.window / figures.scale});
  return rows;
}

}  // namespace scinet
