#include "apps/scinet/generated_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "platform/simulation.h"
#include "policy/rules.h"
#include "twin/twin.h"
#include "workload/random_scenario.h"

namespace scinet {
namespace {

constexpr int kBeats = 12;  // of the run before the view
constexpr int kMostFragments = 5;

// Switches hosts now and then for no reason, so that they are met in every state.
class RestlessProvisioning final : public ProvisioningRule {
 public:
  // `share_on`: of the hosts in the long run. `pace`: how likely one is looked at.
  RestlessProvisioning(double share_on, double pace) : share_on_(share_on), pace_(pace) {}

  std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext& context) override {
    std::vector<PowerChange> power;
    for (const HostLoad& host : load.hosts()) {
      if (host.state == HostState::kFailed || context.random.uniform() >= pace_) continue;
      const bool on = context.random.uniform() < share_on_;
      if (on != accepts_work(host.state)) power.push_back({host.id(), on});
    }
    return power;
  }

 private:
  double share_on_;
  double pace_;
};

std::unique_ptr<Policy> player(RandomStream random) {
  const double share_on = 0.3 + 0.65 * random.uniform();
  const bool tries_all = random.uniform() < 0.5;  // strategies
  return compose(std::make_unique<RestlessProvisioning>(share_on, 0.1),
                 tries_all ? random_deployment() : most_accurate_in_time(), earliest_finish());
}

std::unique_ptr<Policy> steady_player() {
  return compose(std::make_unique<RestlessProvisioning>(0.0, 0.0), most_accurate_in_time(),
                 earliest_finish());
}

double mean_fragments(const Scenario& scenario) {
  double sum = 0.0;
  double strategies = 0.0;
  for (const Application& application : scenario.catalogue.applications) {
    for (const Strategy& strategy : application.strategies) {
      sum += static_cast<double>(strategy.fragments.size());
      strategies += 1.0;
    }
  }
  return sum / strategies;
}

// The host that can hold every fragment. It never fails, so that all work can be served.
HostId largest_host(const Scenario& scenario) {
  std::uint32_t largest = 0;
  for (std::uint32_t i = 0; i < scenario.hosts.size(); ++i) {
    const auto memory = [&](std::uint32_t host) {
      return scenario.catalogue.at(scenario.hosts[host]).memory;
    };
    if (memory(i) > memory(largest)) largest = i;
  }
  return HostId{largest};
}

// The run before the view.
class RunUp {
 public:
  RunUp(const Catalogue& catalogue, Scenario scenario, const GeneratedViewSettings& settings,
        std::uint64_t seed)
      : streams_(seed),
        settings_(settings),
        scenario_(std::move(scenario)),
        faults_(effects_of(generate_faults(scenario_, streams_))),
        safe_(largest_host(scenario_)),
        fragments_(mean_fragments(scenario_)),
        player_(player(streams_.stream("player"))),
        steady_(steady_player()),
        twin_(catalogue, scenario_.hosts, scenario_.hosts_on_at_start, scenario_.weights,
              {.beat = scenario_.beat, .cadence = Cadence::kInterval}, streams_) {
    scenario_.horizon = scenario_.beat;  // of what draw() makes
  }

  ClusterView view() {
    for (int beat = 1; beat < kBeats; ++beat) {
      run_until(scenario_.beat * beat);
      const int missing = settings_.tasks - tasks();
      arrive(static_cast<int>(std::lround(std::max(missing, 0) / fragments_)));
      decide(*player_);
    }
    const std::uint64_t first_new = next_id_;
    arrive_in_last_beat();
    twin_.run_until(to_sim_time(scenario_.beat * kBeats));
    const std::uint64_t first_later = next_id_;
    while (tasks() < settings_.tasks) {
      arrive(std::max(1, (settings_.tasks - tasks()) / kMostFragments));
      decide(*steady_, first_new, first_later);
    }
    return twin_.view(DecisionsAsked::all());
  }

 private:
  void run_until(Seconds time) {
    const SimTime now = to_sim_time(time);
    for (; next_fault_ < faults_.size() && faults_[next_fault_].at <= now; ++next_fault_) {
      const FaultEffect& effect = faults_[next_fault_];
      if (effect.host == safe_) continue;
      twin_.run_until(effect.at);
      apply(effect, twin_);
    }
    twin_.run_until(now);
  }

