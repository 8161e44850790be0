// The fast product against the obvious one, to the last bit.
#include "learn/imitation/affine.h"

#include "learn/imitation/imitation_testing.h"

namespace scinet {
namespace {

static_assert(kAffineWidth == static_cast<std::size_t>(kWidth));

std::vector<float> drawn(std::size_t count, RandomStream& random) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

TEST(AddProduct, SumsEachColumnInOrder) {
  RandomStream random = RandomStreams(1).stream("matrices");
  for (const std::size_t rows : {0u, 1u, 2u, 7u, 64u}) {
    for (const std::size_t inner : {0u, 1u, 8u, 20u, 26u, 56u}) {
      const std::vector<float> x = drawn(rows * inner, random);
      const std::vector<float> w = drawn(inner * kAffineWidth, random);
      std::vector<float> y = drawn(rows * kAffineWidth, random);
      std::vector<float> expected = y;
      for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < kAffineWidth; ++j) {
          float& sum = expected[i * kAffineWidth + j];
          for (std::size_t k = 0; k < inner; ++k) sum += x[i * inner + k] * w[k * kAffineWidth + j];
        }
      }
      add_product(x.data(), rows, inner, w.data(), y.data());
      EXPECT_EQ(y, expected) << rows << " rows, " << inner << " within";
    }
  }
}

}  // namespace
}  // namespace scinet
