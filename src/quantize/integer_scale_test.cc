#include "quantize/integer_scale.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace scinet {
namespace {

TEST(ValueScales, SpanTheRangeAndHoldZeroExactly) {
  for (const auto& [low, high] : {std::pair(-1.0, 3.0),
                                  {0.0, 6.0},
                                  {-7.5, 0.0},
                                  {2.0, 5.0},
                                  {-4.0, -3.0},
                                  {-1e-6, 1e-6},
                                  {-1e17, 1.0}}) {
    const ValueScale scale = scale_for(low, high);
    EXPECT_EQ(to_real(to_integer(0.0, scale), scale), 0.0) << low << " " << high;
    // Both ends are at most half a step away from an integer, as all between them.
    for (int i = 0; i <= 1000; ++i) {
      const double real = std::min(low, 0.0) + (std::max(high, 0.0) - std::min(low, 0.0)) * i / 1e3;
      EXPECT_LE(std::abs(to_real(to_integer(real, scale), scale) - real), 0.501 * scale.scale)
          << real << " in " << low << " to " << high;
    }
  }
  // -1 to 3 in 255 steps: 4 / 255; 0 is at 1 / (4 / 255) = 63.75, so 64.
  EXPECT_EQ(scale_for(-1.0, 3.0), (ValueScale{4.0f / 255.0f, 64}));
}

TEST(ValueScales, OfNothingAndOfWhatLiesOutside) {
  EXPECT_EQ(scale_for(0.0, 0.0), (ValueScale{1.0f, 0}));
  EXPECT_EQ(scale_for(0.0, 1e-40), (ValueScale{1.0f, 0}));
  const ValueScale scale = scale_for(0.0, 255.0);
  EXPECT_EQ(to_integer(-3.0, scale), 0);
  EXPECT_EQ(to_integer(1e9, scale), 255);
}

TEST(IntegerWeights, ComeBackWithinHalfAStepOfTheirChannel) {
  RandomStream random(7);
  const std::vector<std::int64_t> shape = {4, 3, 5};
  std::vector<float> weights;
  for (int i = 0; i < 60; ++i) {
    // Channels of the first axis differ by a factor of ten.
    weights.push_back(static_cast<float>((random.uniform() * 2.0 - 1.0) * std::pow(10.0, i / 15)));
  }
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const IntegerWeights made = quantize_weights(weights, shape, axis);
    ASSERT_EQ(made.scales.size(), static_cast<std::size_t>(shape[axis]));
    const std::size_t inner = axis == 0 ? 15 : axis == 1 ? 5 : 1;
    std::vector<double> largest(made.scales.size(), 0.0);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const std::size_t channel = i / inner % made.scales.size();
      const float scale = made.scales[channel];
      EXPECT_LE(std::abs(scale * static_cast<float>(made.integers[i]) - weights[i]),
                0.5001f * scale);
      largest[channel] = std::max(largest[channel], std::abs(static_cast<double>(weights[i])));
    }
    for (std::size_t channel = 0; channel < largest.size(); ++channel) {
      EXPECT_FLOAT_EQ(made.scales[channel], static_cast<float>(largest[channel] / 127.0));
    }
  }
  EXPECT_EQ(quantize_weights(weights, shape, std::nullopt).scales.size(), 1u);
}

TEST(IntegerWeights, OfAChannelOfZerosAreZeros) {
  const IntegerWeights made =
      quantize_weights(std::vector{0.0f, 0.0f, 1.0f, -2.0f}, std::vector<std::int64_t>{2, 2}, 0);
  EXPECT_EQ(made.scales[0], 1.0f);
  EXPECT_EQ(made.integers, (std::vector<std::int8_t>{0, 0, 64, -127}));
}

TEST(Biases, HaveTheScaleOfAProductAndAlwaysFit) {
  EXPECT_EQ(bias_scale(0.5f, 0.25f), 0.125f);
  EXPECT_EQ(bias_to_integer(3.0, 0.125f), 24);
  EXPECT_EQ(bias_to_integer(-3.06, 0.125f), -24);  // -24.48
  // Weights near 0 beside a large bias: their own scale, 1e-9 / 127, would need 1.3e15 for it.
  const std::vector<double> least = {least_weight_scale(100.0, 0.01f)};
  const IntegerWeights made =
      quantize_weights(std::vector{1e-9f}, std::vector<std::int64_t>{1, 1}, 0, least);
  const float scale = bias_scale(0.01f, made.scales[0]);
  EXPECT_NEAR(static_cast<double>(scale) * bias_to_integer(100.0, scale), 100.0, 1e-4);
  // A bias of 0 needs a scale too.
  EXPECT_EQ(
      bias_to_integer(0.0, bias_scale(1e-30f, static_cast<float>(least_weight_scale(0.0, 1e-30f)))),
      0);
}

}  // namespace
}  // namespace scinet
