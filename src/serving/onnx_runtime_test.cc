#include "serving/onnx_runtime.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <optional>

#include "serving/test_inputs.h"

namespace scinet {
namespace {

const std::filesystem::path kSpeechModel = kModelDirectory / "vad/silero_vad_v5.onnx";

// GoogleTest's and the standard library's code may be linked in; the C library is a file of its
// own.
std::filesystem::path some_other_library() {
  Dl_info info{};
  EXPECT_NE(dladdr(reinterpret_cast<const void*>(&std::puts), &info), 0);
  return info.dli_fname;
}

TEST(OnnxRuntime, SaysWhyALibraryCannotBeUsed) {
  const Result<OnnxRuntime> absent = OnnxRuntime::load("/no/such/library.so");
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(absent.error().message, "/no/such/library.so: there is no ONNX Runtime here");

  const std::filesystem::path text = kInputDirectory / "ocr/labels.csv";
  const Result<OnnxRuntime> no_library = OnnxRuntime::load(text);
  ASSERT_FALSE(no_library.ok());
  EXPECT_EQ(no_library.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(no_library.error().message.starts_with(text.string() +
                                                     ": this is no library that can be loaded"))
      << no_library.error().message;

  const Result<OnnxRuntime> other = OnnxRuntime::load(some_other_library());
  ASSERT_FALSE(other.ok());
  EXPECT_TRUE(other.error().message.ends_with("it has no OrtGetApiBase")) << other.error().message;
}

class WithRuntime : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kLibrary) || !std::filesystem::exists(kSpeechModel)) {
      GTEST_SKIP() << "no models in " << kModelDirectory << "; tools/fetch_models.sh fetches them";
    }
    Result<OnnxRuntime> loaded = OnnxRuntime::load(kLibrary);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    runtime_.emplace(std::move(loaded).value());
  }

  OnnxSession open(const std::filesystem::path& model) {
    Result<OnnxSession> session = runtime_->open(model);
    EXPECT_TRUE(session.ok());
    return std::move(session).value();
  }

  std::optional<OnnxRuntime> runtime_;
};

std::vector<Tensor> silent_frame() {
  return {{{1, 576}, std::vector<float>(576, 0.0f)},
          {{2, 1, 128}, std::vector<float>(256, 0.0f)},
          {{}, std::vector<std::int64_t>{16000}}};
}

// Every function of the table is called here, so a wrong position in it would show.
TEST_F(WithRuntime, RunsAModelOfSeveralInputsAndOutputs) {
  EXPECT_EQ(runtime_->version(), "1.20.1");
  const OnnxSession session = open(kSpeechModel);
  EXPECT_EQ(session.input_names(), (std::vector<std::string>{"input", "state", "sr"}));
  EXPECT_EQ(session.output_names(), (std::vector<std::string>{"output", "stateN"}));

  const Result<std::vector<Tensor>> outputs = session.run(silent_frame());
  ASSERT_TRUE(outputs.ok()) << outputs.error().message;
  ASSERT_EQ(outputs.value().size(), 2u);
  EXPECT_EQ(outputs.value()[0].shape, (std::vector<std::int64_t>{1, 1}));
  EXPECT_EQ(outputs.value()[1].shape, (std::vector<std::int64_t>{2, 1, 128}));
  const auto& probability = std::get<std::vector<float>>(outputs.value()[0].values);
  ASSERT_EQ(probability.size(), 1u);
  EXPECT_GE(probability[0], 0.0f);
  EXPECT_LT(probability[0], 0.1f);  // silence is not speech
}

TEST_F(WithRuntime, SessionsOutliveTheRuntimeObject) {
  const OnnxSession session = open(kSpeechModel);
  runtime_.reset();
  EXPECT_TRUE(session.run(silent_frame()).ok());
}

TEST_F(WithRuntime, PassesOnTheEnginesWordsAboutWrongTensors) {
  const OnnxSession session = open(kSpeechModel);
  std::vector<Tensor> two = silent_frame();
  two.pop_back();
  const Result<std::vector<Tensor>> too_few = session.run(two);
  ASSERT_FALSE(too_few.ok());
  EXPECT_EQ(too_few.error().message, kSpeechModel.string() + ": takes 3 tensors, not 2");

  std::vector<Tensor> wrong_type = silent_frame();
  wrong_type[0].values = std::vector<std::int64_t>(576, 0);
  const Result<std::vector<Tensor>> refused = session.run(wrong_type);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInternal);
  EXPECT_NE(refused.error().message.find("Unexpected input data type"), std::string::npos)
      << refused.error().message;

  std::vector<Tensor> short_of_values = silent_frame();
  short_of_values[0].values = std::vector<float>(575, 0.0f);
  EXPECT_FALSE(session.run(short_of_values).ok());
}

TEST_F(WithRuntime, RefusesAFileThatIsNoModel) {
  const Result<OnnxSession> text = runtime_->open(kInputDirectory / "ocr/labels.csv");
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(text.error().message.find("ONNX Runtime cannot load this model"), std::string::npos);
  EXPECT_EQ(runtime_->open("/no/such/model.onnx").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(runtime_->open(kModelDirectory).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace scinet
