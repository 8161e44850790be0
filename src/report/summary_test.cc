#include "report/summary.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "report/small_run.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

DecisionTotals small_decisions() {
  return {.decisions = 3,
          .unsound_plans = 1,
          .fallbacks = 1,
          .deferrals = 2,
          .times = {10us, 20us, 30us}};
}

Summary small_summary() { return summarise(small_run(), small_decisions(), {"small", "cosim", 7}); }

TEST(Summary, EveryWorkloadIsCompletedOrLost) {
  const Summary summary = small_summary();
  EXPECT_EQ(summary.workloads, 4);
  EXPECT_EQ(summary.completed, 3);
  EXPECT_EQ(summary.lost, 1);
  EXPECT_EQ(summary.retried, 1);
}

TEST(Summary, ResponseIsThatOfEveryAnswer) {
  // Responses 2, 6 and 3 s; the p95 has rank 1.9 between 3 and 6.
  const Summary summary = small_summary();
  EXPECT_DOUBLE_EQ(summary.response_s.mean, 11.0 / 3.0);
  EXPECT_DOUBLE_EQ(summary.response_s.p50, 3.0);
  EXPECT_DOUBLE_EQ(summary.response_s.p95, 3.0 + 0.9 * 3.0);
}

TEST(Summary, LateAndLostBothMissTheSlo) {
  EXPECT_DOUBLE_EQ(small_summary().slo_violation_ratio, 2.0 / 4.0);
}

TEST(Summary, EnergyCostAndHostsAreThoseOfTheWindow) {
  const Summary summary = small_summary();
  EXPECT_EQ(summary.energy, Joules(850));
  EXPECT_DOUBLE_EQ(summary.cost.value(), 0.013);
  EXPECT_DOUBLE_EQ(summary.hosts_on_mean, 1.3);  // (10 s + 3 s) / 10 s
}

TEST(Summary, QosIsTheOneDefinitionOverTheWindow) {
  const Summary summary = small_summary();
  EXPECT_DOUBLE_EQ(summary.qos_terms.energy, 850.0 / 2000.0);
  EXPECT_DOUBLE_EQ(summary.qos_terms.cost, 0.013 / 0.020);
  // Responses or ages 2, 6, 1 and 4 s against 8 s.
  EXPECT_DOUBLE_EQ(summary.qos_terms.response, (2 + 6 + 1 + 4) / 8.0 / 4.0);
  EXPECT_DOUBLE_EQ(summary.qos_terms.violation, 1.0 / 2.0);
  EXPECT_DOUBLE_EQ(summary.qos_terms.inaccuracy, 1.0 - (0.9 + 0.9 + 0.6) / 3.0);
  EXPECT_DOUBLE_EQ(summary.qos, qos_score(summary.qos_terms, QosWeights{}));
}

TEST(Summary, AccuracyComesFromTheStrategiesUnlessAnswersHaveLabels) {
  EXPECT_DOUBLE_EQ(small_summary().accuracy, 0.8);
  EXPECT_EQ(small_summary().accuracy_source, "strategy table");

  const ClientFindings clients{.wrong_answers = 0, .accuracy = 0.75};
  const Summary labelled =
      summarise(small_run(), small_decisions(), {"small", "cosim", 7}, clients);
  EXPECT_DOUBLE_EQ(labelled.accuracy, 0.75);
  EXPECT_EQ(labelled.accuracy_source, "labelled answers");
}

TEST(Summary, WhatClientsMissedIsLostEvenIfThePlatformThinksItAnswered) {
  const auto with_clients = [](std::int64_t refused, std::int64_t unanswered) {
    return summarise(small_run(), {}, {"small", "cosim", 7},
                     {.refused = refused, .unanswered = unanswered});
  };
  // Four requests, of which the platform left one unanswered; two more were refused.
  const Summary refused = with_clients(2, 3);
  EXPECT_EQ(refused.workloads, 6);
  EXPECT_EQ(refused.lost, 3);
  EXPECT_EQ(refused.completed, 3);
  EXPECT_DOUBLE_EQ(refused.slo_violation_ratio, 4.0 / 6.0);  // one late, three lost

  EXPECT_EQ(with_clients(0, 0).lost, 1);
  EXPECT_EQ(with_clients(0, 2).lost, 2);
}

TEST(Summary, JsonHasTheKeysThatScriptsRead) {
  const Json json = json_of(small_summary());
  for (const char* key : {"scenario",   "policy",
                          "seed",       "horizon_s",
                          "workloads",  "completed",
                          "lost",       "duplicated",
                          "retried",    "energy_j",
                          "cost_usd",   "hosts_on_mean",
                          "response_s", "slo_violation_ratio",
                          "accuracy",   "accuracy_source",
                          "qos",        "qos_terms",
                          "decisions",  "violations",
                          "fallbacks",  "deferrals",
                          "decision_us"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_TRUE(json["qos"].is_number());
  EXPECT_EQ(json["violations"], 1);
  EXPECT_EQ(json["decision_us"]["p50"], 20.0);
  for (const char* key : {"mean", "p50", "p95", "p99"}) {
    EXPECT_TRUE(json["response_s"][key].is_number()) << key;
  }
  for (const char* key : {"energy", "cost", "response", "violation", "inaccuracy"}) {
    EXPECT_TRUE(json["qos_terms"][key].is_number()) << key;
  }
}

TEST(Summary, WrongAnswersAreNamedOnlyWhereAnswersWereCompared) {
  EXPECT_FALSE(json_of(small_summary()).contains("wrong_answers"));
  Summary compared = small_summary();
  compared.clients.wrong_answers = 0;
  EXPECT_EQ(json_of(compared)["wrong_answers"], 0);
}

TEST(Summary, ARunWithoutRequestsHasNoResponse) {
  const Catalogue catalogue = small_catalogue();
  RunRecorder recorder(catalogue, {HostTypeId{0}, HostTypeId{0}}, QosWeights{});
  Accounts accounts = small_accounts(5);
  accounts.workloads.clear();
  recorder.beat(small_view(catalogue, 5), accounts);
  const Summary summary = summarise(std::move(recorder).finish({}, {}), {}, {"empty", "p", 1});

  const Json json = json_of(summary);
  EXPECT_TRUE(json["response_s"]["mean"].is_null());
  EXPECT_TRUE(json["accuracy"].is_null());
  EXPECT_EQ(json["workloads"], 0);
}

}  // namespace
}  // namespace scinet
