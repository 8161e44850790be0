// The twin against SimGrid 3.32, an engine of other people, where both have the same model.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "bench/anchor_job.h"
#include "tests/simgrid/comparison.h"

namespace scinet {
namespace {

constexpr double kNanoseconds = 1e9;
constexpr double kSpan = 10.0;  // seconds in which requests arrive

// Arrivals fall on whole nanoseconds, as the twin's do.
double on_nanoseconds(double seconds) { return std::round(seconds * kNanoseconds) / kNanoseconds; }

std::vector<double> random_arrivals(std::size_t count, double span, RandomStream& random) {
  std::vector<double> arrivals;
  while (arrivals.size() < count) {
    arrivals.push_back(on_nanoseconds(span * random.uniform()));
    // Now and then two at once.
    if (arrivals.size() < count && random.below(8) == 0) arrivals.push_back(arrivals.back());
  }
  std::ranges::sort(arrivals);
  return arrivals;
}

double between(double low, double high, RandomStream& random) {
  return low + (high - low) * random.uniform();
}

void expect_equal(const ComparedOutcome& twin, const ComparedOutcome& simgrid, double relative) {
  ASSERT_EQ(twin.finishes.size(), simgrid.finishes.size());
  ASSERT_EQ(twin.joules.size(), simgrid.joules.size());
  for (std::size_t i = 0; i < twin.finishes.size(); ++i) {
    EXPECT_NEAR(twin.finishes[i], simgrid.finishes[i], relative * simgrid.finishes[i])
        << "request " << i;
  }
  for (std::size_t i = 0; i < twin.joules.size(); ++i) {
    EXPECT_NEAR(twin.joules[i], simgrid.joules[i], relative * simgrid.joules[i]) << "host " << i;
  }
}

// One to four hosts of 1 to 8 cores, 5 to 60 tasks. Either tasks need whole cores and power jumps
// with the first busy core, or they need parts of one and power is one line.
ComparedScenario random_cores(RandomStream random) {
  ComparedScenario scenario;
  const bool whole_cores = random.below(2) == 0;
  const std::uint64_t hosts = 1 + random.below(4);
  for (std::uint64_t i = 0; i < hosts; ++i) {
    ComparedHost host;
    host.cores = static_cast<int>(1 + random.below(8));
    host.speed = std::round(between(0.5e9, 4e9, random));
    host.idle_watts = std::round(between(20, 200, random));
    host.low_watts =
        whole_cores ? host.idle_watts + std::round(between(0, 50, random)) : host.idle_watts;
    host.full_watts = host.low_watts + std::round(between(0, 300, random));
    scenario.hosts.push_back(host);
  }
  const std::size_t tasks = 5 + random.below(56);
  const double load = between(0.2, 3.0, random);
  for (const double arrival : random_arrivals(tasks, kSpan, random)) {
    ComparedStep step;
    step.host = random.below(hosts);
    const ComparedHost& host = scenario.hosts[step.host];
    const double share = static_cast<double>(tasks) / static_cast<double>(hosts);
    const double mean = load * kSpan * host.cores * host.speed / share;
    step.operations = random.below(6) == 0 ? 1e9 : std::ceil(random.exponential(mean));
    if (!whole_cores) step.cores = random.below(2) == 0 ? 0.5 : between(0.05, 1.0, random);
    scenario.requests.push_back({.arrival = arrival, .steps = {step}, .bytes = {0, 0}});
  }
  return scenario;
}

TEST(SimGrid, SharesCoresAndBurnsPowerAlike) {
  for (std::uint64_t seed = 0; seed < 220; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const ComparedScenario scenario = random_cores(RandomStreams(seed).stream("cores"));
    expect_equal(run_on_twin(scenario), run_on_simgrid(scenario), 1e-6);
    if (HasFailure()) return;
  }
}

// Requests from the client to a host and back: every flow has one link with a limit, its host's.
ComparedScenario random_clients(RandomStream random) {
  ComparedScenario scenario{.hosts = {}, .latency = between(0.0001, 0.05, random), .requests = {}};
  const std::uint64_t hosts = 1 + random.below(5);
  for (std::uint64_t i = 0; i < hosts; ++i) {
    scenario.hosts.push_back({.cores = static_cast<int>(1 + random.below(4)),
                              .bandwidth = std::round(between(1e6, 1e8, random))});
  }
  for (const double arrival : random_arrivals(5 + random.below(36), kSpan, random)) {
    const std::size_t host = random.below(hosts);
    // A link is busy for about half of the time, and so are the cores.
    const double bytes = std::ceil(random.exponential(0.1 * scenario.hosts[host].bandwidth * 5.0));
    scenario.requests.push_back(
        {.arrival = arrival,
         .steps = {{.host = host, .operations = std::ceil(random.exponential(0.5e9))}},
         .bytes = {bytes, std::ceil(bytes * between(0.1, 2.0, random))}});
  }
  return scenario;
}

// Many hosts send to one, or one to many. The one is the slowest, and each of the many has one flow
// at a time, so all flows are held back at the same end.
ComparedScenario random_fan(RandomStream random) {
  ComparedScenario scenario{.hosts = {}, .latency = between(0.0001, 0.05, random), .requests = {}};
  const bool gathers = random.below(2) == 0;
  const std::size_t many = 2 + random.below(9);
  const double slowest = std::round(between(1e6, 1e8, random));
  scenario.hosts.push_back({.cores = 8, .bandwidth = slowest});
  for (const double arrival : random_arrivals(many, kSpan / 4, random)) {
    const std::size_t host = scenario.hosts.size();
    scenario.hosts.push_back(
        {.cores = 2, .bandwidth = std::round(slowest * between(1.0, 4.0, random))});
    const ComparedStep there{.host = host, .operations = std::ceil(random.exponential(0.2e9))};
    const ComparedStep centre{.host = 0, .operations = std::ceil(random.exponential(0.2e9))};
    const double bytes = std::ceil(random.exponential(slowest));
    const std::vector<ComparedStep> steps =
        gathers ? std::vector{there, centre} : std::vector{centre, there};
    scenario.requests.push_back(
        {.arrival = arrival, .steps = steps, .bytes = {bytes / 4, bytes, bytes / 8}});
  }
  for (ComparedRequest& request : scenario.requests) {
    for (double& bytes : request.bytes) bytes = std::ceil(bytes);
  }
  return scenario;
}

TEST(SimGrid, TransfersBetweenClientsAndHostsAlike) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const ComparedScenario scenario = random_clients(RandomStreams(seed).stream("clients"));
    expect_equal(run_on_twin(scenario), run_on_simgrid(scenario), 1e-6);
    if (HasFailure()) return;
  }
}

