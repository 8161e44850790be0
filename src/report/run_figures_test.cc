#include "report/run_figures.h"

#include <gtest/gtest.h>

#include "report/small_run.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

RunFigures small_figures() {
  const RunRecord record = small_run();
  const DecisionTotals decisions{.decisions = 2,
                                 .unsound_plans = 1,
                                 .fallbacks = 1,
                                 .deferrals = 3,
                                 .times = {10us, 20us, 30us}};
  return figures_of(record, summarise(record, decisions, {"small", "cosim", 7}));
}

std::optional<double> metric(const RunFigures& figures, std::string_view name) {
  return figures.metrics[metric_index(name)];
}

TEST(RunFigures, AreThoseOfTheSummary) {
  const RunFigures figures = small_figures();
  EXPECT_EQ(metric(figures, "requests"), 4.0);
  EXPECT_EQ(metric(figures, "lost"), 1.0);
  EXPECT_EQ(metric(figures, "energy_j"), 850.0);
  EXPECT_EQ(metric(figures, "energy_per_request_j"), 850.0 / 3.0);  // 3 were answered
  EXPECT_EQ(metric(figures, "slo_violation_ratio"), 0.5);
  EXPECT_EQ(metric(figures, "fallbacks"), 1.0);
  EXPECT_EQ(metric(figures, "deferrals"), 3.0);
  EXPECT_EQ(figures.decision_us, (DecisionTimeFigures{.mean = 20.0, .p50 = 20.0, .p95 = 29.0}));
}

TEST(RunFigures, TellHowTheRunWentFromBeatToBeat) {
  // Host 0 is on throughout and uses 2 then 4 core-seconds, host 1 is on for 3 s of the second beat
  // and uses 1; both have two cores.
  const BeatSeries series = small_figures().series;
  EXPECT_EQ(series.time, (std::vector<double>{5.0, 10.0}));
  EXPECT_EQ(series.hosts_on, (std::vector<double>{1.0, 8.0 / 5.0}));
  EXPECT_EQ(series.utilisation, (std::vector<double>{2.0 / 10.0, 5.0 / 16.0}));
  EXPECT_EQ(series.in_progress, (std::vector<double>{1.0, 1.0}));
  EXPECT_EQ(series.arrived, (std::vector<double>{2.0, 2.0}));
}

TEST(RunFigures, TellWhatBecameOfEachApplication) {
  const std::vector<ApplicationFigures> applications = small_figures().applications;
  ASSERT_EQ(applications.size(), 1u);
  EXPECT_EQ(applications[0].name, "blur, soft");
  EXPECT_EQ(applications[0].strategies, (std::vector<std::string>{"whole", "compression"}));
  EXPECT_EQ(applications[0].deployed, (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(applications[0].answered, 3);
  EXPECT_DOUBLE_EQ(*applications[0].response_mean, (2.0 + 6.0 + 3.0) / 3.0);
  EXPECT_DOUBLE_EQ(*applications[0].late, 2.0 / 4.0);  // one late, one never answered
}

TEST(RunFigures, AnApplicationThatNobodyAskedForHasNoResponse) {
  RunRecord record = small_run();
  record.workloads.clear();
  const RunFigures figures = figures_of(record, summarise(record, {}, {}));
  EXPECT_FALSE(figures.applications[0].response_mean.has_value());
  EXPECT_FALSE(figures.applications[0].late.has_value());
  EXPECT_FALSE(metric(figures, "response_mean_s").has_value());
  EXPECT_FALSE(metric(figures, "cost_per_request_usd").has_value());
}

TEST(RunFigures, ReadBackAsTheyWereWritten) {
  KeptRun kept{.key = "0123456789abcdef", .figures = small_figures()};
  kept.figures.metrics[0] = 0.1 + 0.2;
  kept.figures.metrics[1].reset();
  kept.figures.applications[0].late.reset();
  const Result<KeptRun> read = read_kept_run(text_of(kept), "1.json");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value(), kept);
}

TEST(RunFigures, WhatIsTornOrInconsistentIsRefused) {
  KeptRun kept{.key = "k", .figures = small_figures()};
  const std::string text = text_of(kept);
  EXPECT_FALSE(read_kept_run(text.substr(0, text.size() / 2), "1.json").ok());
  EXPECT_FALSE(read_kept_run("{}", "1.json").ok());
  kept.figures.series.arrived.pop_back();
  EXPECT_FALSE(read_kept_run(text_of(kept), "1.json").ok());
  kept = {.key = "k", .figures = small_figures()};
  kept.figures.applications[0].deployed.pop_back();
  const Result<KeptRun> read = read_kept_run(text_of(kept), "1.json");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message,
            "1.json: application 'blur, soft' has 2 strategies and 1 counts of them");
}

}  // namespace
}  // namespace scinet
