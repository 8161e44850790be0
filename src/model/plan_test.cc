#include "model/plan.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "tests/random_cluster.h"

namespace scinet {
namespace {

using Violations = std::vector<std::string>;

// Host 0 is on and small, 1 is off, 2 has failed, 3 is draining, 4 is on and large. Workload 0 has
// no strategy, 1 runs its second fragment and lost the host of its first, 2 is running.
class FindViolations : public testing::Test {
 protected:
  FindViolations() {
    ClusterBuilder builder;
    builder.type({.name = "small", .memory = Mebibytes(512)}).type({.name = "large"});
    builder.host("small").host("small", HostState::kOff).host("small", HostState::kFailed);
    builder.host("small", HostState::kDraining).host("large");
    builder.application(
        "app", {whole(Mi(1), 0.9, Mebibytes(600)), layer({fragment(Mi(1)), fragment(Mi(1))}, 0.8)});
    builder.waiting("app");
    builder.deployed("app", 1, {{TaskState::kUnplaced, 0}, {TaskState::kBlocked, 0}});
    builder.deployed("app", 1, {{TaskState::kDone, 0}, {TaskState::kRunning, 0}});
    cluster_ = builder.build();
  }

  Violations violations() const { return find_violations(plan_, cluster_.view); }

  TestCluster cluster_;
  // Sound as it stands; each test breaks one thing.
  Plan plan_{.power = {{HostId{1}, true}},
             .deployments = {{WorkloadId{0}, StrategyId{1}}},
             .placements = {{WorkloadId{0}, FragmentId{0}, HostId{0}},
                            {WorkloadId{0}, FragmentId{1}, HostId{1}}},
             .deferrals = {{WorkloadId{1}, "host 0 is busy"}}};
};

TEST_F(FindViolations, FindsNoneInASoundPlan) { EXPECT_EQ(violations(), Violations{}); }

TEST_F(FindViolations, AcceptsThatNothingIsAnsweredWhenNothingIsAsked) {
  cluster_.view.asked = {};
  plan_ = {};
  EXPECT_EQ(violations(), Violations{});
}

TEST_F(FindViolations, PowerThatWasNotAskedFor) {
  cluster_.view.asked.provisioning = false;
  EXPECT_EQ(violations(), Violations{"power changes were not asked for"});
}

TEST_F(FindViolations, StrategiesThatWereNotAskedFor) {
  cluster_.view.asked.deployment = false;
  EXPECT_EQ(violations(), Violations{"strategies were not asked for"});
}

TEST_F(FindViolations, PlacementsAndDeferralsThatWereNotAskedFor) {
  cluster_.view.asked.placement = false;
  EXPECT_EQ(violations(),
            (Violations{"placements were not asked for", "deferrals were not asked for"}));
}

TEST_F(FindViolations, PowerOfAHostThatDoesNotExist) {
  plan_.power.push_back({HostId{7}, true});
  EXPECT_EQ(violations(), Violations{"host 7 does not exist: the view has 5"});
}

TEST_F(FindViolations, AHostSwitchedTwice) {
  plan_.power.push_back({HostId{1}, true});
  EXPECT_EQ(violations(), Violations{"host 1 is switched twice"});
}

TEST_F(FindViolations, SwitchingWithoutEffect) {
  plan_.power = {{HostId{0}, true},
                 {HostId{1}, true},
                 {HostId{2}, true},
                 {HostId{2}, false},
                 {HostId{3}, false}};
  EXPECT_EQ(violations(),
            (Violations{"host 0 is on and cannot be switched on",
                        "host 2 is failed and cannot be switched on", "host 2 is switched twice",
                        "host 2 is failed and cannot be switched off",
                        "host 3 is draining and cannot be switched off"}));
}

TEST_F(FindViolations, ADrainingHostCanBeCalledBack) {
  plan_.power.push_back({HostId{3}, true});
  plan_.placements[0].host = HostId{3};
  EXPECT_EQ(violations(), Violations{});
}

TEST_F(FindViolations, AStrategyForAWorkloadThatIsNotThere) {
  plan_.deployments.push_back({WorkloadId{9}, StrategyId{0}});
  EXPECT_EQ(violations(), Violations{"workload 9 is not in the view"});
}

TEST_F(FindViolations, AStrategyThatDoesNotExist) {
  plan_.deployments[0].strategy = StrategyId{2};
  EXPECT_EQ(violations(),
            (Violations{"workload 0 has no strategy 2: its application has 2",
                        "workload 0 is placed without a strategy",
                        "workload 0 is placed without a strategy", "workload 0 was ignored"}));
}

TEST_F(FindViolations, AStrategyGivenTwice) {
  plan_.deployments.push_back({WorkloadId{0}, StrategyId{0}});
  EXPECT_EQ(violations(), Violations{"workload 0 is given a strategy twice"});
}

TEST_F(FindViolations, AStrategyChanged) {
  plan_.deployments.push_back({WorkloadId{1}, StrategyId{0}});
  EXPECT_EQ(violations(), Violations{"workload 1 already has a strategy"});
}

TEST_F(FindViolations, APlacementOfAWorkloadThatIsNotThere) {
  plan_.placements.push_back({WorkloadId{9}, FragmentId{0}, HostId{0}});
  EXPECT_EQ(violations(), Violations{"workload 9 is not in the view"});
}

TEST_F(FindViolations, APlacementWithoutAStrategy) {
  plan_.deployments.clear();
  plan_.placements.pop_back();
  EXPECT_EQ(violations(),
            (Violations{"workload 0 is placed without a strategy", "workload 0 was ignored"}));
}

TEST_F(FindViolations, AFragmentThatDoesNotExist) {
  plan_.placements.push_back({WorkloadId{0}, FragmentId{2}, HostId{0}});
  EXPECT_EQ(violations(), Violations{"workload 0 has no fragment 2: its strategy has 2"});
}

TEST_F(FindViolations, AFragmentThatHasAHost) {
  plan_.placements.push_back({WorkloadId{2}, FragmentId{1}, HostId{4}});
  EXPECT_EQ(violations(), Violations{"fragment 1 of workload 2 already has a host"});
}

TEST_F(FindViolations, AFragmentPlacedTwice) {
  plan_.placements.push_back({WorkloadId{0}, FragmentId{1}, HostId{4}});
  EXPECT_EQ(violations(), Violations{"fragment 1 of workload 0 is placed twice"});
}

TEST_F(FindViolations, APlacementOnAHostThatDoesNotExist) {
  plan_.placements[0].host = HostId{5};
  EXPECT_EQ(violations(), Violations{"host 5 does not exist: the view has 5"});
}

TEST_F(FindViolations, APlacementOnAHostThatTakesNoWork) {
  plan_.placements[0].host = HostId{2};
  plan_.placements[1].host = HostId{3};
  EXPECT_EQ(violations(),
            (Violations{
                "host 2 gets fragment 0 of workload 0 but is failed once the plan is applied",
                "host 3 gets fragment 1 of workload 0 but is draining once the plan is applied"}));
}

TEST_F(FindViolations, APlacementOnAHostThatThePlanTurnsOff) {
  plan_.power.push_back({HostId{0}, false});
  EXPECT_EQ(
      violations(),
      Violations{"host 0 gets fragment 0 of workload 0 but is draining once the plan is applied"});
}

TEST_F(FindViolations, APlacementOnAHostThatIsTooSmall) {
  plan_.deployments[0].strategy = StrategyId{0};
  plan_.placements = {{WorkloadId{0}, FragmentId{0}, HostId{0}}};
  EXPECT_EQ(
      violations(),
      Violations{
          "host 0 can never hold fragment 0 of workload 0: it has 512 MiB of the 600 needed"});
}

TEST_F(FindViolations, ADeferralOfAWorkloadThatIsNotThere) {
  plan_.deferrals.push_back({WorkloadId{9}, "no host"});
  EXPECT_EQ(violations(), Violations{"workload 9 is not in the view"});
}

TEST_F(FindViolations, ADeferralOfNothing) {
  plan_.deferrals.push_back({WorkloadId{2}, "no host"});
  EXPECT_EQ(violations(), Violations{"workload 2 is deferred but has nothing to place"});
}

TEST_F(FindViolations, ADeferralWithoutAReason) {
  plan_.deferrals[0].reason.clear();
  EXPECT_EQ(violations(), Violations{"workload 1 is deferred without a reason"});
}

TEST_F(FindViolations, ADeferralGivenTwice) {
  plan_.deferrals.push_back({WorkloadId{1}, "no host"});
  EXPECT_EQ(violations(), Violations{"workload 1 is deferred twice"});
}

TEST_F(FindViolations, AWorkloadPlacedAndDeferred) {
  plan_.placements.push_back({WorkloadId{1}, FragmentId{0}, HostId{0}});
  EXPECT_EQ(violations(), Violations{"workload 1 is both placed and deferred"});
}

TEST_F(FindViolations, AWorkloadDeployedAndDeferred) {
  plan_.placements.clear();
  plan_.deferrals.push_back({WorkloadId{0}, "no host"});
  EXPECT_EQ(violations(), Violations{"workload 0 is both deployed and deferred"});
}

TEST_F(FindViolations, AWorkloadThatIsIgnored) {
  plan_ = {};
  EXPECT_EQ(violations(),
            (Violations{"workload 0 was ignored", "fragment 0 of workload 1 was ignored"}));
}

TEST_F(FindViolations, AFragmentThatIsIgnored) {
  plan_.placements.pop_back();
  EXPECT_EQ(violations(), Violations{"fragment 1 of workload 0 was ignored"});
}

TEST(StatesAfter, FollowsThePowerChanges) {
  ClusterBuilder builder;
  builder.type({}).host("small", HostState::kOff).host("small", HostState::kDraining);
  builder.host("small").host("small", HostState::kBooting).host("small", HostState::kFailed);
  const TestCluster cluster = builder.build();
  const Plan plan{
      .power = {{HostId{0}, true}, {HostId{1}, true}, {HostId{2}, false}, {HostId{3}, false}},
      .deployments = {},
      .placements = {},
      .deferrals = {}};
  EXPECT_EQ(states_after(plan, cluster.view),
            (std::vector{HostState::kBooting, HostState::kOn, HostState::kDraining,
                         HostState::kDraining, HostState::kFailed}));
}

// The rest breaks sound plans for random clusters in one random way each.

bool is_waiting_for_a_host(const WorkloadView& entry) {
  return !entry.strategy || std::ranges::any_of(entry.tasks, [](const TaskView& task) {
    return task.state == TaskState::kUnplaced;
  });
}

// The plainest sound plan: the first strategy that has a host for every fragment, the first host.
class PlainPlan {
 public:
  explicit PlainPlan(const ClusterView& view) : view_(view) {}

