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

#include "learn/onnx_export.h"
#include "learn/trainable_applications.h"
#include "serving/onnx_runtime.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = SCINET_SOURCE_DIR;

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

fs::path written(const std::string& name, const std::string& bytes) {
  const fs::path file = fs::path(testing::TempDir()) / name;
  std::ofstream(file, std::ios::binary) << bytes;
  return file;
}

// The images [begin, end).
Tensor as_tensor(const LabelledImages& data, std::size_t begin, std::size_t end) {
  const std::size_t area = data.image(0).size();
  std::vector<float> values((end - begin) * area);
  for (std::size_t i = begin; i < end; ++i) {
    write_varied(data.image(i), data.size, {}, std::span(values).subspan((i - begin) * area, area));
  }
  return {{static_cast<std::int64_t>(end - begin), 1, data.size, data.size}, std::move(values)};
}

double share_right(const std::vector<float>& logits, const LabelledImages& images) {
  const std::size_t classes = logits.size() / images.count();
  int correct = 0;
  for (std::size_t i = 0; i < images.count(); ++i) {
    const float* const row = logits.data() + i * classes;
    correct += std::max_element(row, row + classes) - row == images.labels[i] ? 1 : 0;
  }
  return static_cast<double>(correct) / static_cast<double>(images.count());
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    largest = std::max(largest, std::abs(double{a[i]} - double{b[i]}));
  }
  return largest;
}

double stated_accuracy(const fs::path& file) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(bytes_of(file))) << file;
  for (const auto& property : model.metadata_props()) {
    if (property.key() == "test_accuracy") return std::stod(property.value());
  }
  ADD_FAILURE() << file << " states no accuracy";
  return 0.0;
}

// Needs the engine; each test says when it is missing.
class WithEngine : public testing::Test {
 protected:
  void SetUp() override {
    Result<OnnxRuntime> runtime =
        OnnxRuntime::load(kSource / "build/models/onnxruntime/libonnxruntime.so.1");
    if (!runtime) GTEST_SKIP() << runtime.error().message;
    runtime_.emplace(std::move(runtime).value());
  }

  OnnxSession open(const fs::path& model) const {
    Result<OnnxSession> session = runtime_->open(model);
    EXPECT_TRUE(session.ok()) << session.error().message;
    return std::move(session).value();
  }

  static Tensor run(const OnnxSession& session, const std::vector<Tensor>& inputs) {
    Result<std::vector<Tensor>> outputs = session.run(inputs);
    EXPECT_TRUE(outputs.ok()) << outputs.error().message;
    EXPECT_EQ(outputs.value().size(), 1u);
    return std::move(outputs).value()[0];
  }

  // What the last of `models` gives for all images, [images, classes]. It takes the outputs of the
  // others; they take the images, as it does when it is alone.
  std::vector<float> logits(const std::vector<fs::path>& models,
                            const LabelledImages& images) const {
    std::vector<OnnxSession> sessions;
    for (const fs::path& model : models) sessions.push_back(open(model));
    EXPECT_EQ(sessions.back().output_names(), std::vector<std::string>{"logits"});
    constexpr std::size_t kBatch = 500;
    std::vector<float> all;
    for (std::size_t begin = 0; begin < images.count(); begin += kBatch) {
      std::vector<Tensor> inputs = {
          as_tensor(images, begin, std::min(begin + kBatch, images.count()))};
      std::vector<Tensor> outputs;
      std::vector<std::string> names;
      for (std::size_t i = 0; i + 1 < sessions.size(); ++i) {
        outputs.push_back(run(sessions[i], inputs));
        names.push_back(sessions[i].output_names()[0]);
      }
      if (outputs.empty()) names = {"image"};
      EXPECT_EQ(sessions.back().input_names(), names);
      const Tensor answer = run(sessions.back(), outputs.empty() ? inputs : outputs);
      const auto& values = std::get<std::vector<float>>(answer.values);
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  }

  std::optional<OnnxRuntime> runtime_;
};

TEST_F(WithEngine, MergeTakesTheOthersFromEachClass) {
  const ClassGroups groups = {{0, 3}, {1, 2, 4}};
  const OnnxSession merge = open(written("merge.onnx", merge_to_onnx(groups, {})));
  // Two images: branch 1 says 0, 3, others; branch 2 says 1, 2, 4, others.
  const std::vector<Tensor> inputs = {
      {{2, 3}, std::vector<float>{5, 2, 1, 0, 0, -3}},
      {{2, 4}, std::vector<float>{4, 3, 2, 10, 0.5f, 0.25f, 0, -1}}};
  const Tensor merged = run(merge, inputs);
  EXPECT_EQ(merged.shape, (std::vector<std::int64_t>{2, 5}));
  EXPECT_EQ(std::get<std::vector<float>>(merged.values),
            (std::vector<float>{5 - 1, 4 - 10, 3 - 10, 2 - 1, 2 - 10,  //
                                0 + 3, 0.5f + 1, 0.25f + 1, 0 + 3, 0 + 1}));
}

// For every application that the project trains; needs its data.
class ExportedModels : public WithEngine, public testing::WithParamInterface<std::string_view> {
 protected:
  void SetUp() override {
    WithEngine::SetUp();
    if (IsSkipped()) return;
    Result<TrainingData> data = application_.read(kSource / application_.directory);
    if (!data) GTEST_SKIP() << data.error().message;
    data_ = std::move(data).value();
  }

