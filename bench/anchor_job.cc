#include "bench/anchor_job.h"

#include <cmath>

#include "base/ensure.h"

namespace scinet {
namespace {

constexpr double kOperationsPerMi = 1e6;

SimTime arrival_of(const AnchorTask& task) { return to_sim_time(Seconds(task.arrival)); }

}  // namespace

HostType anchor_host(int cores, Mips speed) {
  HostType type;
  type.name = "anchor";
  type.cores = cores;
  type.speed = speed;
  type.memory = Mebibytes(8192);
  type.price = DollarsPerHour(0.1);
  type.power.points = {Watts(100), Watts(140), Watts(160), Watts(180), Watts(200)};
  return type;
}

Catalogue anchor_catalogue(const HostType& host, WorkDistribution work) {
  Fragment fragment;
  fragment.name = "all";
  fragment.work = work;
  Strategy strategy;
  strategy.name = "whole";
  strategy.fragments = {fragment};
  Application application;
  application.name = "task";
  application.strategies = {strategy};
  return {.host_types = {host}, .applications = {application}};
}

// A task is so many times a work of 1 Mi.
AnchorJob::AnchorJob(const AnchorTrace& trace, AnchorPlacement placement)
    : trace_(trace),
      placement_(placement),
      catalogue_(
          anchor_catalogue(anchor_host(static_cast<int>(trace.cores),
                                       Mips(static_cast<double>(trace.speed) / kOperationsPerMi)),
                           {.shape = WorkShape::kConstant, .mean = Mi(1)})),
      twin_(catalogue_, std::vector<HostTypeId>(trace.hosts, HostTypeId{0}),
            static_cast<int>(trace.hosts), QosWeights{}, TwinSettings{}, RandomStreams(1)),
      running_(trace.hosts) {}

void AnchorJob::run() {
  Plan plan;
  plan.deployments.resize(1);
  plan.placements.resize(1);
  Workload workload;
  workload.slo = Seconds(5);
  for (std::uint64_t i = 0; i < trace_.tasks.size(); ++i) {
    const AnchorTask& task = trace_.tasks[i];
    workload.id = WorkloadId{i};
    workload.arrival = arrival_of(task);
    twin_.run_until(workload.arrival);
    twin_.arrive(workload, static_cast<double>(task.operations) / kOperationsPerMi);
    plan.deployments[0] = {workload.id, StrategyId{0}};
    plan.placements[0] = {workload.id, FragmentId{0}, choose_host(task)};
    twin_.apply(plan);
  }
  while (const auto next = twin_.next_event()) twin_.run_until(*next);
  ensure(twin_.finished().size() == trace_.tasks.size(), "every task was finished");
}

HostId AnchorJob::choose_host(const AnchorTask& task) {
  if (placement_ == AnchorPlacement::kGiven) return HostId{static_cast<std::uint32_t>(task.host)};
  const FinishedLog& finished = twin_.finished();
  for (; seen_ < finished.size(); ++seen_) {
    running_.finish_on(finished.tasks(finished[seen_]).front().host);
  }
  const HostId host = running_.first();
  running_.start_on(host);
  return host;
}

AnchorResult AnchorJob::result() const {
  AnchorResult result{.tasks = trace_.tasks.size(), .energy = {}, .makespan = {}};
  const std::vector<SimTime> finish = finishes();
  for (std::size_t i = 0; i < finish.size(); ++i) {
    result.mean_response += to_seconds(finish[i]) - Seconds(trace_.tasks[i].arrival);
    result.makespan = std::max(result.makespan, to_seconds(finish[i]));
  }
  result.mean_response /= static_cast<double>(finish.size());
  for (std::uint32_t i = 0; i < trace_.hosts; ++i) {
    result.energy += twin_.account(HostId{i}).energy;
  }
  return result;
}

std::vector<SimTime> AnchorJob::finishes() const {
  std::vector<SimTime> finishes(trace_.tasks.size());
  for (const FinishedWorkload& entry : twin_.finished().entries()) {
    finishes[entry.workload.id.value] = entry.finish;
  }
  return finishes;
}

}  // namespace scinet
