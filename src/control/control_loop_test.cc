#include "control/control_loop.h"

#include <gtest/gtest.h>

#include "control/scripted.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

// Host 1 is off and may not get work.
const Plan kSound = place_on(0);
const Plan kUnsound = place_on(1);

class ControlLoopTest : public testing::Test {
 protected:
  ControlLoop loop(DecisionMakers makers) {
    return {std::move(makers), platform_, RandomStreams(1), journal_,
            [this] { return time_ += 5us; }};
  }

  ScriptedPlatform platform_;
  Journal journal_;
  std::chrono::nanoseconds time_{0};
};

TEST_F(ControlLoopTest, AppliesASoundPlan) {
  ControlLoop control = loop(scripted(kSound, defer()));

  ASSERT_TRUE(control.step(DecisionsAsked::all()).ok());

  EXPECT_EQ(platform_.applied, std::vector{kSound});
  EXPECT_EQ(control.totals().decisions, 1);
  EXPECT_EQ(control.totals().unsound_plans, 0);
  EXPECT_EQ(control.totals().fallbacks, 0);
}

TEST_F(ControlLoopTest, NeverAppliesAnUnsoundPlanAndFallsBack) {
  ControlLoop control = loop(scripted(kUnsound, kSound));

  ASSERT_TRUE(control.step(DecisionsAsked::all()).ok());
  ASSERT_TRUE(control.step(DecisionsAsked::all()).ok());

  EXPECT_EQ(platform_.applied, (std::vector{kSound, kSound}));
  EXPECT_EQ(control.totals().unsound_plans, 2);
  EXPECT_EQ(control.totals().fallbacks, 2);
}

TEST_F(ControlLoopTest, APlanThatAnswersMoreThanAskedIsUnsound) {
  ControlLoop control = loop(scripted(kSound, {}));

  ASSERT_TRUE(control.step({.provisioning = true}).ok());

  EXPECT_EQ(platform_.applied, std::vector{Plan{}});
  EXPECT_EQ(control.totals().fallbacks, 1);
}

TEST_F(ControlLoopTest, APolicyThatThrowsCountsAsUnsound) {
  DecisionMakers makers = scripted({}, kSound);
  makers.policy.policy = std::make_unique<ThrowingPolicy>();
  ControlLoop control = loop(std::move(makers));

  ASSERT_TRUE(control.step(DecisionsAsked::all()).ok());

  EXPECT_EQ(platform_.applied, std::vector{kSound});
  EXPECT_EQ(control.totals().unsound_plans, 1);
}

TEST_F(ControlLoopTest, WithoutAnySoundPlanNothingIsApplied) {
  ControlLoop control = loop(scripted(kUnsound, kUnsound));

  const Status status = control.step(DecisionsAsked::all());

  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kInternal);
  EXPECT_NE(status.error().message.find("host 1"), std::string::npos) << status.error().message;
  EXPECT_TRUE(platform_.applied.empty());
  EXPECT_EQ(control.totals().unsound_plans, 2);
  EXPECT_EQ(control.totals().fallbacks, 0);
}

TEST_F(ControlLoopTest, APolicyIsNotAskedAboutAStaleView) {
  ControlLoop control = loop(scripted(kSound, defer()));
  ASSERT_TRUE(control.step(DecisionsAsked::all()).ok());
  platform_.is_stale = true;
  ASSERT_TRUE(control.step(DecisionsAsked::all()).ok());
  EXPECT_EQ(platform_.applied, (std::vector{kSound, defer()}));
  EXPECT_EQ(control.totals().fallbacks, 1);
  EXPECT_EQ(control.totals().unsound_plans, 1);

  // At an arrival the moment may be that of the beat.
  ASSERT_TRUE(control.step({.deployment = true, .placement = true}).ok());
  EXPECT_EQ(control.totals().fallbacks, 1);
  platform_.is_stale = false;
  ASSERT_TRUE(control.step(DecisionsAsked::all()).ok());
  EXPECT_EQ(control.totals().fallbacks, 1);
}

// Foresees a utilisation of 0.5 of host 0; fails its review at an arrival.
class ReviewingPolicy final : public Policy {
 public:
  Plan decide(const ClusterView&, DecisionContext& context) override {
    draws.push_back(context.random.next());
    return kSound;
  }
  std::string review(const ClusterView& view, DecisionContext& context) override {
    context.random.next();
    if (!view.asked.provisioning) throw std::runtime_error("no room");
    return "looks well";
  }
  std::span<const float> next_utilisation() const override { return next_; }

  std::vector<std::uint64_t> draws;

 private:
  std::vector<float> next_{0.5f, 0.0f};
};

TEST_F(ControlLoopTest, LetsAPolicyReviewItsDecisionOutsideOfItsTime) {
  DecisionMakers makers = scripted({}, {});
  auto policy = std::make_unique<ReviewingPolicy>();
  const std::vector<std::uint64_t>& draws = policy->draws;
  makers.policy.policy = std::move(policy);
  ControlLoop control = loop(std::move(makers));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(control.step(DecisionsAsked::all()).ok());

  EXPECT_EQ(control.totals().times, std::vector<std::chrono::nanoseconds>(2, 5us));
  EXPECT_EQ(draws[0], RandomStreams(1).stream("policy", 0).next());
  EXPECT_EQ(draws[1], RandomStreams(1).stream("policy", 1).next());
  const std::vector<UtilisationRecord> records = control.take_utilisation();
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].predicted, 0.5f);
  EXPECT_EQ(records[0].observed, 0.123456f);
  EXPECT_FALSE(records[2].is_observed());
}

