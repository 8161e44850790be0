#include "platform/local/direct_run.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "serving/examples.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

Catalogue blur_only() {
  Strategy whole;
  whole.name = "whole";
  whole.fragments.resize(1);
  whole.fragments[0].name = "blur";
  Catalogue catalogue;
  catalogue.applications.push_back({.name = "blur", .strategies = {whole}});
  return catalogue;
}

constexpr ModelId kBlur{ApplicationId{0}, StrategyId{0}, FragmentId{0}};

TEST(DirectRun, TellsTheAnswerAndTheWorkOfEveryInput) {
  const auto examples =
      load_examples("blur", std::filesystem::path(SCINET_SOURCE_DIR) / "data/inputs");
  ASSERT_TRUE(examples) << examples.error().message;
  std::vector<std::vector<LoadInput>> inputs(1);
  for (const Example& example : examples.value()) {
    inputs[0].emplace_back().bytes = example.bytes;
  }
  ApplicationSet applications("no models");
  // A clock that goes on by 1 ms whenever it is read, so each run seems to take 1 ms.
  std::chrono::nanoseconds time{0};
  std::size_t answers = 0;

  const auto run = run_directly(
      blur_only(), applications, inputs, [&time] { return time += 1ms; }, [&] { ++answers; });

  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(answers, inputs[0].size());
  const FragmentMeasurement& blur = run.value().fragments.at(kBlur);
  EXPECT_EQ(blur.cpu_s, std::vector<double>(inputs[0].size(), 0.001));
  EXPECT_EQ(blur.load, Seconds(0));  // it has no model
  for (const LoadInput& input : inputs[0]) {
    EXPECT_EQ(input.expected.at("whole"),
              applications.run_all("blur", "whole", input.bytes).value());
  }
}

TEST(DirectRun, NamesTheInputThatIsRefused) {
  std::vector<std::vector<LoadInput>> inputs(1);
  inputs[0].emplace_back().name = "broken.png";
  inputs[0].back().bytes = "no picture";
  ApplicationSet applications("no models");
  const auto run = run_directly(
      blur_only(), applications, inputs, [] { return 0ns; }, [] {});
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().message.find("broken.png"), std::string::npos) << run.error().message;
}

TEST(DirectRun, RefusesACatalogueOfOtherFragments) {
  Catalogue catalogue = blur_only();
  catalogue.applications[0].strategies[0].fragments[0].name = "smear";
  std::vector<std::vector<LoadInput>> inputs(1);
  inputs[0].emplace_back();
  ApplicationSet applications("no models");
  const auto run = run_directly(
      catalogue, applications, inputs, [] { return 0ns; }, [] {});
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().message.find("blur/whole has other fragments"), std::string::npos)
      << run.error().message;
}

TEST(DirectRun, MeasuresInTheUnitOfTheCatalogue) {
  DirectRun run;
  run.fragments[kBlur] = {.cpu_s = {0.01, 0.03}, .output = Bytes(500), .load = Seconds(0.1)};

  const Catalogue catalogue = with_measured_work(blur_only(), run, Mips(10'000));

  const Fragment& blur = catalogue.at(kBlur);
  // Mean 0.02 s of a core of 10000 MIPS; standard deviation 0.01 s, half of the mean.
  EXPECT_DOUBLE_EQ(blur.work.mean.value(), 200.0);
  EXPECT_DOUBLE_EQ(blur.work.variation, 0.5);
  EXPECT_EQ(blur.output, Bytes(500));
  EXPECT_DOUBLE_EQ(blur.load_work.value(), 1000.0);  // 0.1 s of that core
  EXPECT_EQ(blur.load_time, Seconds(0));
}

}  // namespace
}  // namespace scinet
