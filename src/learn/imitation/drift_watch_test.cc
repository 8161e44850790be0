#include "learn/imitation/drift_watch.h"

#include <gtest/gtest.h>

#include "tests/cluster_builder.h"

namespace scinet {
namespace {

// A cluster of one host whose utilisation is as told, beat by beat.
class DriftWatchTest : public testing::Test {
 protected:
  // Foresees so much of the next beat at each of these, each of which then shows so much.
  void beats(int count, double foreseen, double shown) {
    for (int i = 0; i < count; ++i) {
      watch_.foresee(view_, std::vector<float>{static_cast<float>(foreseen)});
      next_beat(shown);
      watch_.observe(view_);
    }
  }
  void next_beat(double utilisation) {
    view_.now += to_sim_time(view_.beat);
    view_.hosts[0].utilisation = utilisation;
  }
  bool is_relied_on() const { return watch_.reason().empty(); }

  TestCluster cluster_ =
      ClusterBuilder().type({}).application("app", {whole(Mi(1000))}).host("small").build();
  ClusterView view_ = cluster_.view;
  DriftWatch watch_{{.utilisation = 0.25, .over_last_value = 1.25, .regret = 0.1, .recovery = 0.8}};
};

TEST_F(DriftWatchTest, IsReliedOnUntilTheErrorPassesTheBound) {
  beats(40, 0.5, 0.3);
  EXPECT_TRUE(is_relied_on());
  EXPECT_NEAR(watch_.error(), 0.2, 1e-6);
  EXPECT_NEAR(watch_.last_value_error(), 0.0, 1e-6);
  beats(40, 0.6, 0.3);
  EXPECT_EQ(watch_.reason().substr(0, 53), "its predicted utilisation was off by 0.25 over 20 bea")
      << watch_.reason();
}

TEST_F(DriftWatchTest, IsReliedOnAgainOnlyWellBelowTheBound) {
  beats(20, 0.6, 0.3);
  ASSERT_FALSE(is_relied_on());
  beats(40, 0.52, 0.3);  // below the bound, not far
  EXPECT_FALSE(is_relied_on());
  beats(20, 0.48, 0.3);  // below 0.8 * 0.25
  EXPECT_TRUE(is_relied_on());
}

TEST_F(DriftWatchTest, SaysNothingBeforeHalfAWindowIsSeen) {
  beats(9, 1.0, 0.0);
  EXPECT_TRUE(is_relied_on());
  beats(1, 1.0, 0.0);
  EXPECT_FALSE(is_relied_on());
}

// Off by 0.5 at every beat, as is the guess that nothing changes.
TEST_F(DriftWatchTest, AClusterThatJumpsAboutIsHardToForeseeForEverybody) {
  for (int i = 0; i < 20; ++i) {
    beats(1, 0.25, 0.75);
    beats(1, 0.75, 0.25);
  }
  EXPECT_GT(watch_.error(), 0.25);
  EXPECT_TRUE(is_relied_on()) << watch_.reason();
}

TEST_F(DriftWatchTest, ABeatThatWasLeftOutIsNotCompared) {
  for (int i = 0; i < 40; ++i) {
    watch_.foresee(view_, std::vector<float>{1.0f});
    next_beat(0.0);
    next_beat(0.0);
    watch_.observe(view_);
  }
  EXPECT_TRUE(is_relied_on());
  EXPECT_EQ(watch_.error(), 0.0);
}

TEST_F(DriftWatchTest, NoticesRegretAndItsEnd) {
  for (int i = 0; i < 3; ++i) watch_.note_regret(0.5);
  EXPECT_TRUE(is_relied_on());  // 3 checks are few
  watch_.note_regret(0.5);
  EXPECT_EQ(watch_.reason(),
            "a search found plans 50.0 % better than its own, the mean of 4 checks; bound 10.0 %");
  for (int i = 0; i < 7; ++i) watch_.note_regret(0.03);
  EXPECT_FALSE(is_relied_on());  // (0.5 + 7 * 0.03) / 8 = 0.089
  watch_.note_regret(0.03);
  EXPECT_TRUE(is_relied_on());
}

TEST_F(DriftWatchTest, LuckOfSingleChecksEvensOut) {
  for (int i = 0; i < 40; ++i) watch_.note_regret(i % 2 == 0 ? 0.18 : -0.02);
  EXPECT_NEAR(watch_.regret(), 0.08, 1e-9);
  EXPECT_TRUE(is_relied_on());
}

// One reason does not hide that the other has gone.
TEST_F(DriftWatchTest, IsNotReliedOnWhileEitherReasonHolds) {
  for (int i = 0; i < 4; ++i) watch_.note_regret(0.5);
  beats(20, 1.0, 0.0);
  beats(40, 0.0, 0.0);
  EXPECT_NE(watch_.reason().find("a search found"), std::string::npos) << watch_.reason();
  for (int i = 0; i < 8; ++i) watch_.note_regret(0.0);
  EXPECT_TRUE(is_relied_on());
}

}  // namespace
}  // namespace scinet
