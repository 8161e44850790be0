// Sounds as bytes: WAV files in, samples at the rate that a model takes out.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace scinet {

inline constexpr Seconds kMaxSoundLength{60};

struct Sound {
  int rate = 0;                // samples a second
  std::vector<float> samples;  // one channel, from -1 to 1
};

// WAV with 16-bit PCM, one or two channels (averaged), 8000 to 192000 samples a second.
// kInvalidInput when it is anything else or cut short, kTooLarge when longer than the limit.
Result<Sound> decode_wav(std::string_view bytes);

// The same sound at another rate, by a windowed-sinc low-pass filter. Rates as decode_wav gives.
Sound resample(const Sound& sound, int rate);

}  // namespace scinet