  Plan make() {
    if (view_.asked.provisioning) {
      for (const HostView& host : view_.hosts) {
        if (host.state == HostState::kOff) plan_.power.push_back({host.id, true});
      }
    }
    if (!view_.asked.placement) return plan_;
    after_ = states_after(plan_, view_);
    for (const WorkloadView& entry : view_.workloads) {
      if (is_waiting_for_a_host(entry) && !place(entry)) {
        plan_.deferrals.push_back({entry.workload.id, "no host can hold it"});
      }
    }
    return plan_;
  }

 private:
  bool place(const WorkloadView& entry) {
    if (entry.strategy) return place_as(entry, *entry.strategy);
    if (!view_.asked.deployment) return false;
    const auto& strategies = view_.catalogue->at(entry.workload.application).strategies;
    for (std::uint32_t i = 0; i < strategies.size(); ++i) {
      if (!place_as(entry, StrategyId{i})) continue;
      plan_.deployments.push_back({entry.workload.id, StrategyId{i}});
      return true;
    }
    return false;
  }

  bool place_as(const WorkloadView& entry, StrategyId strategy) {
    const auto& fragments = view_.catalogue->at(entry.workload.application, strategy).fragments;
    std::vector<Placement> placements;
    for (std::uint32_t i = 0; i < fragments.size(); ++i) {
      if (entry.strategy && entry.tasks[i].state != TaskState::kUnplaced) continue;
      const auto host = std::ranges::find_if(view_.hosts, [&](const HostView& candidate) {
        return accepts_work(after_[candidate.id.value]) &&
               can_ever_hold(view_.type_of(candidate), fragments[i]);
      });
      if (host == view_.hosts.end()) return false;
      placements.push_back({entry.workload.id, FragmentId{i}, host->id});
    }
    plan_.placements.insert(plan_.placements.end(), placements.begin(), placements.end());
    return true;
  }

