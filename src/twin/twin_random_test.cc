// Random sound plans and faults: what must hold at every moment of every run.
#include <gtest/gtest.h>

#include <algorithm>

#include "model/plan.h"
#include "twin/twin_testing.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

Catalogue random_catalogue(RandomStream& random) {
  Catalogue catalogue;
  for (int i = 0; i < 2; ++i) {
    HostType type = plain_host(1 + static_cast<int>(random.below(4)));
    type.memory = Mebibytes(500);
    type.boot_time = Seconds(random.below(2) == 0 ? 0.0 : random.uniform() * 8.0);
    type.boot_power = Watts(60);
    type.bandwidth = BytesPerSecond(random.below(3) == 0 ? 0.0 : 1e6);
    type.latency = Seconds(random.below(2) == 0 ? 0.0 : 0.1);
    type.price = DollarsPerHour(1);
    type.billing_increment = Seconds(random.below(2) == 0 ? 1 : 60);
    type.background = random.below(2) == 0 ? 0.0 : 0.3 * random.uniform();
    type.contention = random.below(2) == 0 ? 0.0 : 0.2 * random.uniform();
    if (random.below(2) == 0) {
      type.burst = BurstCredits{.baseline = 0.5,
                                .credits_per_hour = 30.0,
                                .initial_credits = 0.1,
                                .maximum_credits = 1.0};
      if (random.below(2) == 0) {
        type.burst->boost = 3.0;
        type.burst->stall = Seconds(random.uniform());
      }
    }
    catalogue.host_types.push_back(type);
  }
  for (int a = 0; a < 3; ++a) {
    std::vector<Fragment> fragments(1 + random.below(4));
    for (std::uint32_t i = 0; i < fragments.size(); ++i) {
      Fragment& fragment = fragments[i];
      fragment.work = {WorkShape::kExponential, Mi(1500), 1.0};
      fragment.cores = 0.5 * static_cast<double>(1 + random.below(4));
      fragment.memory = Mebibytes(random.uniform() * 250);
      fragment.model_memory = Mebibytes(random.uniform() * 250);
      fragment.load_time = Seconds(random.below(2) == 0 ? 0.0 : 1.0);
      fragment.load_work = Mi(random.below(2) == 0 ? 0.0 : 800.0);
      fragment.output = Bytes(random.uniform() * 1e6);
      fragment.batch = {.limit = 1 + static_cast<int>(random.below(5)),
                        .delay = Seconds(random.below(3) == 0 ? 0.0 : 3.0 * random.uniform()),
                        .further_work = 0.1 + 0.9 * random.uniform()};
      for (std::uint32_t k = 0; k < i; ++k) {
        const bool to_the_end = i + 1 == fragments.size();
        if (to_the_end || random.below(2) == 0) fragment.inputs.push_back(FragmentId{k});
      }
    }
    catalogue.applications.push_back(plain_application(fragments));
  }
  return catalogue;
}

// Some hosts switched, and everything that waits placed or put off at random.
Plan random_plan(const ClusterView& view, RandomStream& random, bool settle_all) {
  Plan plan;
  for (const HostView& host : view.hosts) {
    const bool off = host.state == HostState::kOff || host.state == HostState::kDraining;
    if (off && (settle_all || random.below(4) == 0)) plan.power.push_back({host.id, true});
    if (accepts_work(host.state) && !settle_all && random.below(8) == 0) {
      plan.power.push_back({host.id, false});
    }
  }
  std::vector<HostId> open;
  const std::vector<HostState> after = states_after(plan, view);
  for (const HostView& host : view.hosts) {
    if (accepts_work(after[host.id.value])) open.push_back(host.id);
  }
  for (const WorkloadView& entry : view.workloads) {
    const bool waits = !entry.strategy || std::ranges::any_of(entry.tasks, [](const TaskView& t) {
      return t.state == TaskState::kUnplaced;
    });
    if (!waits) continue;
    if (open.empty() || (!settle_all && random.below(5) == 0)) {
      plan.deferrals.push_back({entry.workload.id, "chance"});
      continue;
    }
    if (!entry.strategy) plan.deployments.push_back({entry.workload.id, StrategyId{0}});
    const auto& fragments = view.catalogue->at(entry.workload.application, StrategyId{0}).fragments;
    for (std::uint32_t i = 0; i < fragments.size(); ++i) {
      if (entry.strategy && entry.tasks[i].state != TaskState::kUnplaced) continue;
      plan.placements.push_back(
          {entry.workload.id, FragmentId{i}, open[random.below(open.size())]});
    }
  }
  return plan;
}

