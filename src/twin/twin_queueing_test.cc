// The twin against mathematics: queues whose mean response is known in closed form, work that is
// neither lost nor made, and energy against an integration in small steps.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "twin/twin_testing.h"
#include "twin/work.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

// One host of `cores` cores; requests need one core for a second on average.
SmallWorld queue_world(int cores, WorkDistribution work) {
  SmallWorld world{.host = plain_host(cores)};
  world.fragments[0].work = work;
  return world;
}

using Route = std::vector<std::uint32_t>;  // the host of each fragment

// Mean response of the requests after the first fifth, in one run from empty hosts.
double mean_response(SmallWorld& world, const Route& route, double load, std::uint64_t tasks,
                     std::uint64_t seed) {
  world.seed = seed;
  world.settings.beat = Seconds(1e6);  // nobody looks at the views
  Twin twin = world.twin();
  const double rate = load * world.host.cores;
  RandomStream random = RandomStreams(seed).stream("arrivals");
  Seconds now{0};
  for (std::uint64_t id = 0; id < tasks; ++id) {
    now += Seconds(random.exponential(1.0 / rate));
    serve_at(twin, to_sim_time(now), id, route);
  }
  while (const auto next = twin.next_event()) twin.run_until(*next);
  double sum = 0.0;
  std::uint64_t counted = 0;
  for (const FinishedWorkload& entry : twin.finished().entries()) {
    if (entry.workload.id.value < tasks / 5) continue;
    sum += to_seconds(entry.finish - entry.workload.arrival).count();
    ++counted;
  }
  return sum / static_cast<double>(counted);
}

// Twenty independent runs must hold the expected mean in their 99 % confidence interval, and the
// interval must be narrow enough to mean something.
void expect_mean(SmallWorld world, double load, double expected, const Route& route = {0}) {
  constexpr std::size_t kRuns = 20;
  constexpr double kStudent = 2.861;  // t(0.995, 19)
  std::array<double, kRuns> means{};
  const std::uint64_t tasks = load > 0.8 ? 30'000 : 8'000;
  for (std::size_t run = 0; run < kRuns; ++run) {
    means[run] = mean_response(world, route, load, tasks, 1000 + run);
  }
  const double mean = std::accumulate(means.begin(), means.end(), 0.0) / kRuns;
  double squares = 0.0;
  for (const double value : means) squares += (value - mean) * (value - mean);
  const double half = kStudent * std::sqrt(squares / (kRuns - 1) / kRuns);
  EXPECT_NEAR(mean, expected, half) << "load " << load;
  EXPECT_LT(half, 0.1 * expected) << "load " << load;
}

constexpr WorkDistribution kExponentialSecond{WorkShape::kExponential, Mi(1000), 1.0};

// M/M/1-PS: T = E[S] / (1 - rho) (Kleinrock, Queueing Systems 2, 1976, sec. 4.4).
double single_server(double load) { return 1.0 / (1.0 - load); }

// M/M/c: T = E[S] + C(c, rho) / (c (1 - rho)) with Erlang's delay formula C, here from his loss
// formula B by recursion. With a cap of one core a task, sharing has the same numbers in system
// as first come first served, and so by Little's law the same mean.
double many_servers(int servers, double load) {
  const double offered = load * servers;
  double blocked = 1.0;
  for (int i = 1; i <= servers; ++i) blocked = offered * blocked / (i + offered * blocked);
  const double delayed = blocked / (1.0 - load * (1.0 - blocked));
  return 1.0 + delayed / (servers * (1.0 - load));
}

TEST(TwinQueueing, OneCoreIsMM1ProcessorSharing) {
  // 1.43, 2.5 and 10 s.
  for (const double load : {0.3, 0.6, 0.9}) {
    expect_mean(queue_world(1, kExponentialSecond), load, single_server(load));
  }
}

TEST(TwinQueueing, FourCoresAreMM4ProcessorSharing) {
  // 1.006, 1.08 and 2.97 s.
  for (const double load : {0.3, 0.6, 0.9}) {
    expect_mean(queue_world(4, kExponentialSecond), load, many_servers(4, load));
  }
}

TEST(TwinQueueing, ProcessorSharingIsInsensitiveToTheDistribution) {
  // M/G/1-PS has the mean of M/M/1-PS for every distribution of the work.
  for (const double load : {0.3, 0.6, 0.9}) {
    expect_mean(queue_world(1, {WorkShape::kConstant, Mi(1000), 0.0}), load, single_server(load));
    expect_mean(queue_world(1, {WorkShape::kHyperexponential, Mi(1000), 1.5}), load,
                single_server(load));
  }
}

