#include "learn/conv_classifier.h"

#include <gtest/gtest.h>

#include "learn/trainable_applications.h"

namespace scinet {
namespace {

TEST(ConvClassifier, CountsParametersAndWork) {
  const ClassifierShape shape{.size = 4, .classes = 3, .convs = {{2, true}, {5, false}}};
  // Weights 9*1*2 + 9*2*5 + 5*3 = 123, biases 2 + 5 + 3 = 10.
  EXPECT_EQ(count_parameters(shape), 133);
  // 18 at 16 positions, 90 at the 4 left by the pool, 15 in the head: 288 + 360 + 15.
  EXPECT_EQ(count_multiply_adds(shape), 663);
}

TEST(ConvClassifier, KnowsWhetherItsVectorsFit) {
  ConvClassifier classifier{.shape = {.size = 4, .classes = 3, .convs = {{2, true}}},
                            .convs = {{std::vector<float>(18), std::vector<float>(2)}},
                            .head = {std::vector<float>(6), std::vector<float>(3)}};
  EXPECT_TRUE(is_consistent(classifier));
  classifier.convs[0].weights.pop_back();
  EXPECT_FALSE(is_consistent(classifier));
  classifier.convs.clear();
  EXPECT_FALSE(is_consistent(classifier));
}

TEST(TrainableApplications, HaveStrategiesThatDoMuchLessWork) {
  for (const TrainableApplication& application : trainable_applications()) {
    const ClassifierTraining& settings = application.settings;
    const auto whole = static_cast<double>(count_multiply_adds(settings.whole));
    EXPECT_LT(static_cast<double>(count_multiply_adds(settings.student)), 0.3 * whole);
    const std::vector<int> half(application.labels.size() / 2);
    const ClassifierShape branch = settings.branch_for(half);
    EXPECT_LT(static_cast<double>(count_multiply_adds(branch)), 0.4 * whole) << application.name;
    EXPECT_EQ(settings.whole.classes, std::ssize(application.labels));
    EXPECT_EQ(settings.student.classes, std::ssize(application.labels));
    EXPECT_EQ(branch.classes, std::ssize(half) + 1);
  }
}

}  // namespace
}  // namespace scinet