  const TrainableApplication& application_ = trainable_application(GetParam());
  TrainingData data_;
};

TEST_P(ExportedModels, OfTheCatalogAreAsAccurateAsTheySay) {
  const fs::path folder = kSource / "catalog/models" / application_.name;
  const auto measured = [&](const std::vector<std::string>& names) {
    std::vector<fs::path> files;
    for (const std::string& name : names) files.push_back(folder / name);
    const double accuracy = share_right(logits(files, data_.test), data_.test);
    // Another processor may round differently and so decide a few close cases otherwise.
    for (const fs::path& file : files) EXPECT_NEAR(accuracy, stated_accuracy(file), 0.001) << file;
    return accuracy;
  };
  const double whole = measured({"whole.onnx"});
  EXPECT_GE(whole, 0.915);
  EXPECT_GE(measured({"student.onnx"}), whole - 0.04);
  EXPECT_GE(measured({"semantic-1.onnx", "semantic-2.onnx", "semantic-merge.onnx"}), whole - 0.03);
}

TEST_P(ExportedModels, AnswerLikeTheNetworksThatWereTrained) {
  const TrainingData part{data_.train.first(2000), data_.test.first(1000)};
  ClassifierTraining settings = application_.settings;
  settings.epochs = 1;
  settings.batch = 50;
  const Result<TrainedClassifiers> result =
      train_classifiers(part, settings, [](const TrainingProgress&) {});
  if (!result && result.error().code == ErrorCode::kUnavailable) {
    GTEST_SKIP() << result.error().message;
  }
  ASSERT_TRUE(result.ok()) << result.error().message;

  const auto compare = [&](const auto& trained, const std::vector<fs::path>& models) {
    const std::vector<float> served = logits(models, part.test);
    EXPECT_LT(largest_difference(served, trained.logits), 1e-4);
    EXPECT_GT(trained.accuracy.value(), 0.3);  // it learned something: guessing gives 0.1
    EXPECT_NEAR(share_right(served, part.test), trained.accuracy.value(), 0.002);
  };
  const TrainedClassifiers& trained = result.value();
  compare(*trained.whole, {written("whole.onnx", to_onnx(trained.whole->classifier, {}))});
  compare(*trained.student, {written("student.onnx", to_onnx(trained.student->classifier, {}))});
  std::vector<fs::path> semantic;
  for (std::size_t g = 0; g < trained.semantic->branches.size(); ++g) {
    semantic.push_back(written(branch_output(g) + ".onnx",
                               to_onnx(trained.semantic->branches[g], {}, branch_output(g))));
  }
  semantic.push_back(written("merge.onnx", merge_to_onnx(trained.semantic->groups, {})));
  compare(*trained.semantic, semantic);
}

INSTANTIATE_TEST_SUITE_P(Applications, ExportedModels, testing::Values("digits", "fashion"),
                         [](const auto& application) { return std::string(application.param); });

}  // namespace
}  // namespace scinet