TEST(TwinQueueing, ATandemOfTwoIsTwoQueues) {
  // The output of M/M/1 is Poisson again (Burke 1956), and both loads are the same: twice the mean.
  SmallWorld world = queue_world(1, kExponentialSecond);
  world.hosts = 2;
  world.hosts_on = 2;
  world.fragments.push_back(world.fragments[0]);
  world.fragments[1].inputs = {FragmentId{0}};
  for (const double load : {0.3, 0.6, 0.9}) {
    expect_mean(world, load, 2.0 * single_server(load), {0, 1});
  }
}

TEST(TwinQueueing, WorkIsConserved) {
  // The core-seconds used are the work that was asked for, over the speed.
  SmallWorld world = queue_world(3, {WorkShape::kLognormal, Mi(700), 1.5});
  world.fragments[0].cores = 2.0;
  Twin twin = world.twin();
  double asked = 0.0;
  RandomStream random(3);
  SimTime now{0};
  for (std::uint64_t id = 0; id < 1000; ++id) {
    now += to_sim_time(Seconds(random.exponential(0.3)));
    serve_at(twin, now, id, {0});
    asked +=
        draw_work(world.fragments[0].work, RandomStreams(world.seed), WorkloadId{id}, FragmentId{0})
            .value();
  }
  while (const auto next = twin.next_event()) twin.run_until(*next);
  EXPECT_NEAR(twin.accounts().hosts[0].cpu.count() / (asked / 1000.0), 1.0, 1e-12);
}

TEST(TwinQueueing, SplittingChangesNeitherEnergyNorCost) {
  SmallWorld whole = queue_world(2, {WorkShape::kConstant, Mi(1200), 0.0});
  whole.host.price = DollarsPerHour(1);
  SmallWorld split = whole;
  split.fragments.assign(4, plain_fragment(Mi(300)));
  for (std::uint32_t i = 1; i < 4; ++i) split.fragments[i].inputs = {FragmentId{i - 1}};
  Twin one = whole.twin();
  Twin four = split.twin();
  for (std::uint64_t id = 0; id < 20; ++id) {
    serve_at(one, id * 500ms, id, {0});
    serve_at(four, id * 500ms, id, {0, 0, 0, 0});
  }
  one.run_until(100s);
  four.run_until(100s);
  const HostAccount a = one.accounts().hosts[0];
  const HostAccount b = four.accounts().hosts[0];
  EXPECT_NEAR(a.energy.value(), b.energy.value(), 1e-6);
  EXPECT_EQ(a.cost, b.cost);
  EXPECT_NEAR(a.cpu.count(), b.cpu.count(), 1e-9);
}

TEST(TwinEnergy, AgreesWithSmallSteps) {
  // Tasks of random caps on one host, integrated in steps of 1 ms with a level found by trial.
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    RandomStream random(seed);
    SmallWorld world{.host = plain_host(3)};
    world.host.power.points = {Watts(50), Watts(120), Watts(150), Watts(160), Watts(200)};
    world.fragments[0].work.mean = Mi(1);
    world.more_applications.assign(2, plain_application(world.fragments));
    world.fragments[0].cores = 0.5;
    world.more_applications[0].strategies[0].fragments[0].cores = 1.5;
    world.more_applications[1].strategies[0].fragments[0].cores = 3.0;
    const std::array<double, 3> caps{0.5, 1.5, 3.0};

    struct Small {
      SimTime arrival;
      double left;
      double cap;
    };
    std::vector<Small> tasks;
    Twin twin = world.twin();
    SimTime now{0};
    for (std::uint64_t id = 0; id < 15; ++id) {
      now += to_sim_time(Seconds(random.exponential(0.5)));
      const auto application = static_cast<std::uint32_t>(random.below(3));
      const double work = random.exponential(1500.0);
      twin.run_until(now);
      twin.arrive(request(id, now, application), work);
      twin.apply(serve(id, {0}));
      tasks.push_back({now, work, caps[application]});
    }
    twin.run_until(30s);

    double energy = 0.0;
    for (SimTime time{0}; time < 30s; time += 1ms) {
      const auto runs = [&](const Small& task) { return task.arrival <= time && task.left > 0.0; };
      const auto busy_at = [&](double level) {
        double sum = 0.0;
        for (const Small& task : tasks) sum += runs(task) ? std::min(task.cap, level) : 0.0;
        return sum;
      };
      double level = 3.0;
      for (double below = 0.0; busy_at(level) > 3.0 + 1e-9;) {
        const double middle = (below + level) / 2.0;
        (busy_at(middle) < 3.0 ? below : level) = middle;
        if (level - below < 1e-12) break;
      }
      energy += world.host.power.at(busy_at(level) / 3.0).value() * 1e-3;
      for (Small& task : tasks) {
        if (runs(task)) task.left -= std::min(task.cap, level) * 1000.0 * 1e-3;
      }
    }
    // Each of 30 changes is seen at most a step late: 30 * 1 ms * 150 W = 4.5 J.
    EXPECT_NEAR(twin.accounts().hosts[0].energy.value(), energy, 4.5) << "seed " << seed;
  }
}

}  // namespace
}  // namespace scinet
