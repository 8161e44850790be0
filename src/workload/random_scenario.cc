#include "workload/random_scenario.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/ensure.h"
#include "model/mean_work.h"
#include "workload/random_catalogue.h"

namespace scinet {
namespace {

int draw(Between<int> range, RandomDraws& random) { return random.whole(range.least, range.most); }

// Each type has at least one host; some types are frequent and some rare.
void add_hosts(Scenario& scenario, const RandomScenarioSettings& settings, RandomDraws random) {
  const int hosts = draw(settings.hosts, random);
  const auto types = static_cast<std::size_t>(std::min(draw(settings.host_types, random), hosts));
  for (std::size_t i = 0; i < types; ++i) {
    scenario.catalogue.host_types.push_back(
        random_host_type("type-" + std::to_string(i + 1), random));
    scenario.hosts.push_back({static_cast<std::uint32_t>(i)});
  }
  std::vector<double> until(types);  // cumulated shares
  double sum = 0.0;
  for (double& end : until) end = sum += random.between(0.05, 1.0);
  while (std::ssize(scenario.hosts) < hosts) {
    const auto chosen = std::ranges::upper_bound(until, sum * random.share());
    const auto type = std::min<std::size_t>(chosen - until.begin(), types - 1);
    scenario.hosts.push_back({static_cast<std::uint32_t>(type)});
  }
  random.shuffle(scenario.hosts);
  scenario.hosts_on_at_start = random.chance(0.4) ? hosts : random.whole(1, hosts);
}

double cores_for_tasks(const HostType& type) { return type.cores - type.background; }

// What all hosts can do in a second.
Mips capacity_of(const Scenario& scenario) {
  Mips sum;
  for (const HostTypeId host : scenario.hosts) {
    const HostType& type = scenario.catalogue.at(host);
    sum += type.speed * cores_for_tasks(type);
  }
  return sum;
}

template <class T>
T median(std::vector<T> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

TypicalHost typical_host(const Scenario& scenario) {
  std::vector<BytesPerSecond> links;
  std::vector<Mebibytes> memories;
  double cores = 0.0;
  TypicalHost typical;
  for (const HostTypeId host : scenario.hosts) {
    const HostType& type = scenario.catalogue.at(host);
    cores += cores_for_tasks(type);
    memories.push_back(type.memory);
    if (type.bandwidth > BytesPerSecond(0)) links.push_back(type.bandwidth);
  }
  typical.speed = capacity_of(scenario) * (1.0 / cores);
  typical.cores = cores / static_cast<double>(scenario.hosts.size());
  typical.memory = median(std::move(memories));
  typical.bandwidth = links.empty() ? BytesPerSecond(1.25e8) : median(std::move(links));
  return typical;
}

ApplicationMix mix_of(ApplicationId id, const Scenario& scenario, const TypicalHost& host,
                      RandomDraws& random) {
  Seconds alone{0};
  for (const Strategy& strategy : scenario.catalogue.at(id).strategies) {
    alone = std::max(alone, time_alone(strategy, host));
  }
  const Seconds wait = scenario.cadence == Cadence::kInterval ? scenario.beat / 2 : Seconds(0);
  ApplicationMix mix;
  mix.application = id;
  mix.weight = random.between(0.1, 1.0);
  mix.slo_min = wait + alone * random.log_between(1.2, 12);
  mix.slo_max = wait + (mix.slo_min - wait) * random.between(1.0, 20.0 / 12);
  mix.input = Bytes(host.bandwidth.value() * alone.count() * random.log_between(1e-5, 0.1));
  return mix;
}

// The work of an average request, such that `load` takes a number of requests a beat in the range
// that is wanted.
Mi work_for(double load, const Scenario& scenario, const TypicalHost& host,
            const RandomScenarioSettings& settings, RandomDraws& random) {
  const auto [least, most] = settings.requests_a_beat;
  const Mi core_beat = host.speed * scenario.beat;
  const Mi arriving = capacity_of(scenario) * scenario.beat * load;
  const double beats = arriving / core_beat / random.log_between(least, most);
  return core_beat * std::clamp(beats, settings.beats_of_work.least, settings.beats_of_work.most);
}

void add_applications(Scenario& scenario, double load, const RandomScenarioSettings& settings,
                      RandomDraws random) {
  const TypicalHost host = typical_host(scenario);
  const Mi work = work_for(load, scenario, host, settings, random);
  const int count = draw(settings.applications, random);
  for (int i = 0; i < count; ++i) {
    scenario.catalogue.applications.push_back(random_application(
        "application-" + std::to_string(i + 1), work * random.around_one(0.7), host, random));
    scenario.mix.push_back(mix_of({static_cast<std::uint32_t>(i)}, scenario, host, random));
  }
}

PoissonArrivals arrivals_for(const Scenario& scenario, double load,
                             const RandomScenarioSettings& settings, RandomDraws random) {
  Mi work;
  double weights = 0.0;
  for (const ApplicationMix& mix : scenario.mix) {
    work += mean_work(scenario.catalogue.at(mix.application)) * mix.weight;
    weights += mix.weight;
  }
  const Seconds alone = work * (1.0 / weights) / capacity_of(scenario);  // on all hosts at once
  const double rate = load / alone.count();
  PoissonArrivals arrivals;
  arrivals.rate = std::min(rate, settings.requests_a_beat.most / scenario.beat.count());
  if (random.chance(0.7)) arrivals.swing = random.share();
  arrivals.swing_period = scenario.beat * random.between(20, 120);
  if (random.chance(0.5)) {
    arrivals.burst_start = scenario.horizon * random.between(0.1, 0.8);
    arrivals.burst_length = scenario.beat * random.between(5, 20);
    arrivals.burst_factor = random.between(1.5, 4);
  }
  return arrivals;
}

QosWeights random_weights(RandomDraws random) {
  if (random.chance(1.0 / 3)) return {};
  std::vector<double> weights(5);
  double sum = 0.0;
  for (double& weight : weights) sum += weight = random.between(0.1, 1.1);
  for (double& weight : weights) weight /= sum;
  return {weights[0], weights[1], weights[2], weights[3], weights[4]};
}

// Each host has about one fault of a kind in a run or two.
std::vector<RandomFaults> random_faults(const Scenario& scenario, RandomDraws random) {
  std::vector<RandomFaults> faults;
  for (const FaultKind kind : {FaultKind::kCrash, FaultKind::kSlow, FaultKind::kUnlinked}) {
    if (!random.chance(0.6)) continue;
    faults.push_back({.kind = kind,
                      .mean_between = scenario.horizon * random.log_between(0.5, 10),
                      .mean_length = scenario.beat * random.log_between(1, 20),
                      .speed_factor = kind == FaultKind::kSlow ? random.between(0.2, 0.9) : 1.0});
  }
  return faults;
}

}  // namespace

Scenario random_scenario(const RandomScenarioSettings& settings, RandomStream random) {
  ensure(settings.hosts.least >= 1 && settings.host_types.least >= 1 &&
             settings.applications.least >= 1 && settings.beats >= 1,
         "a scenario has hosts, applications and beats");
  const RandomStreams streams(random.next());
  RandomDraws overall(streams.stream("overall"));
  Scenario scenario;
  scenario.name = "generated";
  scenario.summary = "hosts and applications made up from nothing";
  scenario.cadence = settings.cadence;
  scenario.beat = Seconds(overall.log_between(1, 10));
  scenario.horizon = scenario.beat * settings.beats;
  const double load = settings.load.least + (settings.load.most - settings.load.least) *
                                                overall.share() * overall.share();
  scenario.weights = random_weights(RandomDraws(streams.stream("weights")));
  add_hosts(scenario, settings, RandomDraws(streams.stream("hosts")));
  add_applications(scenario, load, settings, RandomDraws(streams.stream("applications")));
  scenario.arrivals =
      arrivals_for(scenario, load, settings, RandomDraws(streams.stream("arrivals")));
  if (overall.chance(settings.share_faulty)) {
    scenario.random_faults = random_faults(scenario, RandomDraws(streams.stream("faults")));
  }
  if (overall.chance(settings.share_at_once)) {
    for (HostType& type : scenario.catalogue.host_types) type.boot_time = Seconds(0);
  }
  return scenario;
}

}  // namespace scinet
