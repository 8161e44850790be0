// The training on images that are quickly learned: bright on top, bright below, or dark.
#include "learn/classifier_training.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace scinet {
namespace {

constexpr int kSize = 8;

LabelledImages striped_images(std::size_t count, std::uint64_t seed) {
  RandomStream random = RandomStreams(seed).stream("images");
  LabelledImages data{.size = kSize, .pixels = {}, .labels = {}};
  for (std::size_t i = 0; i < count; ++i) {
    const auto label = static_cast<std::uint8_t>(random.below(3));
    data.labels.push_back(label);
    for (int row = 0; row < kSize; ++row) {
      const bool bright = (label == 0 && row < 3) || (label == 1 && row >= kSize - 3);
      for (int column = 0; column < kSize; ++column) {
        const auto noise = static_cast<std::uint8_t>(random.below(60));
        data.pixels.push_back(static_cast<std::uint8_t>(bright ? 255 - noise : noise));
      }
    }
  }
  return data;
}

TrainingData striped_data() { return {striped_images(600, 1), striped_images(200, 2)}; }

ClassifierTraining quick_settings() {
  ClassifierTraining settings;
  settings.whole = {.size = kSize, .classes = 3, .convs = {{6, false}, {8, true}, {8, false}}};
  settings.student = {.size = kSize, .classes = 3, .convs = {{4, true}, {6, false}}};
  settings.branch = {{4, true}, {6, false}};
  settings.epochs = 4;
  settings.batch = 20;
  return settings;
}

void ignore(const TrainingProgress&) {}

// The definition of ConvClassifier, written out plainly: images in 0..1 to logits.
std::vector<float> plain_logits(const ConvClassifier& classifier, std::vector<float> values) {
  int size = classifier.shape.size;
  for (std::size_t layer = 0; layer < classifier.convs.size(); ++layer) {
    const int inputs = classifier.shape.inputs_of(layer);
    const ConvShape& shape = classifier.shape.convs[layer];
    const auto at = [&](const std::vector<float>& from, int channel, int row, int column) {
      const bool inside = row >= 0 && row < size && column >= 0 && column < size;
      return inside ? from[static_cast<std::size_t>((channel * size + row) * size + column)] : 0.0f;
    };
    std::vector<float> sums;
    for (int output = 0; output < shape.outputs; ++output) {
      for (int place = 0; place < size * size; ++place) {
        float sum = classifier.convs[layer].biases[static_cast<std::size_t>(output)];
        for (int tap = 0; tap < inputs * 9; ++tap) {
          const float weight =
              classifier.convs[layer].weights[static_cast<std::size_t>(output * inputs * 9 + tap)];
          sum += weight *
                 at(values, tap / 9, place / size + tap % 9 / 3 - 1, place % size + tap % 3 - 1);
        }
        sums.push_back(std::max(sum, 0.0f));
      }
    }
    values = sums;
    if (!shape.pool) continue;
    std::vector<float> pooled;
    for (int channel = 0; channel < shape.outputs; ++channel) {
      for (int row = 0; row < size; row += 2) {
        for (int column = 0; column < size; column += 2) {
          pooled.push_back(std::max(
              {at(values, channel, row, column), at(values, channel, row, column + 1),
               at(values, channel, row + 1, column), at(values, channel, row + 1, column + 1)}));
        }
      }
    }
    values = pooled;
    size /= 2;
  }

  const auto area = static_cast<std::size_t>(size * size);
  const std::size_t features = values.size() / area;
  std::vector<float> logits = classifier.head.biases;
  for (std::size_t place = 0; place < values.size(); ++place) {
    for (std::size_t c = 0; c < logits.size(); ++c) {
      logits[c] += classifier.head.weights[c * features + place / area] * values[place] /
                   static_cast<float>(area);
    }
  }
  return logits;
}

// Everything below needs libtorch.
class TrainingWithTorch : public testing::Test {
 protected:
  void SetUp() override {
    const Result<std::string> version = libtorch_version();
    if (!version) GTEST_SKIP() << version.error().message;
  }

