#include "learn/imitation/shrinkage.h"

#include <string>

#include "learn/imitation/imitation_testing.h"
#include "learn/imitation/study.h"

namespace scinet {
namespace {

// Each head answers by one column alone: by the one that decides, or against it.
Weights going_by(std::array<double, kHeads> trust) {
  Weights weights = imitation_noise(1);
  for (std::size_t k = 0; k < kHeads; ++k) {
    const std::string name(to_string(static_cast<Head>(k)));
    weights_named(weights, name + ".out").setZero();
    Matrix& skip = weights_named(weights, name + ".skip");
    skip.setZero();
    skip(kDecisiveColumn[k], 0) = trust[k];
  }
  return weights;
}

TEST(Shrinkage, KeepsOfEachHeadWhatPaysOnOtherQuestions) {
  const std::vector<Lesson> lessons = made_up_lessons(20, 1);
  const Weights untrained = going_by({-1, 1, 1});
  const Weights trained = going_by({1, -1, 3});
  Weights weights = trained;
  const auto shares = shrink_heads(weights, untrained, lessons, {});
  EXPECT_EQ(shares[0], 1.0);   // it learned what is right
  EXPECT_EQ(shares[1], 0.25);  // it unlearned it: the last share at which it still decides so
  EXPECT_EQ(shares[2], 1.0);   // a tie
  const StudyReport report = examine(weights, lessons, {});
  for (const HeadReport& head : report.heads) EXPECT_EQ(head.regret, 0.0);
  EXPECT_GT(examine(trained, lessons, {}).heads[1].regret, 0.0);
}

TEST(Shrinkage, TakesBackWhatTheHiddenLayerAdds) {
  const std::vector<Lesson> lessons = made_up_lessons(20, 1);
  const Weights untrained = going_by({1, 1, 1});
  Weights weights = untrained;
  weights_named(weights, "host.out").setConstant(100.0);
  EXPECT_EQ(shrink_heads(weights, untrained, lessons, {})[2], 0.0);
  EXPECT_EQ(examine(weights, lessons, {}).heads[2].regret, 0.0);
}

}  // namespace
}  // namespace scinet