void expect_sound_state(const Twin& twin, std::uint64_t seed) {
  const ClusterView view = twin.view(DecisionsAsked::all());
  const std::vector<int> placed = tasks_per_host(view);
  for (const HostView& host : view.hosts) {
    EXPECT_EQ(twin.tasks_on(host.id), placed[host.id.value]) << "seed " << seed;
    EXPECT_LE(host.memory_used, view.type_of(host).memory + Mebibytes(1e-9)) << "seed " << seed;
    const auto& burst = view.type_of(host).burst;
    EXPECT_LE(host.utilisation, (burst ? burst->boost : 1.0) + 1e-9) << "seed " << seed;
    const bool dark = host.state == HostState::kOff || host.state == HostState::kFailed;
    if (!dark) continue;
    EXPECT_EQ(placed[host.id.value], 0) << "seed " << seed;
    EXPECT_EQ(host.memory_used, Mebibytes(0)) << "seed " << seed;
  }
  for (const WorkloadView& entry : view.workloads) {
    for (const TaskView& task : entry.tasks) {
      EXPECT_EQ(task.host.has_value(), task.state != TaskState::kUnplaced) << "seed " << seed;
      EXPECT_TRUE(task.progress >= 0.0 && task.progress <= 1.0) << "seed " << seed;
    }
  }
}

void expect_only_growth(const Accounts& before, const Accounts& after, std::uint64_t seed) {
  for (std::size_t i = 0; i < before.hosts.size(); ++i) {
    EXPECT_GE(after.hosts[i].energy, before.hosts[i].energy) << "seed " << seed;
    EXPECT_GE(after.hosts[i].cost, before.hosts[i].cost) << "seed " << seed;
    EXPECT_GE(after.hosts[i].cpu, before.hosts[i].cpu) << "seed " << seed;
    EXPECT_GE(after.hosts[i].powered, before.hosts[i].powered) << "seed " << seed;
  }
}

// A host crashes, becomes slow or as fast as ever, loses its link or gets it back.
void random_fault(Twin& twin, RandomStream& random) {
  const HostId host{static_cast<std::uint32_t>(random.below(4))};
  switch (random.below(3)) {
    case 0:
      return twin.fail(host, Seconds(10.0 * random.uniform()));
    case 1:
      return twin.set_speed_factor(host, random.below(2) == 0 ? 1.0 : 0.1 + random.uniform());
    default:
      return twin.set_link(host, random.below(2) == 0);
  }
}

void end_faults(Twin& twin) {
  for (std::uint32_t host = 0; host < 4; ++host) {
    twin.set_speed_factor(HostId{host}, 1.0);
    twin.set_link(HostId{host}, true);
  }
}

// One random step of a run: time, perhaps a fault, a request, a plan.
void random_step(Twin& twin, std::uint64_t& next_id, RandomStream& random) {
  twin.run_until(twin.now() + to_sim_time(Seconds(random.exponential(1.0))));
  if (random.below(4) == 0) random_fault(twin, random);
  const auto application = static_cast<std::uint32_t>(random.below(3));
  twin.arrive(request(next_id++, twin.now(), application, Bytes(random.uniform() * 5e5)));
  const ClusterView view = twin.view(DecisionsAsked::all());
  const Plan plan = random_plan(view, random, false);
  ASSERT_EQ(find_violations(plan, view), std::vector<std::string>{});
  twin.apply(plan);
}

