#include "serving/sound_bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <numeric>

namespace scinet {
namespace {

constexpr int kMinRate = 8'000;
constexpr int kMaxRate = 192'000;

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

// Least significant byte first. The caller has checked the length.
std::uint32_t little_endian(std::string_view bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return value;
}

struct Format {
  std::uint32_t tag = 0;  // 0 until the format chunk was read
  std::uint32_t channels = 0;
  std::uint32_t rate = 0;
  std::uint32_t bits = 0;
};

constexpr std::uint32_t kPcm = 1;
constexpr std::uint32_t kExtensible = 0xfffe;  // the real tag stands later in the chunk

Format read_format(std::string_view chunk) {
  Format format;
  format.tag = little_endian(chunk, 0, 2);
  format.channels = little_endian(chunk, 2, 2);
  format.rate = little_endian(chunk, 4, 4);
  format.bits = little_endian(chunk, 14, 2);
  if (format.tag == kExtensible && chunk.size() >= 26) format.tag = little_endian(chunk, 24, 2);
  return format;
}

Status check(const Format& format) {
  if (format.tag != kPcm || format.bits != 16) {
    return invalid(fmt::format("the WAV file has {}-bit samples of format {}; 16-bit PCM is taken",
                               format.bits, format.tag));
  }
  if (format.channels < 1 || format.channels > 2) {
    return invalid(
        fmt::format("the WAV file has {} channels; one or two are taken", format.channels));
  }
  if (format.rate < kMinRate || format.rate > kMaxRate) {
    return invalid(fmt::format("the WAV file has {} samples a second; {} to {} are taken",
                               format.rate, kMinRate, kMaxRate));
  }
  return ok_status();
}

Result<Sound> read_samples(const Format& format, std::string_view data) {
  if (Status status = check(format); !status) return status.error();
  const std::size_t frame_bytes = 2 * format.channels;
  const std::size_t frames = data.size() / frame_bytes;
  if (frames == 0) return invalid("the WAV file holds no samples");
  if (static_cast<double>(frames) > kMaxSoundLength.count() * format.rate) {
    return Error{ErrorCode::kTooLarge,
                 fmt::format("the sound lasts {:.1f} s; at most {:.0f} s are taken",
                             static_cast<double>(frames) / format.rate, kMaxSoundLength.count())};
  }
  Sound sound{static_cast<int>(format.rate), std::vector<float>(frames)};
  const float scale = 1.0f / (32768.0f * static_cast<float>(format.channels));
  for (std::size_t i = 0; i < frames; ++i) {
    int sum = 0;
    for (std::size_t channel = 0; channel < format.channels; ++channel) {
      sum += static_cast<std::int16_t>(little_endian(data, i * frame_bytes + 2 * channel, 2));
    }
    sound.samples[i] = static_cast<float>(sum) * scale;
  }
  return sound;
}

}  // namespace

// A RIFF file: chunks (name, length, data padded to even) of which "fmt " and "data" matter.
Result<Sound> decode_wav(std::string_view bytes) {
  if (bytes.empty()) return invalid("the input is empty; send the bytes of a WAV file");
  if (!bytes.starts_with("RIFF") || bytes.size() < 12 || bytes.substr(8, 4) != "WAVE") {
    return invalid("the input is not a WAV file; send one with 16-bit PCM samples");
  }
  Format format;
  for (std::size_t at = 12; bytes.size() - at >= 8;) {
    const std::string_view name = bytes.substr(at, 4);
    const std::size_t length = little_endian(bytes, at + 4, 4);
    const std::string_view chunk = bytes.substr(at + 8, length);
    // A program that writes to a pipe cannot know the length and says the largest it can.
    const bool streamed = name == "data" && length >= 0x7fff'0000;
    if (chunk.size() < length && !streamed) {
      return invalid(
          fmt::format("the WAV file is cut short: it ends after {} bytes", bytes.size()));
    }
    if (name == "fmt ") {
      if (length < 16) return invalid("the WAV file is damaged: its format chunk is too short");
      format = read_format(chunk);
    }
    if (name == "data") {
      if (format.tag == 0) return invalid("the WAV file is damaged: samples come before a format");
      return read_samples(format, chunk);
    }
    at += 8 + chunk.size() + (chunk.size() % 2);
    if (at > bytes.size()) break;
  }
  return invalid("the WAV file is cut short: no samples were found");
}

// Output sample n lies at input time n * from / to. With the ratio in lowest terms, up / down,
// there are only `up` different fractions of that time, hence as many filters to compute.
Sound resample(const Sound& sound, int rate) {
  if (sound.rate == rate) return sound;
  const int divisor = std::gcd(sound.rate, rate);
  const std::int64_t up = rate / divisor;
  const std::int64_t down = sound.rate / divisor;
  const double cutoff = std::min(1.0, static_cast<double>(up) / static_cast<double>(down));
  constexpr double kZeroCrossings = 16;  // of the sinc on each side
  const auto reach = static_cast<std::int64_t>(std::ceil(kZeroCrossings / cutoff));
  const std::int64_t taps = 2 * reach;

  std::vector<float> filters(static_cast<std::size_t>(up * taps));
  for (std::int64_t phase = 0; phase < up; ++phase) {
    const double fraction = static_cast<double>(phase) / static_cast<double>(up);
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      const double x = (static_cast<double>(tap - reach + 1) - fraction) * cutoff;
      if (std::abs(x) >= kZeroCrossings) continue;  // stays 0
      const double angle = std::numbers::pi * x;
      const double sinc = x == 0.0 ? 1.0 : std::sin(angle) / angle;
      const double window = 0.5 + 0.5 * std::cos(angle / kZeroCrossings);  // Hann
      filters[static_cast<std::size_t>(phase * taps + tap)] =
          static_cast<float>(cutoff * sinc * window);
    }
  }

  const auto size = static_cast<std::int64_t>(sound.samples.size());
  const std::int64_t out_size = std::max<std::int64_t>(1, size * up / down);
  Sound result{rate, std::vector<float>(static_cast<std::size_t>(out_size))};
  for (std::int64_t n = 0; n < out_size; ++n) {
    const std::int64_t base = n * down / up - reach + 1;
    const float* filter = &filters[static_cast<std::size_t>((n * down % up) * taps)];
    const std::int64_t first = std::max<std::int64_t>(0, -base);
    const std::int64_t last = std::min(taps, size - base);
    float sum = 0.0f;
    for (std::int64_t tap = first; tap < last; ++tap) {
      sum += filter[tap] * sound.samples[static_cast<std::size_t>(base + tap)];
    }
    result.samples[static_cast<std::size_t>(n)] = sum;
  }
  return result;
}

}  // namespace scinet
