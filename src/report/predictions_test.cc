#include "report/predictions.h"

#include <cmath>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "report/csv.h"
#include "report/small_run.h"

namespace scinet {
namespace {

// Two beats of 5 s on two hosts. Decision 0, at 5 s, places workloads 1 and 3 and predicts the
// beat from 5 to 10 s; decision 1, at 7 s, places workload 0; decision 2, at 10 s, predicts a beat
// whose end nobody sees.
std::vector<PredictionRecord> small_predictions() {
  PredictionLedger ledger;
  ledger.begin_beat(small_accounts(5).hosts);
  ledger.add(
      0, at_second(5),
      {.responses = {{WorkloadId{1}, Seconds(5)}, {WorkloadId{3}, Seconds(9)}},
       .beat = Prediction::Beat{
           .energy = Joules(500), .cost = Dollars(0.009), .cpu = {Seconds(3), Seconds(1.5)}}});
  ledger.add(1, at_second(7), {.responses = {{WorkloadId{0}, Seconds(3)}}, .beat = {}});
  ledger.begin_beat(small_accounts(10).hosts);
  ledger.add(2, at_second(10),
             {.responses = {},
              .beat = Prediction::Beat{
                  .energy = Joules(1), .cost = Dollars(1), .cpu = {Seconds(1), Seconds(1)}}});
  return std::move(ledger).finish(small_accounts(20).workloads);
}

TEST(PredictionLedger, PutsWhatHappenedBesideWhatWasPredicted) {
  RunRecord record;
  record.predictions = small_predictions();
  std::ostringstream csv;
  write_predictions_csv(csv, record);
  // Responses: workload 1 from 2 to 8 s, workload 0 from 1 to 3 s, workload 3 never. From 5 to 10
  // s: 700 - 300 and 150 J, 0.005 and 0.003 dollars, 6 - 2 and 1 core-seconds.
  EXPECT_EQ(csv.str(),
            "step,time_s,quantity,subject,predicted,observed\n"
            "0,5,response_s,1,5,6\n"
            "0,5,response_s,3,9,\n"
            "0,5,energy_j,,500,550\n"
            "0,5,cost_usd,,0.009,0.008\n"
            "0,5,cpu_core_s,0,3,4\n"
            "0,5,cpu_core_s,1,1.5,1\n"
            "1,7,response_s,0,3,2\n"
            "2,10,energy_j,,1,\n"
            "2,10,cost_usd,,1,\n"
            "2,10,cpu_core_s,0,1,\n"
            "2,10,cpu_core_s,1,1,\n");
}

TEST(PredictionErrors, CountWhatHasBothSides) {
  const PredictionErrors errors = prediction_errors(small_predictions());

  // 5 beside 6 and 3 beside 2: the errors cancel in the bias, not in the absolute error.
  EXPECT_EQ(errors.response.count, 2);
  EXPECT_DOUBLE_EQ(errors.response.mean_predicted, 4.0);
  EXPECT_DOUBLE_EQ(errors.response.mean_observed, 4.0);
  EXPECT_DOUBLE_EQ(errors.response.bias, 0.0);
  EXPECT_DOUBLE_EQ(errors.response.mean_absolute_error, 0.25);  // (1 + 1) / (6 + 2)

  EXPECT_EQ(errors.energy.count, 1);
  EXPECT_DOUBLE_EQ(errors.energy.bias, -50.0 / 550.0);
  EXPECT_NEAR(errors.cost.bias, 0.125, 1e-12);
  EXPECT_EQ(errors.cpu.count, 2);
  EXPECT_DOUBLE_EQ(errors.cpu.bias, -0.1);                // 4.5 beside 5
  EXPECT_DOUBLE_EQ(errors.cpu.mean_absolute_error, 0.3);  // (1 + 0.5) / 5
}

TEST(PredictionErrors, AreNullWithoutAnythingToCount) {
  const Json json = json_of(prediction_errors({}));
  for (const char* quantity : {"response_s", "energy_j", "cost_usd", "cpu_core_s"}) {
    EXPECT_EQ(json[quantity]["count"], 0) << quantity;
    EXPECT_TRUE(json[quantity]["bias"].is_null()) << quantity;
  }
}

TEST(PredictionErrors, HaveNoRatioToNothing) {
  // A host that did nothing, as predicted: both means are 0.
  const PredictionError error =
      prediction_errors({{.quantity = PredictedQuantity::kCpu, .predicted = 0.0, .observed = 0.0}})
          .cpu;
  EXPECT_EQ(error.count, 1);
  EXPECT_EQ(error.mean_observed, 0.0);
  EXPECT_TRUE(std::isnan(error.bias));
}

TEST(PredictionLedger, ADecisionWithoutASoundPlanLeavesAGap) {
  PredictionLedger ledger;
  ledger.begin_beat(small_accounts(5).hosts);  // nothing is predicted for this beat
  ledger.begin_beat(small_accounts(10).hosts);
  EXPECT_TRUE(std::move(ledger).finish({}).empty());
}

}  // namespace
}  // namespace scinet
