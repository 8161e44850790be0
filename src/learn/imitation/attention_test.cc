// The fast attention against the obvious one.
#include "learn/imitation/attention.h"

#include <algorithm>
#include <cmath>

#include "learn/imitation/imitation_testing.h"

namespace scinet {
namespace {

constexpr std::size_t kStride = 2 * kAttentionWidth;  // as with two heads beside each other

std::vector<float> drawn(std::size_t rows, double spread, RandomStream& random) {
  std::vector<float> values(rows * kStride);
  for (float& value : values) value = static_cast<float>(spread * random.normal());
  return values;
}

struct Rows {
  std::vector<float> queries, keys, values, bias;

  Rows(std::size_t rows, double spread, RandomStream random)
      : queries(drawn(rows, spread, random)),
        keys(drawn(rows, spread, random)),
        values(drawn(rows, 1.0, random)) {}

  std::size_t size() const { return queries.size() / kStride; }

  std::vector<float> attended() const {
    std::vector<float> out(queries.size(), 0.0f);
    AttentionHead head;
    head.attend(queries.data(), keys.data(), values.data(), bias.empty() ? nullptr : bias.data(),
                size(), kStride, out.data());
    return out;
  }

  double score(std::size_t i, std::size_t j) const {
    double sum = bias.empty() ? 0.0 : bias[j];
    for (std::size_t c = 0; c < kAttentionWidth; ++c) {
      sum += static_cast<double>(queries[i * kStride + c]) * keys[j * kStride + c];
    }
    return sum;
  }

  // What row i sees in column k, in 64 bits.
  double expected(std::size_t i, std::size_t k) const {
    double most = score(i, 0);
    for (std::size_t j = 1; j < size(); ++j) most = std::max(most, score(i, j));
    double sum = 0.0;
    double weights = 0.0;
    for (std::size_t j = 0; j < size(); ++j) {
      const double weight = std::exp(score(i, j) - most);
      weights += weight;
      sum += weight * values[j * kStride + k];
    }
    return sum / weights;
  }
};

TEST(AttentionHead, SaysWhatTheFormulaSays) {
  for (const std::size_t count : {1u, 2u, 7u, 8u, 9u, 31u, 100u}) {
    for (const double spread : {0.3, 2.0}) {
      Rows rows(count, spread, RandomStreams(count).stream("rows"));
      for (const bool is_biased : {false, true}) {
        if (is_biased) rows.bias = std::vector<float>(count, 0.0f);
        for (std::size_t j = 0; j < rows.bias.size(); ++j) {
          rows.bias[j] = std::log(static_cast<float>(1 + j % 5));
        }
        const std::vector<float> found = rows.attended();
        for (std::size_t i = 0; i < count; ++i) {
          for (std::size_t k = 0; k < kAttentionWidth; ++k) {
            EXPECT_NEAR(found[i * kStride + k], rows.expected(i, k), 1e-5)
                << count << " rows, row " << i << ", column " << k;
            EXPECT_EQ(found[i * kStride + kAttentionWidth + k], 0.0f) << "beside its columns";
          }
        }
      }
    }
  }
}

TEST(AttentionHead, HoldsForScoresThatDifferMuch) {
  const Rows rows(40, 8.0, RandomStreams(1).stream("rows"));
  const std::vector<float> found = rows.attended();
  for (std::size_t i = 0; i < 40; ++i) {
    for (std::size_t k = 0; k < kAttentionWidth; ++k) {
      EXPECT_NEAR(found[i * kStride + k], rows.expected(i, k), 3e-3);
    }
  }
}

TEST(AttentionHead, SmallerAfterLargerIsAsIfAlone) {
  const Rows large(50, 1.0, RandomStreams(2).stream("rows"));
  const Rows small(5, 1.0, RandomStreams(3).stream("rows"));
  AttentionHead head;
  std::vector<float> out(large.queries.size());
  for (const Rows* rows : {&large, &small}) {
    head.attend(rows->queries.data(), rows->keys.data(), rows->values.data(), nullptr, rows->size(),
                kStride, out.data());
  }
  const std::vector<float> alone = small.attended();
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t k = 0; k < kAttentionWidth; ++k) {
      EXPECT_EQ(out[i * kStride + k], alone[i * kStride + k]);
    }
  }
}

}  // namespace
}  // namespace scinet
