// What predictions are worth to the policies that search on them: each beats a random decision, and
// itself with its predictor replaced by noise, on the same requests. Shortened runs; the full ones
// are those of `scinet compare`.
#include <gtest/gtest.h>

#include <functional>

#include "platform/simulation.h"
#include "policy/baselines.h"
#include "policy/canonical_order.h"
#include "policy/predictive.h"
#include "policy/rules.h"

namespace scinet {
namespace {

using MakePolicy = std::function<std::unique_ptr<Policy>()>;

double mean_qos(const std::string& scenario, const MakePolicy& make) {
  constexpr std::uint64_t kSeeds = 3;
  const std::string root = SCINET_SOURCE_DIR;
  const auto loaded = load_scenario(root + "/scenarios/" + scenario + ".yaml", root + "/catalog");
  EXPECT_TRUE(loaded.ok());
  SimulationOptions options;
  options.horizon = Seconds(500);
  options.predict = false;
  double sum = 0.0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    DecisionMakers makers{{"policy", make()}, {"least-loaded", make_least_loaded()}};
    const auto result = simulate(loaded.value(), std::move(makers), seed, options);
    EXPECT_TRUE(result.ok());
    EXPECT_EQ(result.value().summary.fallbacks, 0);
    sum += result.value().summary.qos;
  }
  return sum / kSeeds;
}

SeriesPredictor noise() { return one_by_one(predict_noise(RandomStream(7))); }

std::unique_ptr<Policy> with_gillis(std::unique_ptr<ProvisioningRule> provisioning) {
  return in_canonical_order(compose(std::move(provisioning), gillis(), earliest_finish()));
}

std::unique_ptr<Policy> narya_guessing() {
  return in_canonical_order(
      compose(narya_by_noise(RandomStream(7)), most_accurate_in_time(), earliest_finish()));
}

void expect_worth(const std::string& scenario, const MakePolicy& predicting,
                  const MakePolicy& by_noise) {
  const double qos = mean_qos(scenario, predicting);
  EXPECT_GT(qos, mean_qos(scenario, by_noise)) << "than with noise for a prediction";
  EXPECT_GT(qos, mean_qos(scenario, make_random));
}

TEST(PredictionValue, AcoArima) {
  expect_worth("scinet-2023", make_acoarima, [] { return make_acoarima_with(noise()); });
}

// The reserve of CES hides what a steady demand is; a flash crowd tells.
TEST(PredictionValue, Ces) {
  expect_worth("burst", make_ces, [] { return make_ces_with(noise()); });
}

TEST(PredictionValue, Uahs) {
  expect_worth(
      "scinet-2023", [] { return with_gillis(uahs_provisioning()); },
      [] { return with_gillis(uahs_provisioning_with(noise())); });
}

TEST(PredictionValue, Cahs) {
  expect_worth(
      "scinet-2023", [] { return with_gillis(cahs_provisioning()); },
      [] { return with_gillis(cahs_provisioning_with(independent(noise()))); });
}

TEST(PredictionValue, Narya) { expect_worth("failures", make_narya, narya_guessing); }

}  // namespace
}  // namespace scinet