  int tasks() const {
    int sum = 0;
    for (std::uint32_t i = 0; i < scenario_.hosts.size(); ++i) sum += twin_.tasks_on(HostId{i});
    return sum;
  }

  // So many requests of the mix; their moments are not said yet.
  std::vector<Workload> draw(int count) {
    if (count == 0) return {};
    scenario_.arrivals = IntervalArrivals{.mean = static_cast<double>(count), .deviation = 0.0};
    return generate_arrivals(scenario_,
                             RandomStreams(streams_.stream("requests", draws_++).next()));
  }

  void arrive(int count) {
    for (Workload& workload : draw(count)) arrive(workload);
  }

  void arrive(Workload& workload) {
    workload.id = WorkloadId{next_id_++};
    workload.arrival = twin_.now();
    twin_.arrive(workload);
  }

  void arrive_in_last_beat() {
    RandomStream random = streams_.stream("moments");
    std::vector<Workload> workloads = draw(settings_.workloads);
    std::vector<SimTime> moments;
    for (std::size_t i = 0; i < workloads.size(); ++i) {
      moments.push_back(to_sim_time(scenario_.beat * (kBeats - random.uniform())));
    }
    std::ranges::sort(moments);
    for (std::size_t i = 0; i < workloads.size(); ++i) {
      twin_.run_until(moments[i]);
      arrive(workloads[i]);
    }
  }

  // Workloads from `hidden` on and before `shown` are left for the view.
  void decide(Policy& policy, std::uint64_t hidden = 0, std::uint64_t shown = 0) {
    ClusterView view = twin_.view(DecisionsAsked::all());
    std::erase_if(view.workloads, [&](const WorkloadView& entry) {
      return hidden <= entry.workload.id.value && entry.workload.id.value < shown;
    });
    DecisionContext context{.random = streams_.stream("decision", decisions_++)};
    const Plan plan = policy.decide(view, context);
    ensure(plan.deferrals.empty(), "the largest host can hold every fragment");
    twin_.apply(plan);
  }

  RandomStreams streams_;
  GeneratedViewSettings settings_;
  Scenario scenario_;
  std::vector<FaultEffect> faults_;
  HostId safe_;
  double fragments_;  // of a workload, on average
  std::unique_ptr<Policy> player_;
  std::unique_ptr<Policy> steady_;
  Twin twin_;
  std::size_t next_fault_ = 0;
  std::uint64_t next_id_ = 0;
  std::uint64_t draws_ = 0;
  std::uint64_t decisions_ = 0;
};

}  // namespace

Status check(const GeneratedViewSettings& settings) {
  constexpr int kMostHosts = 10'000;
  constexpr int kMostPerHost = 100;
  const auto wrong = [](std::string_view what, int found, int least, int most) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("found {} {}, expected {} to {}", found, what, least, most)};
  };
  if (settings.hosts < 1 || settings.hosts > kMostHosts) {
    return wrong("hosts", settings.hosts, 1, kMostHosts);
  }
  const int most = kMostPerHost * settings.hosts;
  const auto on_so_many =
      fmt::format("for {} host{}", settings.hosts, settings.hosts == 1 ? "" : "s");
  if (settings.workloads < 0 || settings.workloads > most) {
    return wrong("new workloads " + on_so_many, settings.workloads, 0, most);
  }
  if (settings.tasks < 0 || settings.tasks > most) {
    return wrong("tasks " + on_so_many, settings.tasks, 0, most);
  }
  return ok_status();
}

StoredView generate_view(const GeneratedViewSettings& settings, std::uint64_t seed) {
  const RandomScenarioSettings cluster{
      .hosts = {settings.hosts, settings.hosts},
      .beats_of_work = {0.5, 10},  // longer than a beat, so that they are met half done
      .requests_a_beat = {0.3, std::max(20.0, static_cast<double>(settings.hosts))},
      .beats = kBeats};
  Scenario scenario = random_scenario(cluster, RandomStreams(seed).stream("scenario"));
  StoredView stored{std::make_unique<const Catalogue>(scenario.catalogue), {}};
  stored.view = RunUp(*stored.catalogue, std::move(scenario), settings, seed).view();
  return stored;
}

}  // namespace scinet
