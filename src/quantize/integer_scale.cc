#include "quantize/integer_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/ensure.h"

namespace scinet {
namespace {

constexpr double kLargestValue = 255.0;
constexpr double kLargestWeight = 127.0;
// Below this, 1 / scale is no number of 32 bits any more.
constexpr double kLeastScale = 1e-30;
// A quarter of what fits, since the sum of products needs room too.
constexpr double kLargestBias = 0x1p29;
// The scale of a bias is a product of two, and must stay a normal number too.
constexpr double kLeastBiasScale = 1e-35;

}  // namespace

ValueScale scale_for(double low, double high) {
  low = std::min(low, 0.0);
  high = std::max(high, 0.0);
  const double scale = (high - low) / kLargestValue;
  if (!(scale > kLeastScale)) return {};
  const auto rounded = static_cast<float>(scale);
  const double zero_point = std::clamp(std::nearbyint(-low / rounded), 0.0, kLargestValue);
  return {rounded, static_cast<std::uint8_t>(zero_point)};
}

std::uint8_t to_integer(double real, const ValueScale& scale) {
  const double integer = std::nearbyint(real / scale.scale) + scale.zero_point;
  return static_cast<std::uint8_t>(std::clamp(integer, 0.0, kLargestValue));
}

double to_real(std::uint8_t integer, const ValueScale& scale) {
  return static_cast<double>(scale.scale) * (integer - scale.zero_point);
}

IntegerWeights quantize_weights(std::span<const float> weights, std::span<const std::int64_t> shape,
                                std::optional<std::size_t> axis,
                                std::span<const double> least_scales) {
  std::size_t channels = 1;
  std::size_t inner = weights.size();  // weights in a row that belong to one channel
  if (axis) {
    channels = static_cast<std::size_t>(shape[*axis]);
    inner = 1;
    for (std::size_t i = *axis + 1; i < shape.size(); ++i) {
      inner *= static_cast<std::size_t>(shape[i]);
    }
  }
  ensure(least_scales.empty() || least_scales.size() == channels, "a least scale for each channel");
  const auto channel_of = [&](std::size_t i) { return i / inner % channels; };

  std::vector<double> largest(channels, 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    double& most = largest[channel_of(i)];
    most = std::max(most, std::abs(static_cast<double>(weights[i])));
  }
  IntegerWeights result;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const double least = least_scales.empty() ? 0.0 : least_scales[channel];
    const double scale = std::max(largest[channel] / kLargestWeight, least);
    result.scales.push_back(scale > kLeastScale ? static_cast<float>(scale) : 1.0f);
  }
  result.integers.reserve(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double integer = std::nearbyint(weights[i] / result.scales[channel_of(i)]);
    result.integers.push_back(
        static_cast<std::int8_t>(std::clamp(integer, -kLargestWeight, kLargestWeight)));
  }
  return result;
}

float bias_scale(float input_scale, float weight_scale) { return input_scale * weight_scale; }

std::int32_t bias_to_integer(double bias, float scale) {
  const double integer = std::nearbyint(bias / scale);
  ensure(std::abs(integer) <= std::numeric_limits<std::int32_t>::max(), "a bias fits into 32 bits");
  return static_cast<std::int32_t>(integer);
}

double least_weight_scale(double bias, float input_scale) {
  return std::max(std::abs(bias) / kLargestBias, kLeastBiasScale) / input_scale;
}

}  // namespace scinet
