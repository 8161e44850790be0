// Damaged inputs by the thousand: every fragment must answer or refuse, and nothing else. Under
// AddressSanitizer this finds reads and writes out of bounds. --gtest_shuffle --gtest_repeat=N
// makes other inputs in each repetition; a failure prints what made its input.
#include <gtest/gtest.h>

#include "base/random.h"
#include "serving/application_set.h"
#include "serving/same_output.h"
#include "serving/test_inputs.h"

namespace scinet {
namespace {

// Cuts, flips, overwrites, doubles, or invents.
std::string damaged(std::string bytes, RandomStream random) {
  const auto place = [&] { return static_cast<std::size_t>(random.below(bytes.size())); };
  const auto byte = [&] { return static_cast<char>(random.below(256)); };
  switch (random.below(6)) {
    case 0:
      return bytes.substr(0, place());
    case 1:
      for (char& c : bytes) c = byte();
      return bytes;
    case 2: {  // a run of one byte: lengths become huge or zero
      const std::size_t at = place();
      const std::size_t length = std::min<std::size_t>(bytes.size() - at, 1 + random.below(16));
      return bytes.replace(at, length, length, random.below(2) == 0 ? '\0' : '\xff');
    }
    case 3: {  // a part of it again
      const std::size_t at = place();
      return bytes.insert(place(), bytes.substr(at, random.below(400)));
    }
    default: {  // single bits, most of them where the headers are
      const std::size_t flips = 1 + random.below(8);
      const std::size_t range =
          random.below(2) == 0 ? std::min<std::size_t>(bytes.size(), 700) : bytes.size();
      for (std::size_t i = 0; i < flips; ++i) {
        bytes[random.below(range)] ^= static_cast<char>(1u << random.below(8));
      }
      return bytes;
    }
  }
}

class HostileInput : public testing::Test {
 protected:
  void attack(std::string_view application, std::string_view strategy, std::size_t fragment,
              const std::vector<std::string>& originals, std::uint64_t count) {
    const ServedApplication* served = set_.find(application);
    if (!served || !served->unavailable.empty()) {
      GTEST_SKIP() << (served ? served->unavailable : "no such application");
    }
    const auto seed = static_cast<std::uint64_t>(testing::UnitTest::GetInstance()->random_seed());
    std::uint64_t refused = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string& original = originals[i % originals.size()];
      const std::string input = damaged(original, RandomStreams(seed).stream(application, i));
      const Result<std::string> output =
          set_.run(application, strategy, fragment, std::vector<std::string_view>{input});
      refused += output.ok() ? 0 : 1;
      if (output.ok()) continue;
      EXPECT_NE(output.error().code, ErrorCode::kInternal)
          << output.error().message << " (seed " << seed << ", input " << i << ")";
      EXPECT_FALSE(output.error().message.empty());
    }
    EXPECT_GT(refused, count / 4);
  }

  static std::vector<std::string> files(std::initializer_list<const char*> names) {
    std::vector<std::string> contents;
    for (const char* name : names) contents.push_back(read_file(kInputDirectory / name));
    return contents;
  }

  ApplicationSet set_{kModelDirectory};
};

TEST_F(HostileInput, NeverBreaksBlur) {
  attack("blur", "whole", 0,
         files({"images/sunset.jpg", "images/shapes.png", "ocr/small.png", "fashion/test-00.png"}),
         760);
}

TEST_F(HostileInput, NeverBreaksEmboss) {
  attack("emboss", "whole", 0, files({"images/rings.jpg", "images/checkerboard.png"}), 400);
}

TEST_F(HostileInput, NeverBreaksFashion) {
  attack("fashion", "whole", 0, files({"fashion/test-00.png", "images/fire.jpg"}), 500);
}

// What the parts of a network send each other is a message of tensors.
TEST_F(HostileInput, NeverBreaksTheOthersOfARun) {
  const ServedApplication* fashion = set_.find("fashion");
  if (!fashion || !fashion->unavailable.empty()) GTEST_SKIP() << "fashion is not available";
  const auto run = [this](std::size_t fragment, std::string_view input) {
    return set_.run("fashion", "layer", fragment, std::vector<std::string_view>{input});
  };
  const std::string message = run(0, files({"fashion/test-00.png"})[0]).value();
  const std::string right = run(1, message).value();
  const auto seed = static_cast<std::uint64_t>(testing::UnitTest::GetInstance()->random_seed());
  for (std::uint64_t i = 0; i < 300; ++i) {
    const std::string odd = damaged(message, RandomStreams(seed).stream("together", i));
    const std::string_view views[] = {odd, message, odd.size() % 2 == 0 ? odd : message, message};
    std::vector<RequestInputs> requests;
    for (const std::string_view& view : views) requests.emplace_back(&view, 1);
    const auto outputs = set_.run_together("fashion", "layer", 1, requests);
    EXPECT_EQ(outputs[0].ok(), run(1, odd).ok()) << "seed " << seed << ", input " << i;
    for (const std::size_t good : {1u, 3u}) {
      ASSERT_TRUE(outputs[good].ok()) << outputs[good].error().message << ", input " << i;
      EXPECT_TRUE(same_output(outputs[good].value(), right)) << "seed " << seed << ", input " << i;
    }
  }
}

TEST_F(HostileInput, NeverBreaksVad) {
  attack("vad", "whole", 0, files({"vad/tone.wav", "vad/french.wav"}), 300);
}

TEST_F(HostileInput, NeverBreaksDetection) {
  attack("ocr", "layer", 0, files({"ocr/small.png", "images/sunset.jpg"}), 60);
}

TEST_F(HostileInput, NeverBreaksRecognition) {
  if (set_.find("ocr")->unavailable.empty()) {
    const std::string picture = read_file(kInputDirectory / "ocr/plate.png");
    const Result<std::string> lines =
        set_.run("ocr", "layer", 0, std::vector<std::string_view>{picture});
    ASSERT_TRUE(lines.ok());
    attack("ocr", "layer", 1, {lines.value()}, 40);
  } else {
    GTEST_SKIP() << set_.find("ocr")->unavailable;
  }
}

}  // namespace
}  // namespace scinet
