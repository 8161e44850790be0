#include "profile/profiling.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace scinet {
namespace {

const std::filesystem::path kSource = SCINET_SOURCE_DIR;

class Profiling : public testing::Test {
 protected:
  Result<ApplicationProfile> profile(const std::string& name, const ProfileInputs& inputs) {
    const ApplicationSet applications(options_.models);
    return profile_application(*applications.find(name), inputs, options_,
                               [this](const std::string& strategy) { asked_.push_back(strategy); });
  }

  ProfileInputs examples(const std::string& name) {
    return {load_examples(name, kSource / "data/inputs").value(), "data/inputs"};
  }

  ProfilingOptions options_{.models = kSource / "build/models",
                            .caps = {{"small", 0.25}},
                            .most_inputs = 8,
                            .rounds = 2,
                            .passes = 2,
                            .patience = Seconds(5)};
  std::vector<std::string> asked_;
};

TEST_F(Profiling, MeasuresEveryStrategy) {
  if (!ApplicationSet(options_.models).find("fashion")->unavailable.empty()) {
    GTEST_SKIP() << "fashion is not available";
  }
  const ProfileInputs inputs = examples("fashion");
  const Result<ApplicationProfile> found = profile("fashion", inputs);
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_EQ(found.value().strategies.size(), asked_.size());
  EXPECT_GE(asked_.size(), 3u);
  for (const StrategyProfile& strategy : found.value().strategies) {
    ASSERT_TRUE(strategy.accuracy) << strategy.name;
    EXPECT_EQ(strategy.accuracy->samples, static_cast<std::int64_t>(inputs.examples.size()));
    EXPECT_GT(strategy.accuracy->value(), 0.8) << strategy.name;
    for (const FragmentProfile& fragment : strategy.fragments) {
      EXPECT_EQ(fragment.inputs_measured, 8u);
      EXPECT_GT(fragment.cpu_s.mean, 0.0) << strategy.name << fragment.name;
      EXPECT_LE(fragment.cpu_s.p50, fragment.cpu_s.p95);
      EXPECT_GT(fragment.load.count(), 0.0) << strategy.name << fragment.name;
      EXPECT_GT(fragment.model_memory, Bytes(0)) << strategy.name << fragment.name;
      EXPECT_GT(fragment.model_size, Bytes(100)) << strategy.name << fragment.name;
      EXPECT_GT(fragment.output, Bytes(10)) << strategy.name << fragment.name;
      ASSERT_TRUE(fragment.batch) << strategy.name << fragment.name << fragment.no_batch;
      ASSERT_EQ(fragment.batch->sizes.size(), 3u);
      for (const BatchWork& run : fragment.batch->sizes) EXPECT_GT(run.work, 0.0);
    }
    ASSERT_GE(strategy.latency.size(), 1u);
    EXPECT_EQ(strategy.latency[0].samples, 8u);
  }
  const auto named = [&](const std::string& name) -> const StrategyProfile& {
    return *std::ranges::find(found.value().strategies, name, &StrategyProfile::name);
  };
  EXPECT_EQ(named("layer").accuracy, named("whole").accuracy);
}

TEST_F(Profiling, MeasuresNoAccuracyWithoutLabels) {
  const Result<ApplicationProfile> found = profile("blur", examples("blur"));
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_FALSE(found.value().strategies.at(0).accuracy);
  EXPECT_FALSE(found.value().strategies.at(0).fragments.at(0).batch);
  EXPECT_EQ(found.value().strategies.at(0).fragments.at(0).no_batch,
            "blur/whole/0 works on one input at a time");
}

TEST_F(Profiling, SaysWhichInputIsRefused) {
  const Result<ApplicationProfile> found = profile("blur", {{{"odd.png", "no picture", ""}}, "x"});
  ASSERT_FALSE(found.ok());
  EXPECT_NE(found.error().message.find("blur cannot answer odd.png by 'whole'"), std::string::npos)
      << found.error().message;
  EXPECT_FALSE(profile("blur", {}).ok());
}

}  // namespace
}  // namespace scinet
