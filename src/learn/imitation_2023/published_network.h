// The published network (Tuli, Casale, Jennings, IEEE TC 72(12), 2023), as training and decisions
// record it: a transformer over the recent utilisation of 16 hosts foresees the next, and three
// heads share what it has learned, each told what the heads before it decided:
//
//   E = encoder(beats), one layer, 16 heads, width 16             [12, 16]
//   m = decoder(last beat, E), one layer                          [1, 16]   the shared memory
//   next utilisation = sigmoid(m Wn + hosts Wh)                   [1, 16]
//   provisioning     = head[m, next, hosts, cluster]              [1, 16]   on or off
//   deployment       = head[m, on, load, request]                 [1, 3]    a request
//   placement        = head[m, on, load, request, strategy, fragment, hosts of its inputs]  [1, 16]
//
//   head[x] = relu(x W + b) W' + b' + x S
//
// `load` grows with each placement. A decision that is handed on is a row of 0 and 1; in training
// a differentiable one, so that heads also learn what later ones need.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include "learn/imitation_2023/published_scene.h"
#include "learn/weights.h"

namespace scinet {

std::vector<WeightShape> published_shapes();

class PublishedNetwork {
 public:
  using Variable = Tape::Variable;

  // Records the transformer; both are borrowed.
  PublishedNetwork(const WeightsOnTape& network, const PublishedInput& input);

  Tape& tape() const { return network_.tape(); }
  Variable next_utilisation() const { return next_; }  // [1, kSlots]
  Variable power() const { return power_; }            // logits, [1, kSlots]
  void decide_power(Variable on);                      // [1, kSlots]

  // Logits of the strategies of a request, [1, kSlotStrategies].
  Variable strategies(const Matrix& request) const;
  // Logits of the hosts of a fragment; `inputs` says where what it waits for is, [1, kSlots].
  Variable hosts(const Matrix& request, Variable strategy, const PublishedFragment& fragment,
                 Variable inputs) const;
  void place(Variable slot, double work);  // [1, kSlots], a one and zeros

 private:
  Variable head(const char* name, const std::vector<Variable>& inputs) const;
  Variable attended(const char* name, Variable x, Variable memory) const;
  Variable layer(const char* name, Variable x, Variable memory) const;

  const WeightsOnTape& network_;
  Variable memory_{};
  Variable next_{};
  Variable power_{};
  Variable on_{};
  Variable load_{};
};

Matrix one_of(std::size_t count, std::size_t which);  // [1, count], a one and zeros
std::size_t largest(const Matrix& row);               // the first of the largest

// The logits, with those of what cannot be chosen far below all others.
template <std::size_t count>
Tape::Variable only(Tape& tape, Tape::Variable logits, const std::array<bool, count>& possible) {
  constexpr double kImpossible = -1e9;
  Matrix mask = Matrix::Zero(1, static_cast<Eigen::Index>(count));
  for (std::size_t i = 0; i < count; ++i) {
    if (!possible[i]) mask(0, static_cast<Eigen::Index>(i)) = kImpossible;
  }
  return tape.sum(logits, tape.constant(std::move(mask)));
}

// The value of `hard`, the derivative of `soft`: how a decision is handed on in training (Bengio,
// Leonard, Courville, "Estimating or propagating gradients through stochastic neurons", 2013).
Tape::Variable straight_through(Tape& tape, Tape::Variable soft, const Matrix& hard);

}  // namespace scinet
