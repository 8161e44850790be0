// Every application on the real inputs and models. A test is skipped only where the models are
// absent from build/models; tools/fetch_models.sh fetches them.
#include "serving/application_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <opencv2/core.hpp>
#include <thread>

#include "serving/image_bytes.h"
#include "serving/test_inputs.h"

namespace scinet {
namespace {

class Applications : public testing::Test {
 protected:
  // Whether the application can be tested here; if not, the test must return.
  bool available(std::string_view name) {
    const ServedApplication* application = set_.find(name);
    EXPECT_NE(application, nullptr) << name;
    return application && application->unavailable.empty();
  }

  std::string answer(std::string_view application, std::string_view strategy,
                     std::string_view input) {
    const Result<std::string> output = set_.run_all(application, strategy, input);
    EXPECT_TRUE(output.ok()) << application << ": " << output.error().message;
    return output.ok() ? output.value() : "";
  }

  nlohmann::json json_answer(std::string_view application, std::string_view strategy,
                             std::string_view input) {
    return nlohmann::json::parse(answer(application, strategy, input), nullptr, false);
  }

  Result<std::string> run_one(std::string_view application, std::string_view strategy,
                              std::size_t fragment, std::string_view input) {
    return set_.run(application, strategy, fragment, std::vector<std::string_view>{input});
  }