  const ClusterView& view_;
  std::vector<HostState> after_;
  Plan plan_;
};

// One way to break a sound plan. False where the plan has nothing to break that way.
struct Breakage {
  std::string name;
  std::function<bool(Plan&, ClusterView&, RandomStream&)> apply;
};

template <class T>
T& any_of(std::vector<T>& items, RandomStream& random) {
  return items[random.below(items.size())];
}

template <class T>
bool repeat_one(std::vector<T>& items, RandomStream& random) {
  if (items.empty()) return false;
  items.push_back(T(any_of(items, random)));
  return true;
}

template <class T>
bool drop_one(std::vector<T>& items, RandomStream& random) {
  if (items.empty()) return false;
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(random.below(items.size())));
  return true;
}

// Moves one placement to a random host for which `is_wrong` holds.
template <class Test>
bool misplace(Plan& plan, const ClusterView& view, RandomStream& random, Test is_wrong) {
  if (plan.placements.empty()) return false;
  Placement& placement = any_of(plan.placements, random);
  std::vector<HostId> wrong;
  for (const HostView& host : view.hosts) {
    if (is_wrong(host, placement)) wrong.push_back(host.id);
  }
  if (wrong.empty()) return false;
  placement.host = any_of(wrong, random);
  return true;
}

// Switches one host in one of these states, which is not allowed.
bool switch_wrongly(Plan& plan, const ClusterView& view, RandomStream& random, bool on) {
  std::vector<HostId> wrong;
  for (const HostView& host : view.hosts) {
    const bool can_change = on ? host.state == HostState::kOff || host.state == HostState::kDraining
                               : accepts_work(host.state);
    if (!can_change) wrong.push_back(host.id);
  }
  if (wrong.empty()) return false;
  plan.power.push_back({any_of(wrong, random), on});
  return true;
}

const Fragment& fragment_of(const Plan& plan, const ClusterView& view, const Placement& placement) {
  const WorkloadView& entry = *view.find(placement.workload);
  StrategyId strategy;
  if (entry.strategy) {
    strategy = *entry.strategy;
  } else {
    strategy =
        std::ranges::find(plan.deployments, placement.workload, &Deployment::workload)->strategy;
  }
  return view.catalogue->at({entry.workload.application, strategy, placement.fragment});
}

std::vector<Breakage> breakages() {
  using P = Plan;
  using V = ClusterView;
  using R = RandomStream;
  return {
      {"a power change repeated", [](P& p, V&, R& r) { return repeat_one(p.power, r); }},
      {"a deployment repeated", [](P& p, V&, R& r) { return repeat_one(p.deployments, r); }},
      {"a placement repeated", [](P& p, V&, R& r) { return repeat_one(p.placements, r); }},
      {"a deferral repeated", [](P& p, V&, R& r) { return repeat_one(p.deferrals, r); }},
      {"a deployment dropped", [](P& p, V&, R& r) { return drop_one(p.deployments, r); }},
      {"a placement dropped", [](P& p, V&, R& r) { return drop_one(p.placements, r); }},
      {"a deferral dropped", [](P& p, V&, R& r) { return drop_one(p.deferrals, r); }},
      {"provisioning not asked",
       [](P& p, V& v, R&) { return v.asked.provisioning = false, !p.power.empty(); }},
      {"deployment not asked",
       [](P& p, V& v, R&) { return v.asked.deployment = false, !p.deployments.empty(); }},
      {"placement not asked",
       [](P& p, V& v, R&) {
         return v.asked.placement = false, !p.placements.empty() || !p.deferrals.empty();
       }},
      {"a host that does not exist",
       [](P& p, V& v, R& r) {
         if (p.placements.empty()) return false;
         any_of(p.placements, r).host.value = static_cast<std::uint32_t>(v.hosts.size());
         return true;
       }},
      {"a power change of a host that does not exist",
       [](P& p, V& v, R&) {
         p.power.push_back({HostId{static_cast<std::uint32_t>(v.hosts.size())}, true});
         return true;
       }},
      {"a host that takes no work",
       [](P& p, V& v, R& r) {
         const auto after = states_after(p, v);
         return misplace(p, v, r, [&](const HostView& host, const Placement&) {
           return !accepts_work(after[host.id.value]);
         });
       }},
      {"a host that is too small",
       [](P& p, V& v, R& r) {
         return misplace(p, v, r, [&](const HostView& host, const Placement& placement) {
           return !can_ever_hold(v.type_of(host), fragment_of(p, v, placement));
         });
       }},
      {"a host that gets work turned off",
       [](P& p, V& v, R& r) {
         if (p.placements.empty()) return false;
         const HostId host = any_of(p.placements, r).host;
         std::erase(p.power, PowerChange{host, true});
         if (accepts_work(v.host(host).state)) p.power.push_back({host, false});
         return true;
       }},
      {"a host switched on that cannot be",
       [](P& p, V& v, R& r) { return switch_wrongly(p, v, r, true); }},
      {"a host switched off that cannot be",
       [](P& p, V& v, R& r) { return switch_wrongly(p, v, r, false); }},
      {"a strategy that does not exist",
       [](P& p, V&, R& r) {
         if (p.deployments.empty()) return false;
         any_of(p.deployments, r).strategy.value += 100;
         return true;
       }},
      {"a fragment that does not exist",
       [](P& p, V&, R& r) {
         if (p.placements.empty()) return false;
         any_of(p.placements, r).fragment.value += 100;
         return true;
       }},
      {"a workload that does not exist",
       [](P& p, V&, R& r) {
         if (p.placements.empty()) return false;
         any_of(p.placements, r).workload.value += 100'000;
         return true;
       }},
      {"a strategy changed",
       [](P& p, V& v, R&) {
         const auto has_one = std::ranges::find_if(
             v.workloads, [](const WorkloadView& entry) { return entry.strategy.has_value(); });
         if (has_one == v.workloads.end()) return false;
         p.deployments.push_back({has_one->workload.id, StrategyId{0}});
         return true;
       }},
      {"a task moved that has a host",
       [](P& p, V& v, R&) {
         for (const WorkloadView& entry : v.workloads) {
           for (const TaskView& task : entry.tasks) {
             if (!task.host) continue;
             p.placements.push_back({entry.workload.id, task.fragment, *task.host});
             return true;
           }
         }
         return false;
       }},
      {"a placed workload deferred too",
       [](P& p, V&, R& r) {
         if (p.placements.empty()) return false;
         p.deferrals.push_back({any_of(p.placements, r).workload, "to be sure"});
         return true;
       }},
      {"a workload with nothing to place deferred",
       [](P& p, V& v, R&) {
         const auto busy = std::ranges::find_if_not(v.workloads, is_waiting_for_a_host);
         if (busy == v.workloads.end()) return false;
         p.deferrals.push_back({busy->workload.id, "to be sure"});
         return true;
       }},
      {"a reason erased",
       [](P& p, V&, R& r) {
         if (p.deferrals.empty()) return false;
         any_of(p.deferrals, r).reason.clear();
         return true;
       }},
  };
}

TEST(FindViolationsProperty, EveryBrokenPlanIsReported) {
  std::map<std::string, int> times_broken;
  for (const Breakage& breakage : breakages()) times_broken[breakage.name] = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const Plan sound = PlainPlan(cluster.view).make();
    ASSERT_EQ(find_violations(sound, cluster.view), Violations{}) << "seed " << seed;
    RandomStream random = RandomStreams(seed).stream("breakage");
    for (const auto& [name, break_it] : breakages()) {
      Plan plan = sound;
      ClusterView view = cluster.view;
      if (!break_it(plan, view, random)) continue;
      ++times_broken[name];
      EXPECT_FALSE(find_violations(plan, view).empty()) << name << ", seed " << seed;
    }
  }
  for (const auto& [name, times] : times_broken) EXPECT_GE(times, 20) << name;
}

}  // namespace
}  // namespace scinet
