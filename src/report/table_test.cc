#include "report/table.h"

#include <gtest/gtest.h>

#include "report/small_run.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

Summary measured() {
  const DecisionTotals decisions{.decisions = 3,
                                 .unsound_plans = 0,
                                 .fallbacks = 0,
                                 .deferrals = 2,
                                 .times = {10us, 20us, 30us}};
  return summarise(small_run(), decisions, {"small", "cosim", 7},
                   {.wrong_answers = 0, .accuracy = 0.75});
}

TEST(SummaryTable, ShowsMeasuredBesidePredicted) {
  Summary predicted = measured();
  predicted.clients = {};
  predicted.lost = 0;
  predicted.energy = Joules(765);
  predicted.cost = Dollars(0);
  predicted.response_s.p50 = 0.0421;
  predicted.accuracy = 0.8;
  predicted.qos += 0.01;
  predicted.decision_us.p50 = 25.0;
  predicted.prediction.response.bias = -0.125;
  const SummaryColumn columns[] = {{"measured", measured()}, {"predicted", predicted}};

  EXPECT_EQ(summary_table(columns), R"(                         measured  predicted  difference
requests                        4          4           0
answered                        3          3           0
lost                            1          0          -1
answered twice                  0          0           0
wrong answers                   0          -           -
begun again                     1          1           0
energy              J       850.0      765.0     -10.0 %
cost                USD   0.01300          0    -100.0 %
hosts on, mean              1.300      1.300           0
response, mean      s       3.667      3.667           0
response, p50       s       3.000    0.04210     -98.6 %
response, p95       s       5.700      5.700           0
response, p99       s       5.940      5.940           0
past their SLO      %       50.00      50.00           0
accuracy            %       75.00      80.00    +5.00 pp
QoS                        0.5637     0.5737     +0.0100
  energy term              0.4250     0.4250           0
  cost term                0.6500     0.6500           0
  response term            0.4062     0.4062           0
  violation term           0.5000     0.5000           0
  inaccuracy term          0.2000     0.2000           0
decisions                       3          3           0
unsound plans                   0          0           0
fallbacks                       0          0           0
deferrals                       2          2           0
decision time, p50  us      20.00      25.00     +25.0 %
decision time, p95  us      29.00      29.00           0
bias of response    %           -     -12.50           -
bias of energy      %           -          -           -
bias of CPU time    %           -          -           -
)");
}

TEST(SummaryTable, OneRunHasNoDifferences) {
  const SummaryColumn columns[] = {{"cosim", measured()}};
  const std::string table = summary_table(columns);
  EXPECT_EQ(table.find("difference"), std::string::npos);
  EXPECT_NE(table.find("energy              J      850.0\n"), std::string::npos) << table;
}

TEST(SummaryTable, EveryFurtherRunHasItsDifferenceToTheFirst) {
  Summary other = measured();
  other.energy = Joules(425);
  const SummaryColumn columns[] = {{"a", measured()}, {"b", measured()}, {"c", other}};
  const std::string table = summary_table(columns);
  const std::size_t row = table.find("energy  ");
  ASSERT_NE(row, std::string::npos);
  const std::string line = table.substr(row, table.find('\n', row) - row);
  EXPECT_TRUE(line.ends_with("850.0           0    425.0     -50.0 %")) << line;
}

TEST(SummaryTable, SaysHowWellUtilisationWasForeseenWhereItWas) {
  Summary summary = measured();
  const SummaryColumn before[] = {{"cosim", summary}};
  EXPECT_EQ(summary_table(before).find("next utilisation"), std::string::npos);
  summary.next_utilisation = {
      .count = 20, .policy = 0.0625, .last_value = 0.125, .mean_of_3 = 0.25};
  const SummaryColumn columns[] = {{"scinet", summary}};
  EXPECT_NE(summary_table(columns).find("error of next utilisation  %       6.25\n"),
            std::string::npos)
      << summary_table(columns);
}

}  // namespace
}  // namespace scinet
