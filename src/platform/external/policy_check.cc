#include "platform/external/policy_check.h"

#include <fmt/format.h>

#include <array>
#include <exception>
#include <utility>

#include "platform/simulation.h"
#include "policy/baselines.h"

namespace scinet {
namespace {

constexpr std::size_t kFaultsKept = 10;
constexpr std::size_t kViewsKept = 8;  // of a run, to be made awkward
constexpr std::size_t kViewsBetween = 7;

// What is seen of a policy while it decides.
struct Watch {
  PolicyCheck& check;
  const DecisionClock& clock;
  std::string where;
  std::vector<double> times_us = {};
  std::vector<Plan> plans = {};
  std::vector<ClusterView> views = {};

  void note_fault(const std::string& what) {
    ++check.faulty;
    if (check.faults.size() < kFaultsKept) {
      check.faults.push_back(fmt::format("{}, decision {}: {}", where, plans.size() + 1, what));
    }
  }
};

// Decides as another policy does, watched.
class Watched final : public Policy {
 public:
  Watched(std::unique_ptr<Policy> policy, Watch& watch)
      : policy_(std::move(policy)), watch_(watch) {}

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    ++watch_.check.decisions;
    if (watch_.plans.size() % kViewsBetween == 0 && watch_.views.size() < kViewsKept) {
      watch_.views.push_back(view);
    }
    const std::chrono::nanoseconds start = watch_.clock();
    Plan plan;
    try {
      plan = policy_->decide(view, context);
      const std::vector<std::string> violations = find_violations(plan, view);
      if (!violations.empty()) watch_.note_fault(violations.front());
    } catch (const std::exception& problem) {
      watch_.note_fault(problem.what());
    }
    const std::chrono::nanoseconds time = watch_.clock() - start + context.waited;
    watch_.times_us.push_back(std::chrono::duration<double, std::micro>(time).count());
    watch_.plans.push_back(plan);
    return plan;
  }

 private:
  std::unique_ptr<Policy> policy_;
  Watch& watch_;
};

// The tasks that were on their way have lost their host.
void unplace(ClusterView& view, bool done_too) {
  for (WorkloadView& entry : view.workloads) {
    for (TaskView& task : entry.tasks) {
      if (task.state == TaskState::kDone && !done_too) continue;
      task = {.fragment = task.fragment, .host = std::nullopt, .since = view.now};
    }
  }
}

ClusterView without_hosts(ClusterView view) {
  view.hosts.clear();
  unplace(view, true);
  return view;
}

ClusterView with_every_host(ClusterView view, HostState state) {
  for (HostView& host : view.hosts) {
    HostView empty;
    empty.id = host.id;
    empty.type = host.type;
    empty.state = state;
    host = empty;
  }
  unplace(view, false);
  return view;
}

struct AwkwardView {
  std::string_view name;
  ClusterView view;
};

std::vector<AwkwardView> awkward_views(const ClusterView& view) {
  std::vector<AwkwardView> all{
      {"no hosts", without_hosts(view)},
      {"all hosts off", with_every_host(view, HostState::kOff)},
      {"all hosts failed", with_every_host(view, HostState::kFailed)},
      {"all links lost", view},
      {"nothing to serve", view},
      {"only provisioning asked", view},
      {"only deployment asked", view},
      {"only placement asked", view},
      {"nothing asked", view},
  };
  for (HostView& host : all[3].view.hosts) host.linked = false;
  all[4].view.workloads.clear();
  all[5].view.asked = {.provisioning = true};
  all[6].view.asked = {.deployment = true};
  all[7].view.asked = {.placement = true};
  all[8].view.asked = {};
  return all;
}

Status run_watched(const Maker<Policy>& make, const Scenario& scenario, std::uint64_t seed,
                   Watch& watch) {
  Result<std::unique_ptr<Policy>> policy = make();
  if (!policy) return policy.error();
  DecisionMakers makers{
      .policy = {"checked", std::make_unique<Watched>(std::move(policy).value(), watch)},
      .fallback = {"least-loaded", make_least_loaded()}};
  SimulationOptions options;
  options.predict = false;
  const Result<SimulationResult> result = simulate(scenario, std::move(makers), seed, options);
  return result ? ok_status() : Status(result.error());
}

Status ask_awkward(const Maker<Policy>& make, const std::vector<ClusterView>& views,
                   const Catalogue& catalogue, std::uint64_t seed, Watch& watch) {
  Result<std::unique_ptr<Policy>> policy = make();
  if (!policy) return policy.error();
  Watched watched(std::move(policy).value(), watch);
  for (ClusterView view : views) {
    view.catalogue = &catalogue;  // that of the run is gone
    for (const auto& [name, awkward] : awkward_views(view)) {
      watch.where = fmt::format("a view with {}", name);
      DecisionContext context{.random = RandomStreams(seed).stream("check", watch.plans.size())};
      watched.decide(awkward, context);
    }
  }
  return ok_status();
}

}  // namespace

Result<PolicyCheck> check_policy(const Maker<Policy>& make, const std::vector<Scenario>& scenarios,
                                 std::uint64_t seed, const DecisionClock& clock) {
  PolicyCheck check;
  std::vector<double> times_us;
  for (Scenario scenario : scenarios) {
    for (const Cadence cadence : {Cadence::kInterval, Cadence::kArrival}) {
      scenario.cadence = cadence;
      const std::string where = fmt::format("{} with decisions at every {}", scenario.name,
                                            cadence == Cadence::kInterval ? "interval" : "arrival");
      std::array runs{Watch{check, clock, where}, Watch{check, clock, where + ", again"}};
      for (Watch& run : runs) {
        if (const Status ran = run_watched(make, scenario, seed, run); !ran) return ran.error();
        times_us.insert(times_us.end(), run.times_us.begin(), run.times_us.end());
      }
      check.repeats = check.repeats && runs[0].plans == runs[1].plans;
      Watch awkward{check, clock, ""};
      const Status asked = ask_awkward(make, runs[0].views, scenario.catalogue, seed, awkward);
      if (!asked) return asked.error();
    }
  }
  check.decision_us = distribution_of(times_us);
  return check;
}

}  // namespace scinet
