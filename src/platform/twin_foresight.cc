#include "platform/twin_foresight.h"

#include <algorithm>
#include <span>

#include "policy/baselines.h"
#include "workload/arrivals_ahead.h"

namespace scinet {
namespace {

std::vector<WorkloadId> placed_by(const Plan& plan) {
  std::vector<WorkloadId> ids;
  ids.reserve(plan.placements.size());
  for (const Placement& placement : plan.placements) ids.push_back(placement.workload);
  std::ranges::sort(ids);
  const auto repeated = std::ranges::unique(ids);
  ids.erase(repeated.begin(), repeated.end());
  return ids;
}

std::vector<HostAccount> accounts_of_hosts(const Twin& twin, std::size_t hosts) {
  std::vector<HostAccount> accounts;
  accounts.reserve(hosts);
  for (std::uint32_t i = 0; i < hosts; ++i) accounts.push_back(twin.account(HostId{i}));
  return accounts;
}

Prediction::Beat use_between(std::span<const HostAccount> before,
                             std::span<const HostAccount> after) {
  Prediction::Beat beat;
  beat.cpu.reserve(after.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    beat.energy += after[i].energy - before[i].energy;
    beat.cost += after[i].cost - before[i].cost;
    beat.cpu.push_back(after[i].cpu - before[i].cpu);
  }
  return beat;
}

// The answers to some workloads, picked out of what finishes.
class Answers {
 public:
  explicit Answers(std::vector<WorkloadId> wanted) : wanted_(std::move(wanted)) {}

  bool are_complete() const { return found_.size() == wanted_.size(); }

  void look_at(const FinishedLog& finished) {
    for (; seen_ < finished.size(); ++seen_) {
      const FinishedWorkload& entry = finished[seen_];
      if (!std::ranges::binary_search(wanted_, entry.workload.id)) continue;
      found_.push_back({entry.workload.id, to_seconds(entry.finish - entry.workload.arrival)});
    }
  }

  std::vector<Prediction::Response> take_responses() && {
    std::ranges::sort(found_, {}, &Prediction::Response::workload);
    return std::move(found_);
  }

 private:
  std::vector<WorkloadId> wanted_;  // sorted
  std::vector<Prediction::Response> found_;
  std::size_t seen_ = 0;  // entries of the log
};

}  // namespace

TwinForesight::TwinForesight(TwinSettings settings, RandomStreams streams, Seconds look_ahead)
    : settings_(settings),
      streams_(streams.stream("foresight").next()),
      look_ahead_(to_sim_time(look_ahead)) {}

Prediction TwinForesight::predict(const ClusterView& view, const Plan& plan) {
  Answers answers(placed_by(plan));
  const bool is_beat = view.asked.provisioning;
  Prediction prediction;
  if (answers.are_complete() && !is_beat) return prediction;

  Twin twin = Twin::from(view, settings_, streams_);
  const auto hosts =
      is_beat ? accounts_of_hosts(twin, view.hosts.size()) : std::vector<HostAccount>();
  twin.apply(plan);
  if (is_beat) {
    roll_to_next_beat(twin, view);
    prediction.beat = use_between(hosts, accounts_of_hosts(twin, view.hosts.size()));
    answers.look_at(twin.finished());
  }
  const SimTime limit = view.now + look_ahead_;
  while (!answers.are_complete()) {
    const std::optional<SimTime> next = twin.next_event();
    if (!next || *next > limit) break;
    twin.run_until(*next);
    answers.look_at(twin.finished());
  }
  prediction.responses = std::move(answers).take_responses();
  return prediction;
}

void TwinForesight::roll_to_next_beat(Twin& twin, const ClusterView& view) const {
  if (view.cadence == Cadence::kArrival) {
    const std::unique_ptr<Policy> policy = make_least_loaded();
    for (const Workload& workload : arrivals_ahead(view, settings_.beat, streams_)) {
      twin.run_until(workload.arrival);
      twin.arrive(workload);
      DecisionContext context{.random = streams_.stream("decisions-ahead", workload.id.value)};
      twin.apply(policy->decide(twin.view({.deployment = true, .placement = true}), context));
    }
  }
  twin.run_until(view.now + to_sim_time(settings_.beat));
}

}  // namespace scinet
