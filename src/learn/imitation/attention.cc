#include "learn/imitation/attention.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace scinet {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kAtOnce = 4;        // queries, so that sums do not wait for each other
constexpr float kAbsent = -1e30f;         // of a key that only fills a register
constexpr float kLeastExponent = -87.0f;  // exp of it is the least normal number
using Lanes [[gnu::vector_size(kLanes * sizeof(float))]] = float;
using Bits [[gnu::vector_size(kLanes * sizeof(float))]] = std::int32_t;
static_assert(kAttentionWidth == 2 * kLanes);

constexpr std::size_t whole_lanes(std::size_t rows) {
  return (rows + kLanes - 1) / kLanes * kLanes;
}

// Inlined into a function for each kind of processor.
[[gnu::always_inline]] inline void load(Lanes& lanes, const float* from) {
  std::memcpy(&lanes, from, sizeof lanes);
}

[[gnu::always_inline]] inline void store(const Lanes& lanes, float* to) {
  std::memcpy(to, &lanes, sizeof lanes);
}

// x = exp(x) for x <= 0: 2^n times a polynomial over half a factor of two each way (Cephes).
[[gnu::always_inline]] inline void exponentiate(Lanes& x) {
  constexpr float kLog2E = 1.44269504f;
  constexpr float kLn2High = 0.693359375f;
  constexpr float kLn2Low = -2.12194440e-4f;
  constexpr float kToInteger = 12582912.0f;  // 1.5 * 2^23: adding it leaves no fraction
  x = x < kLeastExponent ? Lanes{} + kLeastExponent : x;
  const Lanes shifted = x * kLog2E + kToInteger;
  const Lanes n = shifted - kToInteger;
  const Lanes r = x - n * kLn2High - n * kLn2Low;
  Lanes p = 1.9875691500e-4f * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  Bits power, bits;
  std::memcpy(&power, &shifted, sizeof power);
  std::memcpy(&bits, &p, sizeof bits);
  bits += power << 23;  // into the exponent
  std::memcpy(&x, &bits, sizeof x);
}

// The scores of one query, and 1 / their sum once they are exponentials.
[[gnu::always_inline]] inline float weigh(const float* query, const float* keys, const float* bias,
                                          std::size_t rows, float* scores) {
  Lanes most = Lanes{} + kAbsent;
  for (std::size_t j = 0; j < rows; j += kLanes) {
    Lanes sum, key;
    load(sum, bias + j);
    for (std::size_t k = 0; k < kAttentionWidth; ++k) {
      load(key, keys + k * rows + j);
      sum += query[k] * key;
    }
    store(sum, scores + j);
    most = sum > most ? sum : most;
  }
  float largest = most[0];
  for (std::size_t lane = 1; lane < kLanes; ++lane) largest = std::max(largest, most[lane]);
  Lanes total{};
  for (std::size_t j = 0; j < rows; j += kLanes) {
    Lanes weight;
    load(weight, scores + j);
    weight -= largest;
    exponentiate(weight);
    store(weight, scores + j);
    total += weight;
  }
  float sum = 0.0f;
  for (std::size_t lane = 0; lane < kLanes; ++lane) sum += total[lane];
  return 1.0f / sum;
}

struct Task {
  const float* queries;
  const float* keys;  // transposed
  const float* values;
  const float* bias;
  std::size_t rows;
  std::size_t stride;
  float* scores;
  float* out;
};

[[gnu::always_inline]] inline void attend_from(const Task& task, std::size_t first) {
  const std::size_t width = whole_lanes(task.rows);
  const std::size_t count = std::min(kAtOnce, task.rows - first);
  std::array<float, kAtOnce> scale{};
  for (std::size_t q = 0; q < count; ++q) {
    scale[q] = weigh(task.queries + (first + q) * task.stride, task.keys, task.bias, width,
                     task.scores + q * width);
  }
  Lanes low[kAtOnce]{}, high[kAtOnce]{};
  for (std::size_t j = 0; j < task.rows; ++j) {
    Lanes left, right;
    load(left, task.values + j * task.stride);
    load(right, task.values + j * task.stride + kLanes);
    for (std::size_t q = 0; q < kAtOnce; ++q) {  // those beyond `count` are left over scores
      const float weight = task.scores[q * width + j];
      low[q] += weight * left;
      high[q] += weight * right;
    }
  }
  for (std::size_t q = 0; q < count; ++q) {
    float* out = task.out + (first + q) * task.stride;
    store(low[q] * scale[q], out);
    store(high[q] * scale[q], out + kLanes);
  }
}

[[gnu::target("avx2")]] void attend_wide(const Task& task) {
  for (std::size_t i = 0; i < task.rows; i += kAtOnce) attend_from(task, i);
}

void attend_anywhere(const Task& task) {
  for (std::size_t i = 0; i < task.rows; i += kAtOnce) attend_from(task, i);
}

}  // namespace

void AttentionHead::grow(std::size_t rows) {
  const std::size_t width = whole_lanes(rows);
  if (width <= bias_.size()) return;
  keys_.resize(kAttentionWidth * width);
  bias_.resize(width);
  scores_.resize(kAtOnce * width);
}

void AttentionHead::attend(const float* queries, const float* keys, const float* values,
                           const float* bias, std::size_t rows, std::size_t stride, float* out) {
  grow(rows);
  const std::size_t width = whole_lanes(rows);
  for (std::size_t k = 0; k < kAttentionWidth; ++k) {
    float* row = keys_.data() + k * width;
    for (std::size_t j = 0; j < rows; ++j) row[j] = keys[j * stride + k];
    std::fill(row + rows, row + width, 0.0f);
  }
  for (std::size_t j = 0; j < rows; ++j) bias_[j] = bias ? bias[j] : 0.0f;
  std::fill(bias_.begin() + static_cast<std::ptrdiff_t>(rows),
            bias_.begin() + static_cast<std::ptrdiff_t>(width), kAbsent);
  static const auto kind = __builtin_cpu_supports("avx2") ? attend_wide : attend_anywhere;
  kind({queries, keys_.data(), values, bias_.data(), rows, stride, scores_.data(), out});
}

}  // namespace scinet