  ApplicationSet set_{kModelDirectory};
};

// The least number of insertions, deletions and changes that make one text the other.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// In one piece and in two: to the byte the same.
TEST_F(Applications, ReadTextInPictures) {
  if (!available("ocr")) GTEST_SKIP() << set_.find("ocr")->unavailable;
  std::size_t characters = 0;
  std::size_t errors = 0;
  std::vector<std::string> wrong;
  for (const LabelledInput& input : labelled_inputs("ocr")) {
    const std::string whole = answer("ocr", "whole", input.bytes);
    EXPECT_EQ(answer("ocr", "layer", input.bytes), whole) << input.file;
    std::string truth = input.label;
    std::replace(truth.begin(), truth.end(), '|', '\n');
    const std::size_t distance =
        edit_distance(nlohmann::json::parse(whole, nullptr, false).value("text", ""), truth);
    characters += truth.size();
    errors += distance;
    if (distance > 0) wrong.push_back(input.file);
  }
  EXPECT_LE(static_cast<double>(errors), 0.05 * static_cast<double>(characters));
  EXPECT_LE(wrong.size(), 4u) << testing::PrintToString(wrong);
}

TEST_F(Applications, ReadTextUpsideDownAndFindNoneWhereThereIsNone) {
  if (!available("ocr")) GTEST_SKIP() << set_.find("ocr")->unavailable;
  const std::string picture = read_file(kInputDirectory / "ocr/slide.png");
  cv::Mat image = decode_image(picture, ImageColour::kBgr).value();
  cv::rotate(image, image, cv::ROTATE_180);
  EXPECT_EQ(json_answer("ocr", "whole", encode_jpeg(image).value()).value("text", ""),
            "Results of the second quarter");
  const std::string cloud = read_file(kInputDirectory / "images/cloud.jpg");
  EXPECT_EQ(answer("ocr", "whole", cloud), R"({"text":"","lines":[]})");
}

// The model hears half a second of speech in a rising tone, which the label says is none: it counts
// against the measured accuracy, and is named here so that a change of any answer shows.
TEST_F(Applications, HearSpeech) {
  if (!available("vad")) GTEST_SKIP() << set_.find("vad")->unavailable;
  std::vector<std::string> wrong;
  for (const LabelledInput& input : labelled_inputs("vad")) {
    const nlohmann::json heard = json_answer("vad", "whole", input.bytes);
    if (heard.value("speech", false) != (input.label == "yes")) wrong.push_back(input.file);
    EXPECT_EQ(heard.value("speech", false), !heard["segments"].empty()) << input.file;
    double end = 0.0;
    for (const nlohmann::json& segment : heard["segments"]) {
      EXPECT_GE(segment.value("start_s", -1.0), end);
      EXPECT_GT(segment.value("end_s", -1.0), segment.value("start_s", -1.0));
      end = segment.value("end_s", -1.0);
    }
  }
  EXPECT_EQ(wrong, std::vector<std::string>{"sweep.wav"});
}

TEST_F(Applications, HearWhereSpeechBeginsAndEnds) {
  if (!available("vad")) GTEST_SKIP() << set_.find("vad")->unavailable;
  // A second of silence before and after: 22050 samples of two bytes each.
  const std::string wav = read_file(kInputDirectory / "vad/english.wav");
  std::string later = wav;
  later.insert(44, 2 * 22'050, '\0').append(2 * 22'050, '\0');
  later.replace(40, 4, 4, '\xff');  // the length, unknown

  const nlohmann::json segments = json_answer("vad", "whole", wav)["segments"];
  const nlohmann::json moved = json_answer("vad", "whole", later)["segments"];
  ASSERT_FALSE(segments.empty());
  ASSERT_FALSE(moved.empty());
  EXPECT_NEAR(moved.front().value("start_s", 0.0), segments.front().value("start_s", 9.0) + 1, 0.1);
  EXPECT_NEAR(moved.back().value("end_s", 0.0), segments.back().value("end_s", 9.0) + 1, 0.1);
}

TEST_F(Applications, KnowClothesAndDigitsByEveryStrategy) {
  for (const char* name : {"fashion", "digits"}) {
    if (!available(name)) GTEST_SKIP() << set_.find(name)->unavailable;
    const std::vector<LabelledInput> inputs = labelled_inputs(name);
    EXPECT_GE(set_.find(name)->strategies.size(), 4u) << name;
    for (const ServedStrategy& strategy : set_.find(name)->strategies) {
      std::size_t right = 0;
      for (const LabelledInput& input : inputs) {
        const nlohmann::json found = json_answer(name, strategy.name, input.bytes);
        right += found.value("label", "") == input.label ? 1 : 0;
        EXPECT_GT(found.value("probability", 0.0), 0.1) << input.file;
        EXPECT_LE(found.value("probability", 2.0), 1.0) << input.file;
      }
      EXPECT_GE(right, inputs.size() * 8 / 10) << name << "/" << strategy.name;
    }
    for (const LabelledInput& input : inputs) {
      EXPECT_EQ(answer(name, "layer", input.bytes), answer(name, "whole", input.bytes));
    }
  }
}

TEST_F(Applications, FilterPictures) {
  for (const LabelledInput& input : labelled_inputs("images")) {
    const cv::Mat before = decode_image(input.bytes, ImageColour::kBgr).value();
    for (const char* name : {"blur", "emboss"}) {
      const Result<cv::Mat> after =
          decode_image(answer(name, "whole", input.bytes), ImageColour::kBgr);
      ASSERT_TRUE(after.ok()) << name << " " << input.file;
      EXPECT_EQ(after.value().size(), before.size());
      EXPECT_GT(cv::norm(after.value(), before, cv::NORM_INF), 5.0) << name << " " << input.file;
      // Both keep the brightness: their weights add up to 1.
      EXPECT_NEAR(cv::mean(after.value())[1], cv::mean(before)[1], 6.0) << name << input.file;
    }
  }
}

TEST_F(Applications, RefuseWhatTheyDoNotTakeInASentence) {
  for (const ServedApplication& application : set_.applications()) {
    if (!application.unavailable.empty()) continue;
    const std::string input = application.name == "vad"
                                  ? read_file(kInputDirectory / "vad/tone.wav")
                                  : read_file(kInputDirectory / "ocr/plate.png");
    for (const ServedStrategy& strategy : application.strategies) {
      for (const std::string& bytes : {std::string(), std::string("hello"), std::string(1000, '\0'),
                                       input.substr(0, input.size() / 2), input.substr(1)}) {
        for (std::size_t fragment = 0; fragment < strategy.fragments.size(); ++fragment) {
          const std::vector<std::string_view> inputs(
              std::max<std::size_t>(1, strategy.fragments[fragment].inputs.size()), bytes);
          const Result<std::string> output =
              set_.run(application.name, strategy.name, fragment, inputs);
          ASSERT_FALSE(output.ok()) << application.name;
          EXPECT_EQ(output.error().code, ErrorCode::kInvalidInput) << application.name;
          EXPECT_GT(output.error().message.size(), 20u) << output.error().message;
        }
      }
    }
  }
  const Result<std::string> huge = run_one("blur", "whole", 0, std::string((64u << 20) + 1, 'x'));
  ASSERT_FALSE(huge.ok());
  EXPECT_EQ(huge.error().code, ErrorCode::kTooLarge);
}

TEST_F(Applications, AreFoundByNameOrNamed) {
  EXPECT_EQ(run_one("sing", "whole", 0, "").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(set_.run_all("sing", "whole", "").error().message,
            "there is no application 'sing'; there are: blur, digits, emboss, fashion, ocr, vad");
  EXPECT_EQ(run_one("blur", "layer", 0, "").error().message,
            "blur has no strategy 'layer'; it has: whole");
  EXPECT_EQ(run_one("blur", "whole", 1, "").error().message,
            "blur/whole has no fragment 1; it has 1, counted from 0");
  EXPECT_EQ(set_.find("sing"), nullptr);
}

TEST_F(Applications, KeepAModelOnceItIsLoaded) {
  if (!available("vad")) GTEST_SKIP() << set_.find("vad")->unavailable;
  EXPECT_EQ(set_.resident_models(), std::vector<std::string>{});
  ASSERT_TRUE(set_.load("vad", "whole", 0).ok());
  EXPECT_EQ(set_.resident_models(), std::vector<std::string>{"vad/silero_vad_v5.onnx"});
}

// Four threads begin at once, before any model is loaded; each must get what one alone gets.
TEST_F(Applications, ServeManyThreadsAtOnce) {
  if (!available("ocr") || !available("vad")) GTEST_SKIP() << "models are absent";
  const std::string picture = read_file(kInputDirectory / "ocr/plate.png");
  const std::string sound = read_file(kInputDirectory / "vad/french.wav");
  std::vector<std::string> texts(2);
  std::vector<std::string> voices(2);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] { texts[i] = answer("ocr", "layer", picture); });
      threads.emplace_back([&, i] { voices[i] = answer("vad", "whole", sound); });
    }
  }
  ApplicationSet alone(kModelDirectory);
  EXPECT_EQ(texts, std::vector(2, alone.run_all("ocr", "whole", picture).value()));
  EXPECT_EQ(voices, std::vector(2, alone.run_all("vad", "whole", sound).value()));
}

