// Breaks sound plans for random clusters in one random way each.
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "model/plan.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

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
    ASSERT_EQ(find_violations(sound, cluster.view), std::vector<std::string>{}) << "seed " << seed;
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
