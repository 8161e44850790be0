#include "serving/sound_bytes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <string>

#include "serving/test_inputs.h"

namespace scinet {
namespace {

std::string little_endian(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 0xffu);
  return text;
}

struct Wav {
  std::uint32_t tag = 1;
  std::uint32_t channels = 1;
  std::uint32_t rate = 16'000;
  std::uint32_t bits = 16;
  std::vector<int> samples = {0, 16384, -32768, 32767};
  std::int64_t claimed_bytes = -1;  // of the data; -1: the truth

  std::string bytes() const {
    std::string data;
    for (const int sample : samples) data += little_endian(static_cast<std::uint32_t>(sample), 2);
    const auto claim = static_cast<std::uint32_t>(
        claimed_bytes < 0 ? static_cast<std::int64_t>(data.size()) : claimed_bytes);
    return "RIFF" + little_endian(claim + 36, 4) + "WAVEfmt " + little_endian(16, 4) +
           little_endian(tag, 2) + little_endian(channels, 2) + little_endian(rate, 4) +
           little_endian(rate * channels * 2, 4) + little_endian(channels * 2, 2) +
           little_endian(bits, 2) + "data" + little_endian(claim, 4) + data;
  }
};

std::string refusal(const Wav& wav) {
  const Result<Sound> sound = decode_wav(wav.bytes());
  EXPECT_FALSE(sound.ok());
  return sound.ok() ? "" : sound.error().message;
}

TEST(DecodeWav, ScalesSamplesToOne) {
  const Result<Sound> sound = decode_wav(Wav{}.bytes());
  ASSERT_TRUE(sound.ok()) << sound.error().message;
  EXPECT_EQ(sound.value().rate, 16'000);
  EXPECT_EQ(sound.value().samples, (std::vector<float>{0.0f, 0.5f, -1.0f, 32767.0f / 32768.0f}));
}

TEST(DecodeWav, AveragesTwoChannels) {
  const Result<Sound> sound =
      decode_wav(Wav{.channels = 2, .samples = {16384, 0, -8192, 8192}}.bytes());
  ASSERT_TRUE(sound.ok());
  EXPECT_EQ(sound.value().samples, (std::vector<float>{0.25f, 0.0f}));
}

TEST(DecodeWav, TakesASoundThatWasWrittenToAPipe) {
  const Result<Sound> sound = decode_wav(Wav{.claimed_bytes = 0xffffffff}.bytes());
  ASSERT_TRUE(sound.ok());
  EXPECT_EQ(sound.value().samples.size(), 4u);
}

TEST(DecodeWav, SaysWhatItDoesNotTake) {
  EXPECT_EQ(refusal({.tag = 3, .bits = 32}),
            "the WAV file has 32-bit samples of format 3; 16-bit PCM is taken");
  EXPECT_EQ(refusal({.channels = 6}), "the WAV file has 6 channels; one or two are taken");
  EXPECT_EQ(refusal({.channels = 0}), "the WAV file has 0 channels; one or two are taken");
  EXPECT_EQ(refusal({.rate = 400'000}),
            "the WAV file has 400000 samples a second; 8000 to 192000 are taken");
  EXPECT_EQ(refusal({.samples = {}}), "the WAV file holds no samples");
  EXPECT_EQ(refusal({.claimed_bytes = 9}), "the WAV file is cut short: it ends after 52 bytes");
  EXPECT_EQ(decode_wav("").error().message, "the input is empty; send the bytes of a WAV file");
  EXPECT_EQ(decode_wav("hello").error().message,
            "the input is not a WAV file; send one with 16-bit PCM samples");
}

TEST(DecodeWav, TakesAMinuteAndNoMore) {
  EXPECT_TRUE(decode_wav(Wav{.rate = 8'000, .samples = std::vector<int>(480'000)}.bytes()).ok());
  const Result<Sound> longer =
      decode_wav(Wav{.rate = 8'000, .samples = std::vector<int>(480'800)}.bytes());
  ASSERT_FALSE(longer.ok());
  EXPECT_EQ(longer.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(longer.error().message, "the sound lasts 60.1 s; at most 60 s are taken");
}

TEST(DecodeWav, RefusesEveryLengthButTheWholeOne) {
  const std::string bytes = Wav{}.bytes();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_wav(std::string_view(bytes).substr(0, length)).ok()) << length;
  }
}

Sound tone(int rate, double hertz, double seconds) {
  Sound sound{rate, {}};
  for (int i = 0; i < rate * seconds; ++i) {
    sound.samples.push_back(
        static_cast<float>(std::sin(2.0 * std::numbers::pi * hertz * i / rate)));
  }
  return sound;
}

// The largest difference away from the ends, where the filter sees beyond the sound.
double largest_difference(const Sound& a, const Sound& b) {
  EXPECT_EQ(a.rate, b.rate);
  EXPECT_EQ(a.samples.size(), b.samples.size());
  double largest = 0.0;
  for (std::size_t i = 100; i + 100 < a.samples.size(); ++i) {
    largest = std::max(largest, static_cast<double>(std::abs(a.samples[i] - b.samples[i])));
  }
  return largest;
}

TEST(Resample, KeepsATone) {
  for (const int rate : {8'000, 11'025, 22'050, 44'100, 48'000, 96'000}) {
    EXPECT_LT(largest_difference(resample(tone(rate, 440, 0.5), 16'000), tone(16'000, 440, 0.5)),
              0.002)
        << rate;
  }
}

TEST(Resample, RemovesWhatTheNewRateCannotHold) {
  const Sound silence{16'000, std::vector<float>(8'000)};
  EXPECT_LT(largest_difference(resample(tone(48'000, 11'000, 0.5), 16'000), silence), 0.01);
}

TEST(Resample, GivesAtLeastOneSample) {
  EXPECT_EQ(resample({192'000, {0.5f}}, 16'000).samples.size(), 1u);
  EXPECT_EQ(resample({16'000, {0.5f}}, 16'000).samples, std::vector<float>{0.5f});
}

}  // namespace
}  // namespace scinet
