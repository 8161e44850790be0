#include "serving/stacked_run.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "serving/test_inputs.h"

namespace scinet {
namespace {

class StackedRun : public testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path library = kModelDirectory / "onnxruntime/libonnxruntime.so.1";
    if (!std::filesystem::exists(library) ||
        !std::filesystem::exists(kModelDirectory / "fashion")) {
      GTEST_SKIP() << "no models in " << kModelDirectory;
    }
    runtime_.emplace(std::move(OnnxRuntime::load(library).value()));
  }
  OnnxSession open(const std::string& file) {
    return std::move(runtime_->open(kModelDirectory / file).value());
  }

  std::optional<OnnxRuntime> runtime_;
};

// A picture that no other seed gives.
ModelTensors picture(int seed, std::int64_t rows = 1) {
  std::vector<float> values(static_cast<std::size_t>(rows) * 28 * 28);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>((i * 31 + static_cast<std::size_t>(seed) * 97) % 256) / 255.0f;
  }
  return {{{rows, 1, 28, 28}, std::move(values)}};
}

void expect_as_alone(const OnnxSession& model, const std::vector<ModelTensors>& requests) {
  const std::vector<Result<ModelTensors>> together = run_stacked(model, requests);
  ASSERT_EQ(together.size(), requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Result<ModelTensors> alone = model.run(requests[i]);
    ASSERT_EQ(together[i].ok(), alone.ok()) << i;
    if (!alone) continue;
    const Tensor& a = together[i].value().at(0);
    const Tensor& b = alone.value().at(0);
    EXPECT_EQ(a.shape, b.shape) << i;
    const auto& values = std::get<std::vector<float>>(a.values);
    ASSERT_EQ(values.size(), std::get<std::vector<float>>(b.values).size());
    for (std::size_t k = 0; k < values.size(); ++k) {
      EXPECT_NEAR(values[k], std::get<std::vector<float>>(b.values)[k], 1e-4) << i;
    }
  }
}

TEST_F(StackedRun, GivesEachWhatItGetsAlone) {
  const OnnxSession model = open("fashion/whole.onnx");
  EXPECT_TRUE(model.takes_stacks());
  std::vector<ModelTensors> requests;
  for (int i = 0; i < 21; ++i) requests.push_back(picture(i));  // more than are stacked at once
  expect_as_alone(model, requests);
  EXPECT_TRUE(run_stacked(model, {}).empty());
}

TEST_F(StackedRun, LetsOneThatIsRefusedFailAlone) {
  const OnnxSession model = open("fashion/whole.onnx");
  std::vector<ModelTensors> requests = {picture(0), picture(1), picture(2), picture(3, 2)};
  requests[1][0].shape = {1, 1, 14, 56};  // another shape
  requests[2] = {};                       // nothing at all
  const auto results = run_stacked(model, requests);
  EXPECT_FALSE(results[1].ok());
  EXPECT_FALSE(results[2].ok());
  EXPECT_EQ(results[3].value()[0].shape, (std::vector<std::int64_t>{2, 10}));
  expect_as_alone(model, requests);
  requests = {picture(0), picture(1)};
  for (ModelTensors& request : requests) request[0].shape = {1, 1, 14, 56};
  expect_as_alone(model, requests);  // both are refused, each with its own words
}

TEST_F(StackedRun, RunsOneByOneWhatTakesNoStacks) {
  if (!std::filesystem::exists(kModelDirectory / "vad")) GTEST_SKIP() << "vad is absent";
  const OnnxSession model = open("vad/silero_vad_v5.onnx");
  EXPECT_FALSE(model.takes_stacks()) << "its state has the requests in its second dimension";
  const ModelTensors frame = {{{1, 576}, std::vector<float>(576, 0.1f)},
                              {{2, 1, 128}, std::vector<float>(256, 0.0f)},
                              {{1}, std::vector<std::int64_t>{16000}}};
  expect_as_alone(model, {frame, frame});
}

}  // namespace
}  // namespace scinet
