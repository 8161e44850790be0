// How real numbers become integers of 8 bits and back: real = scale * (integer - zero point).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace scinet {

// Of a value that depends on the request: 0 to 255. The real number 0 is an integer exactly, since
// that is what convolutions pad with and rectifiers give.
struct ValueScale {
  float scale = 1.0f;
  std::uint8_t zero_point = 0;

  friend bool operator==(const ValueScale&, const ValueScale&) = default;
};

// What spans low..high and 0. Scale 1 where there is nothing to span.
ValueScale scale_for(double low, double high);

// The nearest integer; what lies outside the span becomes its nearer end.
std::uint8_t to_integer(double real, const ValueScale& scale);
double to_real(std::uint8_t integer, const ValueScale& scale);

// Numbers beyond this are left as they are: products of their scales must be numbers too.
inline constexpr double kLargestReal = 1e18;

// Of weights: -127 to 127 around the zero point 0.
struct IntegerWeights {
  std::vector<std::int8_t> integers;  // in the order of the weights
  std::vector<float> scales;          // one a channel, or one
};

// With a scale for each index along `axis` of the shape, or one for all. No scale is below the
// channel's `least_scales` (or there are none), which keep biases within 32 bits.
IntegerWeights quantize_weights(std::span<const float> weights, std::span<const std::int64_t> shape,
                                std::optional<std::size_t> axis,
                                std::span<const double> least_scales = {});

// A bias is added to sums of products, so its scale is that of a product: input * weight.
float bias_scale(float input_scale, float weight_scale);
std::int32_t bias_to_integer(double bias, float scale);

// The least scale of weights with which such a bias fits into 32 bits.
double least_weight_scale(double bias, float input_scale);

}  // namespace scinet
