#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/ensure.h"
#include "tests/simgrid/comparison.h"
#include "twin/twin.h"

namespace scinet {
namespace {

constexpr double kOperationsPerMi = 1e6;

HostType type_of(const ComparedHost& host, double latency) {
  HostType type;
  type.name = "compared";
  type.cores = host.cores;
  type.speed = Mips(host.speed / kOperationsPerMi);
  type.memory = Mebibytes(1000);
  type.bandwidth = BytesPerSecond(host.bandwidth);
  type.latency = Seconds(latency);
  // A point for each number of busy cores.
  const double slope = (host.full_watts - host.low_watts) / host.cores;
  type.power.points.push_back(Watts(host.idle_watts));
  for (int busy = 1; busy <= host.cores; ++busy) {
    type.power.points.push_back(Watts(host.low_watts + slope * busy));
  }
  return type;
}

// Each request is an application of its own: a chain of fragments of constant work.
Application application_of(const ComparedRequest& request) {
  Strategy strategy;
  strategy.name = "chain";
  for (std::uint32_t i = 0; i < request.steps.size(); ++i) {
    const ComparedStep& step = request.steps[i];
    Fragment fragment;
    fragment.name = fmt::format("step{}", i);
    fragment.work.mean = Mi(step.operations / kOperationsPerMi);
    fragment.cores = step.cores;
    fragment.output = Bytes(request.bytes[i + 1]);
    if (i > 0) fragment.inputs = {FragmentId{i - 1}};
    strategy.fragments.push_back(fragment);
  }
  Application application;
  application.strategies = {strategy};
  return application;
}

Catalogue catalogue_of(const ComparedScenario& scenario) {
  Catalogue catalogue;
  for (const ComparedHost& host : scenario.hosts) {
    catalogue.host_types.push_back(type_of(host, scenario.latency));
  }
  for (const ComparedRequest& request : scenario.requests) {
    catalogue.applications.push_back(application_of(request));
  }
  return catalogue;
}

Plan plan_of(const ComparedRequest& request, WorkloadId id) {
  Plan plan;
  plan.deployments = {{id, StrategyId{0}}};
  for (std::uint32_t i = 0; i < request.steps.size(); ++i) {
    const HostId host{static_cast<std::uint32_t>(request.steps[i].host)};
    plan.placements.push_back({id, FragmentId{i}, host});
  }
  return plan;
}

}  // namespace

ComparedOutcome run_on_twin(const ComparedScenario& scenario) {
  const Catalogue catalogue = catalogue_of(scenario);
  std::vector<HostTypeId> types;
  for (std::uint32_t i = 0; i < scenario.hosts.size(); ++i) types.push_back(HostTypeId{i});
  Twin twin(catalogue, types, static_cast<int>(types.size()), QosWeights{}, TwinSettings{},
            RandomStreams(1));
  for (std::uint32_t i = 0; i < scenario.requests.size(); ++i) {
    const ComparedRequest& request = scenario.requests[i];
    Workload workload;
    workload.id = WorkloadId{i};
    workload.application = ApplicationId{i};
    workload.arrival = to_sim_time(Seconds(request.arrival));
    workload.slo = Seconds(1);
    workload.input = Bytes(request.bytes.front());
    twin.run_until(workload.arrival);
    twin.arrive(workload);
    twin.apply(plan_of(request, workload.id));
  }
  while (const auto next = twin.next_event()) twin.run_until(*next);

  ComparedOutcome outcome;
  outcome.finishes.resize(scenario.requests.size());
  const auto finished = twin.finished().entries();
  ensure(finished.size() == scenario.requests.size(), "the twin answers every request");
  for (const FinishedWorkload& entry : finished) {
    outcome.finishes[entry.workload.id.value] = to_seconds(entry.finish).count();
  }
  for (const HostAccount& account : twin.accounts().hosts) {
    outcome.joules.push_back(account.energy.value());
  }
  return outcome;
}

}  // namespace scinet
