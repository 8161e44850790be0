// A recorded run is learned from: less is lost on the part of it that was held out.
#include "learn/imitation/continued_training.h"

#include <fstream>

#include "learn/imitation/imitation_testing.h"
#include "report/view_file.h"

namespace scinet {
namespace {

class ContinuedTrainingTest : public InAFolder {
 protected:
  // A run of so many beats on a small cluster.
  void record(int beats, Cadence cadence = Cadence::kInterval) const {
    const Scenario scenario = small_scenario(3, cadence);
    Result<ViewWriter> writer = ViewWriter::open(folder_ / "views.jsonl", scenario.catalogue);
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    const auto policy = make_least_loaded();
    play(scenario, *policy, beats, RandomStreams(3),
         [&](const ClusterView& view, const Plan&) { ASSERT_TRUE(writer.value().add(view).ok()); });
  }
  ContinuedTraining training() const {
    return {.run = folder_,
            .from = {.policy = "scinet",
                     .command = "made up",
                     .seed = 5,
                     .held_out = {},
                     .settings = {{"attention", false}},
                     .data = "abc",
                     .weights = imitation_noise(1)},
            .seed = 2,
            .fit = {.epochs = 10, .batch = 8, .rate = 0.003, .decay = 0.01},
            .lesson = quick_lessons()};
  }
  std::string problem() const {
    const auto result = continue_imitation(training());
    return result ? "none" : result.error().message;
  }
};

TEST_F(ContinuedTrainingTest, LosesLessOnWhatWasHeldOutOfTheRun) {
  record(30);
  const Result<ContinuedResult> result = continue_imitation(training());
  ASSERT_TRUE(result.ok()) << result.error().message;
  // The last view has no next beat, and some have more open than a lesson takes.
  EXPECT_LE(result.value().lessons + result.value().held_out, 29u);
  EXPECT_GE(result.value().lessons + result.value().held_out, 16u);
  EXPECT_GE(result.value().held_out, 4u);
  EXPECT_LE(result.value().held_out, 8u);
  EXPECT_LT(lost_by_answers(result.value().after), lost_by_answers(result.value().before));
  EXPECT_LT(result.value().after.utilisation_error, result.value().before.utilisation_error);

  const Checkpoint& checkpoint = result.value().checkpoint;
  EXPECT_EQ(checkpoint.continued_from, "data abc, seed 5: made up");
  EXPECT_EQ(checkpoint.settings, training().from.settings);
  EXPECT_EQ(checkpoint.losses.size(), 10u);
  EXPECT_EQ(checkpoint.held_out[0].baseline, result.value().before.heads[0].regret);
  const Result<ContinuedResult> again = continue_imitation(training());
  EXPECT_EQ(again.value().checkpoint, checkpoint);
}

TEST_F(ContinuedTrainingTest, ALongRunIsThinnedOutAndAnArrivalIsALessonToo) {
  record(30, Cadence::kArrival);
  ContinuedTraining few = training();
  few.most_lessons = 20;
  few.fit.epochs = 1;
  const Result<ContinuedResult> result = continue_imitation(few);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result.value().lessons + result.value().held_out, 20u);
  few.most_lessons = 1000;
  EXPECT_GT(continue_imitation(few).value().lessons, 30u);
}

TEST_F(ContinuedTrainingTest, SaysHowARunIsRecordedWhereThisOneIsOfNoUse) {
  EXPECT_EQ(problem().find((folder_ / "views.jsonl").string() + " cannot be read; record a run"),
            0u)
      << problem();
  record(10);
  EXPECT_NE(problem().find("has 9 situations to learn from, at least 16"), std::string::npos)
      << problem();
  std::ofstream(folder_ / "views.jsonl") << "{\"version\":7,\"catalogue\":{}}\n";
  EXPECT_NE(problem().find("is of version 7"), std::string::npos) << problem();
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(problem().find(folder_.string() + " is not the folder of a run; record a run with "
                                              "`scinet simulate"),
            0u)
      << problem();
}

}  // namespace
}  // namespace scinet
