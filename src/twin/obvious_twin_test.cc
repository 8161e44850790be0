// The twin against the same model in the obvious way: the two must agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "twin/obvious_twin.h"
#include "twin/twin_testing.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

HostType random_host(RandomStream& random) {
  HostType type = plain_host(1 + static_cast<int>(random.below(4)));
  type.speed = Mips(500.0 + random.uniform() * 1500.0);
  type.memory = Mebibytes(800);
  type.background = random.uniform() < 0.3 ? 0.0 : 0.5 * random.uniform();
  type.contention = random.uniform() < 0.3 ? 0.0 : 0.2 * random.uniform();
  type.bandwidth = BytesPerSecond(random.uniform() < 0.2 ? 0.0 : 1e6 * (1.0 + random.uniform()));
  type.latency = Seconds(random.uniform() < 0.3 ? 0.0 : 0.05 * random.uniform());
  type.power.points = {Watts(80), Watts(130), Watts(150), Watts(170)};
  return type;
}

Fragment random_fragment(RandomStream& random) {
  Fragment fragment = plain_fragment();
  fragment.work = {static_cast<WorkShape>(1 + random.below(3)), Mi(100.0 + random.uniform() * 900),
                   1.0 + random.uniform()};
  fragment.cores = 0.5 * static_cast<double>(1 + random.below(8));
  fragment.memory = Mebibytes(random.uniform() * 200);
  fragment.model_memory = Mebibytes(random.uniform() * 300);
  fragment.load_time = Seconds(random.uniform() < 0.3 ? 0.0 : random.uniform());
  fragment.load_work = Mi(random.uniform() < 0.3 ? 0.0 : random.uniform() * 800);
  fragment.output = Bytes(random.uniform() < 0.3 ? 0.0 : random.uniform() * 1e6);
  return fragment;
}

// On whole milliseconds. A delay of 0 only where no inputs arrive within a nanosecond of each
// other, as those of a batch do: the twin's rounding would decide who joins.
Batching random_batching(RandomStream& random, bool can_be_at_once) {
  Batching batch;
  batch.limit = 1 + static_cast<int>(random.below(5));
  const bool at_once = random.below(3) == 0 && can_be_at_once;
  batch.delay = at_once ? Seconds(0) : Seconds(0.001 * static_cast<double>(1 + random.below(1500)));
  batch.further_work = 0.2 + 0.8 * random.uniform();
  return batch;
}

// A chain, or branches and a merge.
Application random_application(RandomStream& random) {
  std::vector<Fragment> fragments(1 + random.below(4));
  const bool chain = random.uniform() < 0.5;
  for (std::uint32_t i = 0; i < fragments.size(); ++i) {
    fragments[i] = random_fragment(random);
    if (chain && i > 0) fragments[i].inputs = {FragmentId{i - 1}};
  }
  if (!chain) {
    for (std::uint32_t i = 0; i + 1 < fragments.size(); ++i) {
      fragments.back().inputs.push_back(FragmentId{i});
    }
  }
  for (Fragment& fragment : fragments) {
    fragment.batch = random_batching(random, fragment.inputs.empty());
  }
  return plain_application(fragments);
}

std::vector<PlacedRequest> random_requests(const Catalogue& catalogue, std::uint32_t hosts,
                                           RandomStream& random) {
  std::vector<PlacedRequest> requests(30);
  SimTime now{0};
  for (std::uint64_t id = 0; PlacedRequest & next : requests) {
    now += to_sim_time(Seconds(random.exponential(0.4)));
    const auto application = static_cast<std::uint32_t>(random.below(3));
    next.workload = request(id++, now, application, Bytes(random.uniform() * 5e5));
    next.hosts.resize(catalogue.applications[application].strategies[0].fragments.size());
    for (std::uint32_t& host : next.hosts) host = static_cast<std::uint32_t>(random.below(hosts));
  }
  return requests;
}

// Now and then a host is slow, loses its link, or both, and is well again some time after.
std::vector<HostChange> random_changes(std::uint32_t hosts, RandomStream& random) {
  std::vector<HostChange> changes;
  for (std::uint32_t host = 0; host < hosts; ++host) {
    SimTime now{0};
    for (int i = 0; i < 3; ++i) {
      now += to_sim_time(Seconds(random.exponential(3.0)));
      const bool slow = random.below(2) == 0;
      changes.push_back({.at = now,
                         .host = HostId{host},
                         .speed_factor = slow ? 0.2 + 0.8 * random.uniform() : 1.0,
                         .linked = slow && random.below(2) == 0});
      now += to_sim_time(Seconds(random.exponential(2.0)));
      changes.push_back({.at = now, .host = HostId{host}});
    }
  }
  std::ranges::stable_sort(changes, {}, &HostChange::at);
  return changes;
}

void make_changes(Twin& twin, std::span<const HostChange>& changes, SimTime until) {
  for (; !changes.empty() && changes.front().at <= until; changes = changes.subspan(1)) {
    const auto& [at, host, speed_factor, linked] = changes.front();
    twin.run_until(at);
    twin.set_speed_factor(host, speed_factor);
    twin.set_link(host, linked);
  }
}