TEST_F(ControlLoopTest, CountsDeferrals) {
  ControlLoop control = loop(scripted(defer(), {}));
  ASSERT_TRUE(control.step(DecisionsAsked::all()).ok());
  ASSERT_TRUE(control.step(DecisionsAsked::all()).ok());
  EXPECT_EQ(control.totals().deferrals, 2);
}

TEST_F(ControlLoopTest, ReportsWhatThePlatformRefuses) {
  ControlLoop control = loop(scripted(kSound, {}));
  platform_.refuses = true;

  const Status status = control.step(DecisionsAsked::all());

  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "host 0 does not answer");
  platform_.refuses = false;
  EXPECT_TRUE(control.step(DecisionsAsked::all()).ok());
}

TEST_F(ControlLoopTest, TimesEveryPolicyThatWasAsked) {
  ControlLoop sound = loop(scripted(kSound, {}));
  ASSERT_TRUE(sound.step(DecisionsAsked::all()).ok());
  EXPECT_EQ(sound.totals().times, std::vector<std::chrono::nanoseconds>{5us});

  ControlLoop unsound = loop(scripted(kUnsound, kSound));
  ASSERT_TRUE(unsound.step(DecisionsAsked::all()).ok());
  EXPECT_EQ(unsound.totals().times, std::vector<std::chrono::nanoseconds>{10us});
}

// Foresees 2 s for workload 7, and at beats half a core-second on host 0.
class ScriptedForesight final : public Foresight {
 public:
  Prediction predict(const ClusterView& view, const Plan& plan) override {
    ++asked;
    Prediction prediction;
    if (!plan.placements.empty()) prediction.responses = {{WorkloadId{7}, Seconds(2)}};
    if (view.asked.provisioning) {
      prediction.beat = {.energy = Joules(10), .cost = Dollars(1), .cpu = {Seconds(0.5)}};
    }
    return prediction;
  }

  int asked = 0;
};

TEST_F(ControlLoopTest, KeepsWhatWasPredictedBesideWhatHappened) {
  ScriptedForesight foresight;
  ControlLoop control(
      scripted(kSound, {}), platform_, RandomStreams(1), journal_, [this] { return time_ += 5us; },
      &foresight);
  platform_.used = {.energy = Joules(100), .cost = Dollars(2), .cpu = Seconds(1), .powered = {}};
  ASSERT_TRUE(control.step(DecisionsAsked::all()).ok());
  ASSERT_TRUE(control.step({.deployment = true, .placement = true}).ok());
  platform_.used = {.energy = Joules(112), .cost = Dollars(4), .cpu = Seconds(2), .powered = {}};
  ASSERT_TRUE(control.step(DecisionsAsked::all()).ok());
  EXPECT_EQ(foresight.asked, 3);

  WorkloadOutcome answered;
  answered.workload.id = WorkloadId{7};
  answered.finish = 3s;
  const auto records = control.take_predictions().finish({answered});
  const PredictionErrors errors = prediction_errors(records);
  EXPECT_EQ(errors.response.count, 3);  // each decision placed it again
  EXPECT_EQ(errors.response.mean_predicted, 2.0);
  EXPECT_EQ(errors.response.mean_observed, 3.0);
  EXPECT_EQ(errors.energy.count, 1);  // the second beat has no end yet
  EXPECT_EQ(errors.energy.mean_predicted, 10.0);
  EXPECT_EQ(errors.energy.mean_observed, 12.0);
  EXPECT_EQ(errors.cost.mean_observed, 2.0);
  EXPECT_EQ(errors.cpu.mean_observed, 1.0);
}

TEST_F(ControlLoopTest, ForesightIsNotPartOfTheDecisionTime) {
  ScriptedForesight foresight;
  ControlLoop control(
      scripted(kSound, {}), platform_, RandomStreams(1), journal_, [this] { return time_ += 5us; },
      &foresight);
  ASSERT_TRUE(control.step({.deployment = true, .placement = true}).ok());
  EXPECT_EQ(control.totals().times, std::vector<std::chrono::nanoseconds>{5us});
  EXPECT_EQ(time_, 20us);  // its own two looks at the clock
}

TEST_F(ControlLoopTest, NothingIsForeseenOfADecisionThatWasNotTaken) {
  ScriptedForesight foresight;
  ControlLoop control(
      scripted(kUnsound, kUnsound), platform_, RandomStreams(1), journal_,
      [this] { return time_ += 5us; }, &foresight);
  ASSERT_FALSE(control.step(DecisionsAsked::all()).ok());
  EXPECT_EQ(foresight.asked, 0);
  EXPECT_TRUE(control.take_predictions().finish({}).empty());
}

TEST(DecisionMakersTest, NameAPolicyOfTheCatalogAndFallBackOnLeastLoaded) {
  const Result<DecisionMakers> makers = make_decision_makers(builtin_policies(), "threshold");
  ASSERT_TRUE(makers.ok());
  EXPECT_EQ(makers.value().policy.name, "threshold");
  EXPECT_EQ(makers.value().fallback.name, "least-loaded");

  const Result<DecisionMakers> unknown = make_decision_makers(builtin_policies(), "best");
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message.find("least-loaded"), std::string::npos);
}

}  // namespace
}  // namespace scinet
