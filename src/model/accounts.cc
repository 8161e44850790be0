#include "model/accounts.h"

namespace scinet {
namespace {

void add_workload(WindowTotals& totals, const WorkloadOutcome& outcome, SimTime from, SimTime to,
                  const Catalogue& catalogue) {
  const auto& [workload, strategy, deployed_at, tasks, finish, attempts] = outcome;
  const auto in_window = [&](SimTime time) { return time >= from && time < to; };

  const bool is_answered = finish && *finish <= to;
  const SimTime end = is_answered ? *finish : to;
  const Seconds response = to_seconds(end - workload.arrival);
  const bool late = response > workload.slo;
  if (in_window(workload.arrival)) totals.add_arrival(response, workload.slo);
  if (!is_answered) {
    if (late) ++totals.overdue;
  } else if (in_window(end)) {
    ++totals.finished;
    if (late) ++totals.finished_late;
  }
  if (strategy && in_window(deployed_at)) {
    ++totals.deployed;
    totals.accuracy_sum += catalogue.at(workload.application, *strategy).accuracy;
  }
}

}  // namespace

WindowTotals window_totals(SimTime before, std::span<const HostAccount> hosts_before,
                           const Accounts& after, const Catalogue& catalogue,
                           std::span<const HostTypeId> host_types) {
  WindowTotals totals;
  const Seconds length = to_seconds(after.now - before);
  for (std::size_t i = 0; i < after.hosts.size(); ++i) {
    const HostType& type = catalogue.at(host_types[i]);
    totals.energy += after.hosts[i].energy - hosts_before[i].energy;
    totals.energy_at_full_power += type.power.peak() * length;
    totals.cost += after.hosts[i].cost - hosts_before[i].cost;
    totals.cost_of_all_on += type.price * length;
  }
  for (const WorkloadOutcome& outcome : after.workloads) {
    add_workload(totals, outcome, before, after.now, catalogue);
  }
  return totals;
}

}  // namespace scinet
