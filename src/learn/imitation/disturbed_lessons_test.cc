// That nothing of a lesson is left to see, or that everything is there in another place.
#include "learn/imitation/disturbed_lessons.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "learn/imitation/study.h"

namespace scinet {
namespace {

FloatRows counted(Eigen::Index rows, Eigen::Index columns) {
  FloatRows counted(rows, columns);
  for (Eigen::Index i = 0; i < counted.size(); ++i) {
    counted.data()[i] = static_cast<float>(i + 1);
  }
  return counted;
}

// Sixteen answers on eight hosts; the worth of each is its first number.
Lesson lesson_to_disturb() {
  Lesson lesson;
  lesson.rows = {.hosts = counted(8, kHostColumns),
                 .requests = counted(5, kRequestColumns),
                 .cluster = counted(1, kClusterColumns)};
  for (int questions = 0; questions < 4; ++questions) {
    Question question;
    question.head = Head::kHost;
    question.answers = counted(4, kAnswerColumns[2]);
    question.answers.array() += static_cast<float>(1000 * questions);
    std::vector<double> worth;
    for (std::uint32_t i = 0; i < 4; ++i) {
      question.hosts.push_back(HostId{i});
      worth.push_back(question.answers(i, 0));
    }
    lesson.note(question, {0, 1, 2, 3}, worth);
  }
  return lesson;
}

template <typename Numbers>
std::vector<float> sorted(const Numbers& numbers) {
  std::vector<float> sorted(numbers.data(), numbers.data() + numbers.size());
  std::ranges::sort(sorted);
  return sorted;
}

TEST(DisturbedLessons, ShowNothing) {
  const std::vector<Lesson> blank = without_features({lesson_to_disturb()});
  EXPECT_TRUE(blank[0].rows.hosts.isZero());
  EXPECT_TRUE(blank[0].rows.requests.isZero());
  EXPECT_TRUE(blank[0].rows.cluster.isZero());
  EXPECT_EQ(std::ranges::count(blank[0].heads[2].answers, 0.0f), 16 * kAnswerColumns[2]);
  EXPECT_EQ(blank[0].heads[2].worth, lesson_to_disturb().heads[2].worth);
}

TEST(DisturbedLessons, ShowEachRowElsewhere) {
  const Lesson before = lesson_to_disturb();
  const std::vector<Lesson> after =
      with_shuffled_features({before}, RandomStreams(1).stream("shuffle"));
  EXPECT_NE(after[0].rows.hosts, before.rows.hosts);
  EXPECT_NE(after[0].rows.requests, before.rows.requests);
  EXPECT_NE(after[0].heads[2].answers, before.heads[2].answers);
  EXPECT_EQ(sorted(after[0].rows.hosts), sorted(before.rows.hosts));
  EXPECT_EQ(sorted(after[0].rows.requests), sorted(before.rows.requests));
  EXPECT_EQ(sorted(after[0].heads[2].answers), sorted(before.heads[2].answers));
  EXPECT_EQ(after[0].heads[2].worth, before.heads[2].worth);
}

// A network that answers by the first number is right as long as it sees it.
TEST(DisturbedLessons, MisleadANetworkThatDecidesByWhatItSees) {
  Weights weights = random_weights(imitation_shapes(), RandomStreams(1).stream("weights"));
  for (NamedMatrix& matrix : weights) {
    matrix.values.setZero();
    if (matrix.name == "host.skip") matrix.values(0, 0) = 1.0;
  }
  const std::vector<Lesson> lessons(20, lesson_to_disturb());
  const auto regret = [&](const std::vector<Lesson>& seen) {
    return examine(weights, seen, {}).heads[2].regret;
  };
  EXPECT_EQ(regret(lessons), 0.0);
  EXPECT_GT(regret(without_features(lessons)), 1.0);
  EXPECT_GT(regret(with_shuffled_features(lessons, RandomStreams(1).stream("shuffle"))), 1.0);
}

}  // namespace
}  // namespace scinet
