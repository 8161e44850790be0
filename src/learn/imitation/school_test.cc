// Lessons depend on the seed and the run, and on nothing else.
#include "learn/imitation/school.h"

#include <iterator>

#include "learn/imitation/imitation_testing.h"

namespace scinet {
namespace {

Scenario scenario_of(std::size_t run) {
  return small_scenario(run, run % 2 == 0 ? Cadence::kInterval : Cadence::kArrival);
}

SchoolSettings settings_for(Guidance guidance) {
  return {
      .guidance = guidance, .lesson = quick_lessons(), .beats = 10, .beats_apart = 3, .shape = {}};
}

std::vector<Lesson> lessons_of(std::size_t first, std::size_t last, Guidance guidance,
                               const Weights& network, std::uint64_t seed = 1) {
  return lessons_of_runs(first, last, scenario_of, settings_for(guidance), &network,
                         RandomStreams(seed));
}

class School : public testing::TestWithParam<Guidance> {
 protected:
  const Weights network_ = imitation_noise(1);
};

// A range of one run is one thread's work, one of six is everybody's.
TEST_P(School, GivesTheSameLessonsHoweverRunsAreSharedOut) {
  const std::vector<Lesson> together = lessons_of(2, 8, GetParam(), network_);
  std::vector<Lesson> one_by_one;
  for (std::size_t run = 2; run < 8; ++run) {
    std::ranges::move(lessons_of(run, run + 1, GetParam(), network_),
                      std::back_inserter(one_by_one));
  }
  EXPECT_GT(together.size(), 6u);
  EXPECT_TRUE(are_same(together, one_by_one));
  EXPECT_TRUE(are_same(together, lessons_of(2, 8, GetParam(), network_)));
  EXPECT_FALSE(are_same(together, lessons_of(2, 8, GetParam(), network_, 2)));
}

TEST_P(School, OfOneRunDependOnItsArgumentsAlone) {
  const auto once = [&](std::uint64_t seed) {
    return lessons_of_run(scenario_of(4), 4, settings_for(GetParam()), &network_,
                          RandomStreams(seed));
  };
  EXPECT_FALSE(once(1).empty());
  EXPECT_TRUE(are_same(once(1), once(1)));
  EXPECT_FALSE(are_same(once(1), once(2)));
}

TEST_P(School, KnowsOfEachHostHowItWasUsedNext) {
  for (const Lesson& lesson : lessons_of(2, 8, GetParam(), network_)) {
    ASSERT_EQ(lesson.next_utilisation.size(), static_cast<std::size_t>(lesson.rows.hosts.rows()));
    for (const float share : lesson.next_utilisation) {
      EXPECT_GE(share, 0.0f);
      EXPECT_LE(share, 1.0f);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Guidance, School,
                         testing::Values(Guidance::kTeacher, Guidance::kOwnAnswers,
                                         Guidance::kOwnRuns));

TEST(Schools, LearnersAskAfterTheirOwnAnswers) {
  const Weights one = imitation_noise(1);
  const Weights other = imitation_noise(2);
  const auto depends_on_the_network = [&](Guidance guidance) {
    return !are_same(lessons_of(2, 8, guidance, one), lessons_of(2, 8, guidance, other));
  };
  EXPECT_FALSE(depends_on_the_network(Guidance::kTeacher));
  EXPECT_TRUE(depends_on_the_network(Guidance::kOwnAnswers));
  EXPECT_TRUE(depends_on_the_network(Guidance::kOwnRuns));
}

TEST(Schools, TellWhatShareIsDone) {
  std::vector<double> shares;
  lessons_of_runs(0, 4, scenario_of, settings_for(Guidance::kTeacher), nullptr, RandomStreams(1),
                  [&](double share) { shares.push_back(share); });
  EXPECT_EQ(shares, (std::vector<double>{0.25, 0.5, 0.75, 1.0}));
}

}  // namespace
}  // namespace scinet