TEST(SimGrid, TransfersBetweenHostsAlike) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const ComparedScenario scenario = random_fan(RandomStreams(seed).stream("fan"));
    expect_equal(run_on_twin(scenario), run_on_simgrid(scenario), 1e-6);
    if (HasFailure()) return;
  }
}

ComparedScenario scenario_of(const AnchorTrace& trace) {
  ComparedScenario scenario;
  // 100 W idle, then 140, 160, 180, 200 W.
  scenario.hosts.assign(trace.hosts, {.cores = static_cast<int>(trace.cores),
                                      .speed = static_cast<double>(trace.speed),
                                      .idle_watts = 100.0,
                                      .low_watts = 120.0,
                                      .full_watts = 200.0});
  for (const AnchorTask& task : trace.tasks) {
    const ComparedStep step{.host = task.host, .operations = static_cast<double>(task.operations)};
    scenario.requests.push_back({.arrival = task.arrival, .steps = {step}, .bytes = {0, 0}});
  }
  return scenario;
}

// What is left is rounding. The last completion may be off by half a nanosecond, in which the hosts
// are idle: 0.5e-9 s * 100 W of 278 s * 187 W, or 1e-12.
TEST(SimGrid, RunsTheAnchorJobAlike) {
  const AnchorTrace trace = make_anchor_trace({.hosts = 10, .cores = 4, .tasks = 10'000}, 1);
  AnchorJob job(trace, AnchorPlacement::kGiven);
  job.run();
  const ComparedOutcome simgrid = run_on_simgrid(scenario_of(trace));
  const std::vector<SimTime> finishes = job.finishes();
  for (std::size_t i = 0; i < finishes.size(); ++i) {
    ASSERT_NEAR(to_seconds(finishes[i]).count(), simgrid.finishes[i], 1e-9) << "task " << i;
  }
  const double joules = std::accumulate(simgrid.joules.begin(), simgrid.joules.end(), 0.0);
  EXPECT_NEAR(job.result().energy.value() / joules, 1.0, 1e-12);
}

}  // namespace
}  // namespace scinet
