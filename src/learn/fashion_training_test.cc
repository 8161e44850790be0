// The training on images that are quickly learned: bright on top, bright below, or dark.
#include "learn/fashion_training.h"

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

FashionTraining quick_settings() {
  FashionTraining settings;
  settings.whole = {.size = kSize, .classes = 3, .convs = {{6, false}, {8, true}, {8, false}}};
  settings.compression = {.size = kSize, .classes = 3, .convs = {{4, true}, {6, false}}};
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
class FashionTrainingWithTorch : public testing::Test {
 protected:
  void SetUp() override {
    const Result<std::string> version = libtorch_version();
    if (!version) GTEST_SKIP() << version.error().message;
  }

  static FashionClassifiers train(const FashionTraining& settings) {
    Result<FashionClassifiers> trained = train_fashion(striped_data(), settings, ignore);
    EXPECT_TRUE(trained.ok()) << trained.error().message;
    return std::move(trained).value();
  }
};

TEST_F(FashionTrainingWithTorch, LearnsWhatCanBeLearned) {
  const FashionClassifiers trained = train(quick_settings());
  EXPECT_GT(trained.whole.accuracy.value(), 0.97);
  EXPECT_GT(trained.compression.accuracy.value(), 0.97);
  EXPECT_EQ(trained.whole.accuracy.samples, 200);
}

TEST_F(FashionTrainingWithTorch, LearnsFromTheTeacherAlone) {
  FashionTraining settings = quick_settings();
  settings.soft_share = 1.0;  // labels count for nothing
  EXPECT_GT(train(settings).compression.accuracy.value(), 0.97);
}

TEST_F(FashionTrainingWithTorch, FoldsNormalisationWithoutChangingAnswers) {
  const FashionClassifiers trained = train(quick_settings());
  const LabelledImages test = striped_data().test;
  for (const TrainedClassifier& model : {trained.whole, trained.compression}) {
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

TEST_F(FashionTrainingWithTorch, RepeatsItselfExactlyForOneSeedOnly) {
  FashionTraining settings = quick_settings();
  settings.epochs = 1;
  const FashionClassifiers first = train(settings);
  const FashionClassifiers again = train(settings);
  EXPECT_EQ(first.whole.classifier, again.whole.classifier);
  EXPECT_EQ(first.compression.classifier, again.compression.classifier);
  settings.seed = 2;
  const FashionClassifiers other = train(settings);
  EXPECT_NE(first.whole.classifier, other.whole.classifier);
  EXPECT_NE(first.compression.classifier, other.compression.classifier);
}

TEST_F(FashionTrainingWithTorch, ReportsProgressFromNothingToDone) {
  FashionTraining settings = quick_settings();
  settings.epochs = 2;
  std::vector<double> done;
  std::vector<std::string> models;
  const auto note = [&](const TrainingProgress& progress) {
    done.push_back(progress.done);
    if (models.empty() || models.back() != progress.model) models.emplace_back(progress.model);
    EXPECT_TRUE(progress.epoch == 1 || progress.epoch == 2);
  };
  ASSERT_TRUE(train_fashion(striped_data(), settings, note).ok());
  EXPECT_EQ(done.size(), 2u * 2u * (600 / 20));
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  EXPECT_GT(done.front(), 0.0);
  EXPECT_DOUBLE_EQ(done.back(), 1.0);
  EXPECT_EQ(models, (std::vector<std::string>{"whole", "compression"}));
}

TEST(FashionTraining, RefusesWhatNoTrainingCanFollow) {
  const auto message = [](const TrainingData& data, const FashionTraining& settings) {
    const Result<FashionClassifiers> trained = train_fashion(data, settings, ignore);
    return trained.ok() ? "" : trained.error().message;
  };
  FashionTraining settings = quick_settings();
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
  settings.compression.size = 28;
  EXPECT_EQ(message(striped_data(), settings),
            "images have 8 and 8 pixels a side, a classifier reads 28");
}

}  // namespace
}  // namespace scinet
