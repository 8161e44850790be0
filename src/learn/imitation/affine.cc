#include "learn/imitation/affine.h"

#include <cstring>

namespace scinet {
namespace {

constexpr std::size_t kLanes = 8;
using Lanes [[gnu::vector_size(kLanes * sizeof(float))]] = float;
static_assert(kAffineWidth == 4 * kLanes);

// Inlined into a function for each kind of processor.
[[gnu::always_inline]] inline void load(Lanes& lanes, const float* from) {
  std::memcpy(&lanes, from, sizeof lanes);
}

[[gnu::always_inline]] inline void store(const Lanes& lanes, float* to) {
  std::memcpy(to, &lanes, sizeof lanes);
}

[[gnu::always_inline]] inline void add_scaled(Lanes& sum, float factor, const float* weights) {
  Lanes lanes;
  load(lanes, weights);
  sum += factor * lanes;
}

[[gnu::always_inline]] inline void add_product_to(const float* x, std::size_t rows,
                                                  std::size_t inner, const float* w, float* y) {
  for (std::size_t i = 0; i < rows; ++i, x += inner, y += kAffineWidth) {
    Lanes a, b, c, d;
    load(a, y);
    load(b, y + kLanes);
    load(c, y + 2 * kLanes);
    load(d, y + 3 * kLanes);
    const float* weights = w;
    for (std::size_t k = 0; k < inner; ++k, weights += kAffineWidth) {
      const float factor = x[k];
      add_scaled(a, factor, weights);
      add_scaled(b, factor, weights + kLanes);
      add_scaled(c, factor, weights + 2 * kLanes);
      add_scaled(d, factor, weights + 3 * kLanes);
    }
    store(a, y);
    store(b, y + kLanes);
    store(c, y + 2 * kLanes);
    store(d, y + 3 * kLanes);
  }
}

[[gnu::target("avx2")]] void add_product_wide(const float* x, std::size_t rows, std::size_t inner,
                                              const float* w, float* y) {
  add_product_to(x, rows, inner, w, y);
}

void add_product_anywhere(const float* x, std::size_t rows, std::size_t inner, const float* w,
                          float* y) {
  add_product_to(x, rows, inner, w, y);
}

}  // namespace

void add_product(const float* x, std::size_t rows, std::size_t inner, const float* w, float* y) {
  static const auto kind = __builtin_cpu_supports("avx2") ? add_product_wide : add_product_anywhere;
  kind(x, rows, inner, w, y);
}

}  // namespace scinet
