// What the trained policies do with the checkpoints of the repository: each where it differs from
// others, and against itself with noise in place of its predictor.
#include "learn/neural_rivals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "learn/checkpoint.h"
#include "learn/demand_network.h"
#include "learn/episode.h"
#include "learn/graf_network.h"
#include "learn/lstm.h"
#include "learn/neural_policies.h"
#include "learn/plan_network.h"
#include "policy/baselines.h"
#include "policy/rules.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = SCINET_SOURCE_DIR;

Weights trained(std::string_view policy, const std::vector<WeightShape>& shapes) {
  const fs::path file = kRoot / "catalog" / "checkpoints" / (std::string(policy) + ".json");
  return load_checkpoint(file, policy, shapes).value().weights;
}

Weights noise(const std::vector<WeightShape>& shapes) {
  return random_weights(shapes, RandomStreams(5).stream("noise"));
}

// Three times the published load with a burst, so that there is something to foresee.
Scenario busy_scenario() {
  Scenario scenario =
      load_scenario(kRoot / "scenarios" / "scinet-2023.yaml", kRoot / "catalog").value();
  PoissonArrivals arrivals;
  arrivals.rate = 0.67;
  arrivals.burst_start = Seconds(150);
  arrivals.burst_length = Seconds(75);
  arrivals.burst_factor = 3.0;
  scenario.arrivals = arrivals;
  return scenario;
}

// Mean QoS of whole runs over the same seeds.
template <class Make>
double mean_qos(const Make& make) {
  constexpr std::uint64_t kSeeds = 3;
  constexpr int kBeats = 80;
  const Scenario scenario = busy_scenario();
  double sum = 0.0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const std::unique_ptr<Policy> policy = make();
    sum += qos_of_run(scenario, *policy, kBeats, RandomStreams(seed));
  }
  return sum / static_cast<double>(kSeeds);
}

std::unique_ptr<Policy> after_cosim(std::unique_ptr<PlacementRule> rule) {
  return compose(cosim_provisioning(), most_accurate_in_time(), std::move(rule));
}

TEST(NeuralRivals, AreWorthMoreThanChanceAndThanTheirOwnNoise) {
  const double random = mean_qos(make_random);
  const auto semidirect = [](const Weights& weights) {
    return mean_qos([&] { return make_semidirect(weights); });
  };
  const auto decisionnn = [](const Weights& weights) {
    return mean_qos([&] { return make_decisionnn(weights); });
  };
  const auto gobi = [](const Weights& weights) {
    return mean_qos([&] { return after_cosim(make_gobi(weights)); });
  };
  const auto gosh = [](const Weights& weights) {
    return mean_qos([&] { return after_cosim(make_gosh(weights)); });
  };
  const auto compare = [&](std::string_view name, const auto& run,
                           const std::vector<WeightShape>& shapes) {
    const double with_prediction = run(trained(name, shapes));
    EXPECT_GT(with_prediction, random) << name;
    EXPECT_GT(with_prediction, run(noise(shapes))) << name;
  };
  const auto graf = [](const Weights& weights) {
    return mean_qos([&] { return make_graf(weights); });
  };
  compare("graf", graf, graf_network_shapes());
  compare("semidirect", semidirect, plan_network_shapes());
  compare("decisionnn", decisionnn, demand_network_shapes());
  compare("gobi", gobi, plan_network_shapes());
  compare("gosh", gosh, plan_network_shapes());
}

TEST(NeuralRivals, AcoLstmIsWorthMoreThanChance) {
  const Weights weights = trained("acolstm", lstm_shapes());
  EXPECT_GT(mean_qos([&] { return make_acolstm(weights); }), mean_qos(make_random));
}

// Somewhere among random clusters, every two of them decide differently.
TEST(NeuralRivals, DecideEachInItsOwnWay) {
  const PolicyCatalog catalog = neural_policies(kRoot / "catalog" / "checkpoints");
  const std::vector<PolicyEntry>& entries = catalog.entries();
  std::vector<std::vector<Plan>> plans(entries.size());
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      plans[i].push_back(decide_once(*entries[i].make().value(), cluster.view, seed));
    }
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(plans[i], plans[j]) << entries[i].name << " and " << entries[j].name;
    }
  }
}

}  // namespace
}  // namespace scinet
