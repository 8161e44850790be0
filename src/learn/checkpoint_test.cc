#include "learn/checkpoint.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "learn/neural_policies.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

const std::vector<WeightShape> kShapes = {{"layer.weight", 2, 3}, {"layer.bias", 1, 3}};

Checkpoint small_checkpoint() {
  Checkpoint checkpoint{.policy = "gobi",
                        .command = "scinet train gobi --seed 7 --out here.json",
                        .seed = 7,
                        .held_out = {{"error", 0.25, 0.5, "mean \"of all\""}},
                        .weights = random_weights(kShapes, RandomStreams(7).stream("weights"))};
  round_to_float(checkpoint.weights);
  return checkpoint;
}

class CheckpointFile : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(directory_); }
  void TearDown() override { fs::remove_all(directory_); }

  void write(std::string_view text) const { std::ofstream(file_) << text; }
  std::string problem() const {
    const Result<Checkpoint> result = load_checkpoint(file_, "gobi", kShapes);
    return result ? "none" : result.error().message;
  }
  std::string with_remedy(std::string_view problem) const {
    return file_.string() + ": " + std::string(problem) + "; make the checkpoint with `" +
           training_command("gobi", 1, file_) + "`";
  }

  const fs::path directory_ =
      fs::temp_directory_path() /
      (std::string("checkpoint_") + testing::UnitTest::GetInstance()->current_test_info()->name());
  const fs::path file_ = directory_ / "gobi.json";
};

TEST_F(CheckpointFile, GivesBackWhatWasWritten) {
  write(to_json_text(small_checkpoint()));
  const Result<Checkpoint> loaded = load_checkpoint(file_, "gobi", kShapes);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded.value(), small_checkpoint());
}

TEST_F(CheckpointFile, SaysWhatIsWrongAndHowToMakeItAgain) {
  EXPECT_EQ(problem(), with_remedy("cannot be read"));

  const std::string text = to_json_text(small_checkpoint());
  write(text.substr(0, text.size() / 2));
  EXPECT_TRUE(problem().starts_with(file_.string() + ": is not a whole checkpoint (")) << problem();

  Checkpoint other = small_checkpoint();
  other.policy = "gosh";
  write(to_json_text(other));
  EXPECT_EQ(problem(), with_remedy("holds the weights of 'gosh', not of 'gobi'"));

  const std::string older = "\"version\": 0";
  write("{\n" + older + text.substr(2 + older.size()));
  EXPECT_EQ(problem(), with_remedy("is of version 0, this program reads version 1"));

  Checkpoint transposed = small_checkpoint();
  transposed.weights[0].values.transposeInPlace();
  write(to_json_text(transposed));
  EXPECT_EQ(problem(), with_remedy("weights 'layer.weight' are 3 x 2 with 6 numbers, the network "
                                   "needs 2 x 3"));

  Checkpoint renamed = small_checkpoint();
  renamed.weights[1].name = "other.bias";
  write(to_json_text(renamed));
  EXPECT_EQ(problem(), with_remedy("it lacks the weights 'layer.bias'"));
}

TEST_F(CheckpointFile, IsReadWhenThePolicyIsMade) {
  const PolicyCatalog catalog = neural_policies(directory_);
  for (const PolicyEntry& entry : catalog.entries()) {
    EXPECT_TRUE(entry.needs_training) << entry.name;
    const auto missing = entry.make();
    ASSERT_FALSE(missing) << entry.name;
    EXPECT_EQ(missing.error().code, ErrorCode::kNotFound) << entry.name;
  }
}

TEST(Checkpoints, OfThisRepositoryFitTheirPolicies) {
  const fs::path directory = fs::path(SCINET_SOURCE_DIR) / "catalog" / "checkpoints";
  const PolicyCatalog catalog = neural_policies(directory);
  for (const PolicyEntry& entry : catalog.entries()) {
    const auto made = entry.make();
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_LT(fs::file_size(directory / (std::string(entry.name) + ".json")), 200u * 1024u);
  }
  for (const auto& entry : catalog.rules().placement) EXPECT_TRUE(entry.make()) << entry.name;
}

}  // namespace
}  // namespace scinet
