#include "learn/episode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "model/mean_work.h"
#include "model/qos.h"
#include "policy/baselines.h"
#include "twin/twin.h"

namespace scinet {
namespace {

// exp(N(0, deviation)).
double around_one(double deviation, RandomStream& random) {
  return std::exp(deviation * random.normal());
}

HostType varied(HostType type, RandomStream& random) {
  const int cores = 1 << random.below(4);
  const double size = static_cast<double>(cores) / static_cast<double>(type.cores);
  type.cores = cores;
  type.background = std::min(type.background, 0.2 * cores);
  type.speed = type.speed * around_one(0.4, random);
  type.memory = type.memory * (size * around_one(0.4, random));
  type.memory = std::max(type.memory, Mebibytes(1024));
  type.price = type.price * (size * around_one(0.3, random));
  const double power = std::sqrt(size) * around_one(0.3, random);
  for (Watts& point : type.power.points) point = point * power;
  type.boot_power = type.boot_power * power;
  type.boot_time = Seconds(random.uniform() < 0.3 ? 0.0 : 60.0 * random.uniform());
  if (type.burst && random.uniform() < 0.5) type.burst.reset();
  return type;
}

// Poisson, so that the work of requests is this share of what all hosts can do.
PoissonArrivals arrivals_for(const Scenario& scenario, double load, RandomStream& random) {
  double speed = 0.0;
  for (const HostTypeId host : scenario.hosts) {
    speed += scenario.catalogue.at(host).total_speed().value();
  }
  double work = 0.0;
  double weights = 0.0;
  for (const ApplicationMix& mix : scenario.mix) {
    work += mix.weight * mean_work(scenario.catalogue.at(mix.application)).value();
    weights += mix.weight;
  }
  PoissonArrivals arrivals;
  arrivals.rate = load * speed / (work / weights);
  arrivals.swing = random.uniform();
  arrivals.swing_period = Seconds(100.0 + 400.0 * random.uniform()) * (scenario.beat / Seconds(5));
  arrivals.burst_start = scenario.beat * (20.0 + 60.0 * random.uniform());
  arrivals.burst_length = scenario.beat * (5.0 + 15.0 * random.uniform());
  arrivals.burst_factor = 1.0 + 3.0 * random.uniform();
  return arrivals;
}

}  // namespace

Scenario varied(const Scenario& base, RandomStream random) {
  constexpr double kMostRequestsABeat = 12.0;
  Scenario scenario = base;
  scenario.cadence = Cadence::kInterval;
  for (HostType& type : scenario.catalogue.host_types) type = varied(std::move(type), random);
  for (Application& application : scenario.catalogue.applications) {
    const double factor = around_one(0.4, random);
    for (Strategy& strategy : application.strategies) {
      for (Fragment& fragment : strategy.fragments) {
        fragment.work.mean = fragment.work.mean * factor;
      }
    }
  }
  const std::size_t hosts = 4 + random.below(21);
  scenario.hosts.clear();
  for (std::size_t i = 0; i < hosts; ++i) {
    scenario.hosts.push_back(
        {static_cast<std::uint32_t>(random.below(scenario.catalogue.host_types.size()))});
  }
  scenario.hosts_on_at_start = static_cast<int>(1 + random.below(hosts));
  // Published and light loads are as frequent as heavy ones.
  const double load = 0.05 + 0.85 * random.uniform() * random.uniform();
  PoissonArrivals arrivals = arrivals_for(scenario, load, random);
  arrivals.rate = std::min(arrivals.rate, kMostRequestsABeat / scenario.beat.count());
  scenario.arrivals = arrivals;
  for (ApplicationMix& mix : scenario.mix) {
    const double factor = around_one(0.3, random);
    mix.slo_min *= factor;
    mix.slo_max *= factor;
    mix.slo_step = Seconds(0);
  }
  std::array<double, 5> weights{};
  double sum = 0.0;
  for (double& weight : weights) sum += weight = 0.1 + random.uniform();
  scenario.weights = {weights[0] / sum, weights[1] / sum, weights[2] / sum, weights[3] / sum,
                      weights[4] / sum};
  return scenario;
}

Accounts play(const Scenario& scenario, Policy& policy, int beats, const RandomStreams& streams,
              const OnDecision& on_decision) {
  Twin twin(scenario.catalogue, scenario.hosts, scenario.hosts_on_at_start, scenario.weights,
            {.beat = scenario.beat, .cadence = scenario.cadence}, streams);
  std::uint64_t decisions = 0;
  const auto decide = [&](DecisionsAsked asked) {
    const ClusterView view = twin.view(asked);
    DecisionContext context{.random = streams.stream("policy", decisions++)};
    const Plan plan = policy.decide(view, context);
    on_decision(view, plan);
    twin.apply(plan);
  };
  const std::vector<Request> requests = generate_requests(scenario, streams);
  std::size_t next = 0;
  for (int beat = 0; beat < beats; ++beat) {
    const SimTime now = to_sim_time(scenario.beat * beat);
    for (; next < requests.size() && requests[next].workload.arrival <= now; ++next) {
      const SimTime arrival = requests[next].workload.arrival;
      twin.run_until(arrival);
      twin.arrive(requests[next].workload, requests[next].size);
      if (scenario.cadence == Cadence::kArrival && arrival < now) {
        decide({.deployment = true, .placement = true});
      }
    }
    twin.run_until(now);
    decide(DecisionsAsked::all());
  }
  twin.run_until(to_sim_time(scenario.beat * beats));
  return twin.accounts();
}

double qos_of_run(const Scenario& scenario, Policy& policy, int beats,
                  const RandomStreams& streams) {
  const Accounts accounts =
      play(scenario, policy, beats, streams, [](const ClusterView&, const Plan&) {});
  const std::vector<HostAccount> nothing(scenario.hosts.size());
  const WindowTotals totals =
      window_totals(SimTime{0}, nothing, accounts, scenario.catalogue, scenario.hosts);
  return qos_score(qos_terms(totals), scenario.weights);
}

std::unique_ptr<Policy> teacher(std::size_t n) {
  constexpr std::array kTeachers{make_cosim, make_least_loaded, make_threshold, make_random};
  return kTeachers[n % kTeachers.size()]();
}

}  // namespace scinet