  static TrainedClassifiers train(const ClassifierTraining& settings) {
    Result<TrainedClassifiers> trained = train_classifiers(striped_data(), settings, ignore);
    EXPECT_TRUE(trained.ok()) << trained.error().message;
    return std::move(trained).value();
  }
};

TEST_F(TrainingWithTorch, LearnsWhatCanBeLearned) {
  const TrainedClassifiers trained = train(quick_settings());
  EXPECT_GT(trained.whole->accuracy.value(), 0.97);
  EXPECT_GT(trained.student->accuracy.value(), 0.97);
  EXPECT_GT(trained.semantic->accuracy.value(), 0.97);
  EXPECT_EQ(trained.whole->accuracy.samples, 200);
}

TEST_F(TrainingWithTorch, LearnsFromTheTeacherAlone) {
  ClassifierTraining settings = quick_settings();
  settings.soft_share = 1.0;  // labels count for nothing
  const TrainedClassifiers trained = train(settings);
  EXPECT_GT(trained.student->accuracy.value(), 0.97);
  EXPECT_GT(trained.semantic->accuracy.value(), 0.97);
}

TEST_F(TrainingWithTorch, FoldsNormalisationWithoutChangingAnswers) {
  const TrainedClassifiers trained = train(quick_settings());
  const LabelledImages test = striped_data().test;
  for (const TrainedClassifier& model : {*trained.whole, *trained.student}) {
    ASSERT_TRUE(is_consistent(model.classifier));
    for (std::size_t i = 0; i < 20; ++i) {
      std::vector<float> image(kSize * kSize);
      write_varied(test.image(i), kSize, {}, image);
      const std::vector<float> plain = plain_logits(model.classifier, image);
      for (std::size_t c = 0; c < 3; ++c) {
        EXPECT_NEAR(plain[c], model.logits[i * 3 + c], 1e-4) << "image " << i << " class " << c;
      }
    }
  }
}

TEST_F(TrainingWithTorch, JoinsTheAnswersOfBranchesByTheirOdds) {
  const TrainedBranches semantic = *train(quick_settings()).semantic;
  ASSERT_EQ(semantic.groups.size(), 2u);
  ASSERT_EQ(semantic.branches.size(), 2u);
  const LabelledImages test = striped_data().test;
  for (std::size_t g = 0; g < 2; ++g) {
    const std::vector<int>& group = semantic.groups[g];
    const ConvClassifier& branch = semantic.branches[g];
    ASSERT_TRUE(is_consistent(branch));
    EXPECT_EQ(branch.shape, quick_settings().branch_for(group));
    EXPECT_EQ(branch.shape.classes, std::ssize(group) + 1);
    for (std::size_t i = 0; i < 20; ++i) {
      std::vector<float> image(kSize * kSize);
      write_varied(test.image(i), kSize, {}, image);
      const std::vector<float> own = plain_logits(branch, image);
      for (std::size_t k = 0; k < group.size(); ++k) {
        const auto label = static_cast<std::size_t>(group[k]);
        EXPECT_NEAR(own[k] - own.back(), semantic.logits[i * 3 + label], 1e-4)
            << "image " << i << " class " << label;
      }
    }
  }
}

TEST_F(TrainingWithTorch, RepeatsItselfExactlyForOneSeedOnly) {
  ClassifierTraining settings = quick_settings();
  settings.epochs = 1;
  const TrainedClassifiers first = train(settings);
  const TrainedClassifiers again = train(settings);
  EXPECT_EQ(first.whole->classifier, again.whole->classifier);
  EXPECT_EQ(first.student->classifier, again.student->classifier);
  EXPECT_EQ(first.semantic->branches, again.semantic->branches);
  EXPECT_EQ(first.semantic->groups, again.semantic->groups);
  settings.seed = 2;
  const TrainedClassifiers other = train(settings);
  EXPECT_NE(first.whole->classifier, other.whole->classifier);
  EXPECT_NE(first.student->classifier, other.student->classifier);
  EXPECT_NE(first.semantic->branches, other.semantic->branches);
}

TEST_F(TrainingWithTorch, TrainsOneAloneFromATeacher) {
  ClassifierTraining settings = quick_settings();
  settings.only = "whole";
  const TrainedClassifiers first = train(settings);
  ASSERT_TRUE(first.whole);
  EXPECT_FALSE(first.student || first.semantic);

  settings.teacher = first.whole->classifier;
  settings.soft_share = 1.0;  // labels count for nothing,
  settings.seed = 2;          // and a `whole` that starts elsewhere knows nothing
  settings.only = "semantic";
  const TrainedClassifiers second = train(settings);
  ASSERT_TRUE(second.semantic);
  EXPECT_FALSE(second.whole || second.student);
  EXPECT_GT(second.semantic->accuracy.value(), 0.97);
}

TEST_F(TrainingWithTorch, ReportsProgressFromNothingToDone) {
  ClassifierTraining settings = quick_settings();
  settings.epochs = 2;
  std::vector<double> done;
  std::vector<std::string> models;
  const auto note = [&](const TrainingProgress& progress) {
    done.push_back(progress.done);
    if (models.empty() || models.back() != progress.model) models.emplace_back(progress.model);
    EXPECT_TRUE(progress.epoch == 1 || progress.epoch == 2);
  };
  ASSERT_TRUE(train_classifiers(striped_data(), settings, note).ok());
  EXPECT_EQ(done.size(), 3u * 2u * (600 / 20));
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  EXPECT_GT(done.front(), 0.0);
  EXPECT_DOUBLE_EQ(done.back(), 1.0);
  EXPECT_EQ(models, (std::vector<std::string>{"whole", "student", "semantic"}));
}

TEST(ClassifierTraining, RefusesWhatNoTrainingCanFollow) {
  const auto message = [](const TrainingData& data, const ClassifierTraining& settings) {
    const Result<TrainedClassifiers> trained = train_classifiers(data, settings, ignore);
    return trained.ok() ? "" : trained.error().message;
  };
  ClassifierTraining settings = quick_settings();
  settings.epochs = 0;
  EXPECT_EQ(message(striped_data(), settings), "epochs is 0, it must be between 1 and 1000");
  settings = quick_settings();
  settings.batch = 1;
  EXPECT_EQ(message(striped_data(), settings), "batch is 1, it must be at least 2 images");
  settings.batch = 601;
  EXPECT_EQ(message(striped_data(), settings),
            "there are 600 images to train on and 200 to test on, at least a batch of 601 and one "
            "are needed");
  settings = quick_settings();
  settings.student.size = 28;
  EXPECT_EQ(message(striped_data(), settings),
            "images have 8 and 8 pixels a side, a classifier reads 28");
  settings = quick_settings();
  settings.teacher = ConvClassifier{};
  EXPECT_EQ(message(striped_data(), settings),
            "the model to learn from has not the shape of `whole`; train that one again");
  settings = quick_settings();
  settings.groups = 4;
  EXPECT_EQ(message(striped_data(), settings), "groups is 4, 3 classes can be divided into 2 to 3");
  settings = quick_settings();
  settings.whole.classes = 13;
  EXPECT_EQ(message(striped_data(), settings),
            "there are 13 classes, at most 12 can be divided into groups");
}

}  // namespace
}  // namespace scinet
