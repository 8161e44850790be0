// What training exports and what ONNX Runtime then computes are the same thing, and the models
// in the catalog are as accurate as they say.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>

#include "learn/fashion_training.h"
#include "learn/onnx_export.h"
#include "serving/onnx_runtime.h"

namespace scinet {
namespace {

constexpr std::size_t kClasses = kFashionClasses;

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Tensor as_tensor(const LabelledImages& data) {
  std::vector<float> values(data.pixels.size());
  const std::size_t area = data.pixels.size() / data.count();
  for (std::size_t i = 0; i < data.count(); ++i) {
    write_varied(data.image(i), data.size, {}, std::span(values).subspan(i * area, area));
  }
  return {{static_cast<std::int64_t>(data.count()), 1, data.size, data.size}, std::move(values)};
}

// Needs the data set and the engine; each test says which one it misses.
class ExportedModels : public testing::Test {
 protected:
  void SetUp() override {
    Result<TrainingData> data = read_fashion_mnist(kFashionDirectory);
    if (!data) GTEST_SKIP() << data.error().message;
    data_ = std::move(data).value();
    const auto library =
        std::filesystem::path(SCINET_SOURCE_DIR) / "build/models/onnxruntime/libonnxruntime.so.1";
    Result<OnnxRuntime> runtime = OnnxRuntime::load(library);
    if (!runtime) GTEST_SKIP() << runtime.error().message;
    runtime_.emplace(std::move(runtime).value());
  }

  // [images, classes]
  std::vector<float> logits(const std::filesystem::path& model, const LabelledImages& images) {
    const Result<OnnxSession> session = runtime_->open(model);
    EXPECT_TRUE(session.ok()) << session.error().message;
    EXPECT_EQ(session.value().input_names(), std::vector<std::string>{"image"});
    EXPECT_EQ(session.value().output_names(), std::vector<std::string>{"logits"});
    const std::vector<Tensor> inputs = {as_tensor(images)};
    const Result<std::vector<Tensor>> outputs = session.value().run(inputs);
    EXPECT_TRUE(outputs.ok()) << outputs.error().message;
    const auto count = static_cast<std::int64_t>(images.count());
    EXPECT_EQ(outputs.value()[0].shape, (std::vector<std::int64_t>{count, kClasses}));
    return std::get<std::vector<float>>(outputs.value()[0].values);
  }

  TrainingData data_;
  std::optional<OnnxRuntime> runtime_;
};

double share_right(const std::vector<float>& logits, const LabelledImages& images) {
  int correct = 0;
  for (std::size_t i = 0; i < images.count(); ++i) {
    const float* const row = logits.data() + i * kClasses;
    correct += std::max_element(row, row + kClasses) - row == images.labels[i] ? 1 : 0;
  }
  return static_cast<double>(correct) / static_cast<double>(images.count());
}

std::map<std::string, std::string> properties_of(const std::filesystem::path& file) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(bytes_of(file))) << file;
  std::map<std::string, std::string> properties;
  for (const auto& property : model.metadata_props()) {
    properties[property.key()] = property.value();
  }
  return properties;
}

TEST_F(ExportedModels, OfTheCatalogAreAsAccurateAsTheySay) {
  const std::filesystem::path folder = std::filesystem::path(SCINET_SOURCE_DIR) / "catalog/models";
  std::map<std::string, double> accuracy;
  for (const std::string name : {"fashion.onnx", "fashion-small.onnx"}) {
    accuracy[name] = share_right(logits(folder / name, data_.test), data_.test);
    // Another processor may round differently and so decide a few close cases otherwise.
    EXPECT_NEAR(accuracy[name], std::stod(properties_of(folder / name).at("test_accuracy")), 0.001)
        << name;
  }
  EXPECT_GE(accuracy["fashion.onnx"], 0.915);
  EXPECT_GE(accuracy["fashion-small.onnx"], accuracy["fashion.onnx"] - 0.04);
}

TEST_F(ExportedModels, AnswerLikeTheNetworkThatWasTrained) {
  const TrainingData part{data_.train.first(4000), data_.test.first(1000)};
  FashionTraining settings;
  settings.epochs = 1;
  const Result<FashionClassifiers> trained =
      train_fashion(part, settings, [](const TrainingProgress&) {});
  if (!trained && trained.error().code == ErrorCode::kUnavailable) {
    GTEST_SKIP() << trained.error().message;
  }
  ASSERT_TRUE(trained.ok()) << trained.error().message;

  for (const TrainedClassifier& model : {trained.value().whole, trained.value().compression}) {
    const auto file = std::filesystem::path(testing::TempDir()) / "trained.onnx";
    std::ofstream(file, std::ios::binary) << to_onnx(model.classifier, {});
    const std::vector<float> served = logits(file, part.test);
    ASSERT_EQ(served.size(), model.logits.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < served.size(); ++i) {
      largest = std::max(largest, std::abs(double{served[i]} - double{model.logits[i]}));
    }
    EXPECT_LT(largest, 1e-4);
    EXPECT_GT(model.accuracy.value(), 0.3);  // it learned something: guessing gives 0.1
    EXPECT_NEAR(share_right(served, part.test), model.accuracy.value(), 0.002);
  }
}

}  // namespace
}  // namespace scinet
