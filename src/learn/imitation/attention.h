// What each row sees of all others: the inner loop of a forward pass, quadratic in hosts.
#pragma once

#include <cstddef>
#include <vector>

namespace scinet {

inline constexpr std::size_t kAttentionWidth = 16;

// One head of attention: out_i = sum_j softmax_j(q_i k_j + bias_j) v_j.
//
// Rows are kAttentionWidth floats, `stride` floats apart. Sums run in the same order whatever the
// width of a register, so all machines get the same bits. Allocates only for more rows than ever
// before.
class AttentionHead {
 public:
  void grow(std::size_t rows);
  // `bias` has one number per row; nullptr: 0 for all. Exponentials are exact to a few units in the
  // last place.
  void attend(const float* queries, const float* keys, const float* values, const float* bias,
              std::size_t rows, std::size_t stride, float* out);

 private:
  std::vector<float> keys_;    // [kAttentionWidth, rows], rows filled up to whole registers
  std::vector<float> bias_;    // [rows]
  std::vector<float> scores_;  // [queries at once, rows]
};

}  // namespace scinet
