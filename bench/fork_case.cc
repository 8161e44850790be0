#include "bench/fork_case.h"

#include <algorithm>
#include <vector>

namespace scinet {

ForkCase::ForkCase(std::uint32_t hosts, std::uint32_t running, int intervals)
    : catalogue_(anchor_catalogue(
          anchor_host(4, Mips(1000)),
          {.shape = WorkShape::kExponential, .mean = Mi(20'000), .variation = 1.0})),
      view_(situation(hosts, running)),
      base_(Twin::from(view_, TwinSettings{}, RandomStreams(1))),
      end_(base_.now() + intervals * to_sim_time(TwinSettings{}.beat)) {}

double ForkCase::score() const {
  Twin fork = base_.fork();
  fork.apply(plan_);
  fork.run_until(end_);
  return qos_score(qos_terms(fork.window()), QosWeights{});
}

// Also fills the plan for the tasks that wait.
ClusterView ForkCase::situation(std::uint32_t hosts, std::uint32_t running) {
  Twin twin(catalogue_, std::vector<HostTypeId>(hosts, HostTypeId{0}), static_cast<int>(hosts),
            QosWeights{}, TwinSettings{}, RandomStreams(1));
  const std::uint32_t waiting = std::max(running / 10, 1u);
  Plan start;
  for (std::uint32_t i = 0; i < running + waiting; ++i) {
    Workload workload;
    workload.id = WorkloadId{i};
    workload.slo = Seconds(30);
    twin.arrive(workload);
    Plan& plan = i < running ? start : plan_;
    plan.deployments.push_back({workload.id, StrategyId{0}});
    plan.placements.push_back({workload.id, FragmentId{0}, HostId{i % hosts}});
  }
  twin.apply(start);
  return twin.view(DecisionsAsked::all());
}

}  // namespace scinet