TEST(ApplicationsWithoutModels, SayWhatIsMissingAndServeTheRest) {
  const std::filesystem::path empty = testing::TempDir() + "/scinet_no_models";
  std::filesystem::create_directories(empty);
  ApplicationSet set(empty);
  EXPECT_EQ(set.find("ocr")->unavailable,
            (empty / "onnxruntime/libonnxruntime.so.1").string() +
                ": there is no ONNX Runtime here; tools/fetch_models.sh " + empty.string() +
                " fetches it");
  EXPECT_EQ(set.find("blur")->unavailable, "");
  const std::string picture = read_file(kInputDirectory / "images/rings.jpg");
  EXPECT_TRUE(set.run_all("blur", "whole", picture).ok());
  const Result<std::string> unavailable = set.run_all("ocr", "whole", picture);
  ASSERT_FALSE(unavailable.ok());
  EXPECT_EQ(unavailable.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(set.load("ocr", "layer", 1).error().code, ErrorCode::kUnavailable);
}

TEST(ApplicationsFromFiles, AreShownWithTheReasonWhereTheyCannotBeServed) {
  const std::filesystem::path folder = testing::TempDir() + "/scinet_application_files";
  std::filesystem::remove_all(folder);
  const auto add = [&](const std::string& name, const std::string& text) {
    std::filesystem::create_directories(folder / name);
    std::ofstream(folder / name / "application.yaml") << text;
  };
  const auto naming = [](const std::string& name) {
    return "application: " + name +
           "\nsummary: tensors\ninput: {kind: tensors}\nanswer: {kind: tensors}\n"
           "strategies: [{name: whole, fragments: [{name: run, model: whole.onnx}]}]\n";
  };
  add("broken", "application: broken\nsummery: nothing\n");
  add("second", naming("blur"));
  add("third", naming("added"));
  const ApplicationSet set(folder);
  const std::string file = (folder / "broken/application.yaml").string();
  EXPECT_TRUE(set.find("broken")->unavailable.starts_with(file + ":2: unknown key 'summery'"))
      << set.find("broken")->unavailable;
  EXPECT_NE(set.find("second")->unavailable.find("the name 'blur' is taken"), std::string::npos);
  EXPECT_EQ(set.find("blur")->unavailable, "");
  ASSERT_NE(set.find("added"), nullptr);
  EXPECT_EQ(set.find("added")->strategies.at(0).fragments.at(0).model_files,
            std::vector<std::string>{"third/whole.onnx"});
  EXPECT_NE(set.find("added")->unavailable, "");  // there is no engine in this folder
}

TEST(ApplicationsWithoutModels, NameTheFirstMissingFile) {
  if (!std::filesystem::exists(kLibrary)) GTEST_SKIP() << kLibrary << " is absent";
  const std::filesystem::path folder = testing::TempDir() + "/scinet_runtime_only";
  std::filesystem::create_directories(folder / "onnxruntime");
  std::filesystem::remove(folder / "onnxruntime/libonnxruntime.so.1");
  std::filesystem::create_symlink(kLibrary, folder / "onnxruntime/libonnxruntime.so.1");
  ApplicationSet set(folder);
  EXPECT_EQ(set.find("vad")->unavailable, (folder / "vad/silero_vad_v5.onnx").string() +
                                              " is missing; tools/fetch_models.sh " +
                                              folder.string() + " fetches it");
}

}  // namespace
}  // namespace scinet
