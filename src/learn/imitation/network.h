// The network of the imitation learner, as training records it. docs/learner.md has the picture.
//
// For a view with N hosts and R strategies of waiting workloads, in rows:
//
//   p = mean over requests of relu(requests Wr)            what waits            [1, d]
//   c = tanh([cluster, p] Wc)                              the cluster           [1, d]
//   x = tanh(hosts Wh + c Wch)                             each host alone       [N, d]
//   y = x + Attention(x)                                   beside the others     [N, d]
//   z = y + relu(y W1) W2                                                        [N, d]
//   g = [c, mean of z]                                                           [1, 2d]
//
// An answer with the row a to a question of head k, about host h (or none), gets
//
//   logit = relu(z_h Uk + g Vk + a Wk) uk + a wk
//
// and host h is expected to be utilised by sigmoid(relu(z_h Wn) un + hosts_h wn) over the next
// beat. Nothing depends on the order or number of hosts (Vaswani et al., NeurIPS 2017, without
// positions; Zaheer et al., "Deep sets", NeurIPS 2017).
#pragma once

#include <array>
#include <vector>

#include "learn/imitation/features.h"
#include "learn/weights.h"

namespace scinet {

inline constexpr Eigen::Index kWidth = 32;          // d
inline constexpr Eigen::Index kAttentionHeads = 2;  // of kWidth / 2 each

struct NetworkShape {
  bool attention = true;  // false: hosts do not see each other but by their mean

  friend bool operator==(const NetworkShape&, const NetworkShape&) = default;
};

std::vector<WeightShape> imitation_shapes();

// Where training starts: it decides by the closed forms of what an answer leads to, and switches no
// host. So what it learns is where these are wrong.
Weights untrained_imitation(RandomStream random);

// All questions of one head about one view, below each other.
struct AnswerRows {
  Matrix answers;  // [answers, kAnswerColumns[head]]
  Rows hosts;      // of each answer; -1: none
};

struct ImitationInput {
  Matrix hosts;     // [N, kHostColumns]
  Matrix requests;  // [R, kRequestColumns]
  Matrix cluster;   // [1, kClusterColumns]
  std::array<AnswerRows, kHeads> heads;
};

struct ImitationOutput {
  std::array<Tape::Variable, kHeads> logits;  // [answers, 1]; of heads without answers unset
  Tape::Variable utilisation;                 // [N, 1], over the next beat
};

ImitationOutput record_imitation(const WeightsOnTape& network, const NetworkShape& shape,
                                 const ImitationInput& input);

// The name of a head in weights, files and reports: "power", "strategy", "host".
std::string_view to_string(Head head);

}  // namespace scinet
