#include "report/strategy_use.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/small_run.h"

namespace scinet {
namespace {

TEST(StrategyUses, CountWhatWasChosenAndAnswered) {
  const std::vector<StrategyUse> uses = strategy_use(small_run());
  ASSERT_EQ(uses.size(), 2u);
  // Workloads 0 and 1 answered after 2 and 6 s, 2 after 3 s; 3 was never deployed.
  EXPECT_EQ(uses[0].strategy, "whole");
  EXPECT_EQ(uses[0].requests, 2);
  EXPECT_EQ(uses[0].answered, 2);
  EXPECT_DOUBLE_EQ(uses[0].mean_response_s, 4.0);
  EXPECT_EQ(uses[1].strategy, "compression");
  EXPECT_DOUBLE_EQ(uses[1].mean_response_s, 3.0);
}

TEST(StrategyUses, StandBesideWhatTheTwinForesaw) {
  const std::vector<StrategyUse> measured = strategy_use(small_run());
  std::vector<StrategyUse> predicted = {measured[0]};
  predicted[0].mean_response_s = 5.0;
  predicted.push_back({.application = "blur, soft", .strategy = "layer", .requests = 7});
  predicted.back().mean_response_s = std::numeric_limits<double>::quiet_NaN();
  const RightAnswers right = {{{"blur, soft", "whole"}, {.correct = 1, .samples = 2}}};
  EXPECT_EQ(
      strategy_table(measured, predicted, right),
      "             strategy      requests      twin   mean ms      twin right of labelled\n"
      "blur, soft   whole                2         2    4000.0    5000.0            1 of 2\n"
      "blur, soft   compression          1         0    3000.0         -                 -\n"
      "blur, soft   layer                0         7         -         -                 -\n");
  EXPECT_EQ(strategy_table({}, {}, right), "");

  const nlohmann::ordered_json json = strategies_json(measured, right);
  EXPECT_EQ(json[0]["right"], 1);
  EXPECT_FALSE(json[1].contains("right"));
  EXPECT_TRUE(strategies_json(predicted, right)[1]["mean_response_s"].is_null());
}

}  // namespace
}  // namespace scinet