void serve_all(Twin& twin, const std::vector<PlacedRequest>& requests,
               std::span<const HostChange> changes) {
  for (const auto& [workload, hosts] : requests) {
    make_changes(twin, changes, workload.arrival);
    twin.run_until(workload.arrival);
    twin.arrive(workload);
    Plan plan;
    plan.deployments.push_back({workload.id, StrategyId{0}});
    for (std::uint32_t i = 0; i < hosts.size(); ++i) {
      plan.placements.push_back({workload.id, FragmentId{i}, HostId{hosts[i]}});
    }
    twin.apply(plan);
  }
  make_changes(twin, changes, SimTime::max());
}

void expect_same_tasks(const Twin& twin, const ObviousTwin& obvious, std::uint64_t seed,
                       double tolerance) {
  for (const FinishedWorkload& entry : twin.finished().entries()) {
    const auto tasks = twin.finished().tasks(entry);
    for (std::uint32_t i = 0; i < tasks.size(); ++i) {
      const ObviousTwin::Outcome& other = obvious.outcomes.at({entry.workload.id.value, i});
      const auto near = [&](Seconds time, double expected) {
        EXPECT_NEAR(time.count(), expected, tolerance)
            << "seed " << seed << " workload " << entry.workload.id.value << " task " << i;
      };
      near(to_seconds(tasks[i].queued), other.queued);
      near(to_seconds(tasks[i].start), other.start);
      near(to_seconds(tasks[i].finish), other.finish);
      near(tasks[i].cpu, other.cpu);
      near(tasks[i].load, other.load);
    }
  }
}

// Runs the same requests on both and compares when they finish and what the hosts burn. Returns how
// many tasks ran in a batch as a further one.
std::size_t expect_agreement(const Catalogue& catalogue, std::uint64_t seed, RandomStream& random,
                             double tolerance) {
  const auto hosts = static_cast<std::uint32_t>(1 + random.below(4));
  std::vector<HostTypeId> types;
  for (std::uint32_t i = 0; i < hosts; ++i) {
    types.push_back(HostTypeId{static_cast<std::uint32_t>(random.below(2))});
  }
  const std::vector<PlacedRequest> requests = random_requests(catalogue, hosts, random);
  const std::vector<HostChange> changes = random_changes(hosts, random);
  Twin twin(catalogue, types, static_cast<int>(hosts), QosWeights{}, TwinSettings{},
            RandomStreams(seed));
  ObviousTwin obvious(catalogue, types, seed);
  serve_all(twin, requests, changes);
  twin.run_until(1000s);
  obvious.run(requests, changes, 1000.0);

  EXPECT_EQ(twin.finished().entries().size(), requests.size()) << "seed " << seed;
  EXPECT_EQ(obvious.finish.size(), requests.size()) << "seed " << seed;
  for (const auto& [id, finish] : obvious.finish) {
    EXPECT_NEAR(to_seconds(finish_of(twin, id).value_or(SimTime(0))).count(), finish, tolerance)
        << "seed " << seed << " workload " << id;
  }
  const Accounts accounts = twin.accounts();
  for (std::size_t i = 0; i < hosts; ++i) {
    const double energy = accounts.hosts[i].energy.value();
    EXPECT_NEAR(energy / obvious.energy(i), 1.0, 1e-10) << "seed " << seed << " host " << i;
    EXPECT_NEAR(accounts.hosts[i].cpu.count(), obvious.cpu(i), 1e-6) << "seed " << seed;
  }
  expect_same_tasks(twin, obvious, seed, tolerance);
  return obvious.further_members;
}

TEST(ObviousTwin, AgreesOnRandomClusters) {
  // The twin rounds every start of a task and every transfer to a whole nanosecond and what
  // follows inherits the difference: a few dozen nanoseconds in the end.
  std::size_t in_batches = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomStream random = RandomStreams(seed).stream("scenario");
    Catalogue catalogue;
    for (int i = 0; i < 2; ++i) catalogue.host_types.push_back(random_host(random));
    for (int i = 0; i < 3; ++i) catalogue.applications.push_back(random_application(random));
    in_batches += expect_agreement(catalogue, seed, random, 1e-7);
    if (HasFailure()) return;
  }
  EXPECT_GT(in_batches, 1000u);
}

TEST(ObviousTwin, AgreesToHalfANanosecondWhereOnlyCoresAreShared) {
  // Nothing follows a completion but the shares of the others, and these keep its exact moment.
  std::size_t in_batches = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomStream random = RandomStreams(seed).stream("cores");
    Catalogue catalogue;
    for (int i = 0; i < 2; ++i) {
      catalogue.host_types.push_back(random_host(random));
      catalogue.host_types.back().bandwidth = BytesPerSecond(0);
      catalogue.host_types.back().latency = Seconds(0);
    }
    for (int i = 0; i < 3; ++i) {
      Fragment fragment = random_fragment(random);
      fragment.memory = fragment.model_memory = Mebibytes(0);
      fragment.load_time = Seconds(0);
      fragment.load_work = Mi(0);
      fragment.batch = random_batching(random, true);
      catalogue.applications.push_back(plain_application({fragment}));
    }
    in_batches += expect_agreement(catalogue, seed, random, 0.5001e-9);
    if (HasFailure()) return;
  }
  EXPECT_GT(in_batches, 500u);
}

}  // namespace
}  // namespace scinet