// Everything that arrived is answered in the end, once.
void expect_all_answered(Twin& twin, std::uint64_t arrived, RandomStream& random,
                         std::uint64_t seed) {
  end_faults(twin);
  for (int i = 0; i < 100; ++i) {
    twin.run_until(twin.now() + 100s);
    const ClusterView view = twin.view(DecisionsAsked::all());
    if (view.workloads.empty()) break;
    twin.apply(random_plan(view, random, true));
  }
  const Accounts accounts = twin.accounts();
  ASSERT_EQ(accounts.workloads.size(), arrived) << "seed " << seed;
  for (std::uint64_t id = 0; id < arrived; ++id) {
    const WorkloadOutcome& outcome = accounts.workloads[id];
    EXPECT_EQ(outcome.workload.id.value, id) << "seed " << seed;
    ASSERT_TRUE(outcome.finish) << "seed " << seed << " workload " << id;
    EXPECT_GE(*outcome.finish, outcome.workload.arrival) << "seed " << seed;
    EXPECT_GE(outcome.attempts, 1) << "seed " << seed;
    for (const TaskOutcome& task : outcome.tasks) {
      EXPECT_GE(task.queued, outcome.deployed_at) << "seed " << seed;
      EXPECT_GE(to_seconds(task.start - task.queued), task.load) << "seed " << seed;
      EXPECT_GE(task.finish, task.start) << "seed " << seed;
      EXPECT_LE(task.finish, *outcome.finish) << "seed " << seed;
      EXPECT_GT(task.cpu, Seconds(0)) << "seed " << seed;
    }
  }
}

// What the tasks used is part of what the hosts did: the rest are services and lost attempts.
void expect_tasks_within_hosts(const Twin& twin, std::uint64_t seed) {
  const Accounts accounts = twin.accounts();
  std::vector<Seconds> used(accounts.hosts.size());
  for (const WorkloadOutcome& outcome : accounts.workloads) {
    for (const TaskOutcome& task : outcome.tasks) used[task.host.value] += task.cpu;
  }
  for (std::size_t i = 0; i < used.size(); ++i) {
    EXPECT_LE(used[i].count(), accounts.hosts[i].cpu.count() + 1e-6) << "seed " << seed;
  }
}

TEST(TwinRandom, HoldsItsPromises) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    RandomStream random = RandomStreams(seed).stream("promises");
    const Catalogue catalogue = random_catalogue(random);
    const std::vector<HostTypeId> types{HostTypeId{0}, HostTypeId{1}, HostTypeId{0}, HostTypeId{1}};
    TwinSettings settings;
    settings.repair_time = Seconds(5);
    Twin twin(catalogue, types, 2, QosWeights{}, settings, RandomStreams(seed));
    std::uint64_t arrived = 0;
    Accounts before = twin.accounts();
    for (int step = 0; step < 40; ++step) {
      random_step(twin, arrived, random);
      if (testing::Test::HasFatalFailure()) return;
      expect_sound_state(twin, seed);
      const Accounts after = twin.accounts();
      expect_only_growth(before, after, seed);
      before = after;
    }
    // The twin made from the view is as good a twin.
    Twin continued = Twin::from(twin.view(DecisionsAsked::all()), settings, RandomStreams(seed));
    expect_sound_state(continued, seed);
    end_faults(continued);
    const std::uint64_t unfinished = twin.view(DecisionsAsked::all()).workloads.size();
    for (int i = 0; i < 100; ++i) {
      continued.run_until(continued.now() + 100s);
      continued.apply(random_plan(continued.view(DecisionsAsked::all()), random, true));
    }
    EXPECT_EQ(continued.finished().entries().size(), unfinished) << "seed " << seed;

    expect_all_answered(twin, arrived, random, seed);
    expect_tasks_within_hosts(twin, seed);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(TwinRandom, AForkGoesItsOwnWayAndTheSame) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RandomStream random = RandomStreams(seed).stream("fork");
    const Catalogue catalogue = random_catalogue(random);
    Twin twin(catalogue, std::vector<HostTypeId>(4, HostTypeId{0}), 3, QosWeights{}, TwinSettings{},
              RandomStreams(seed));
    std::uint64_t next_id = 0;
    for (int step = 0; step < 20; ++step) random_step(twin, next_id, random);
    Twin fork = twin;
    RandomStream fork_random = random;
    std::uint64_t fork_id = next_id;
    for (int step = 0; step < 20; ++step) random_step(fork, fork_id, fork_random);
    for (int step = 0; step < 20; ++step) random_step(twin, next_id, random);
    EXPECT_EQ(twin.accounts().workloads, fork.accounts().workloads) << "seed " << seed;
    EXPECT_EQ(twin.accounts().hosts, fork.accounts().hosts) << "seed " << seed;
    EXPECT_EQ(twin.view(DecisionsAsked::all()).hosts, fork.view(DecisionsAsked::all()).hosts);
  }
}

}  // namespace
}  // namespace scinet
