// Stochastic gradient descent on examples, one at a time on a tape.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/random.h"
#include "learn/weights.h"

namespace scinet {

// AdamW of one matrix (Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR 2019):
// Adam's step on the gradient, and apart from it x <- x - rate * decay * x.
class AdamW {
 public:
  struct Settings {
    double rate = 0.001;
    double decay = 0.01;
    double beta1 = 0.9;
    double beta2 = 0.999;
  };

  explicit AdamW(const Settings& settings) : settings_(settings) {}

  // `curvature` stands in for the gradient in the second moment: with the diagonal of the Hessian
  // this is AdaHessian (Yao et al., AAAI 2021).
  void step(Matrix& x, const Matrix& gradient) { step(x, gradient, gradient, settings_.rate); }
  void step(Matrix& x, const Matrix& gradient, const Matrix& curvature, double rate);

  const Settings& settings() const { return settings_; }

 private:
  Settings settings_;
  Matrix mean_;
  Matrix square_;
  int steps_ = 0;
};

struct FitSettings {
  int epochs = 20;
  int batch = 16;       // examples a step
  double rate = 0.003;  // falls to a tenth of it over the epochs, as a cosine
  double decay = 0.001;
};

struct FitProgress {
  int epoch = 1;  // from 1
  int epochs = 1;
  double loss = 0.0;  // mean over the epoch
};
using OnFitProgress = std::function<void(const FitProgress&)>;

// The loss of one example, 1 x 1, recorded on the tape of the weights; it may depend on them only
// through the tape.
using ExampleLoss = std::function<Tape::Variable(const WeightsOnTape&, std::size_t example)>;

// Changes the weights so that the mean loss of examples 0 to `count` - 1 falls. The same weights,
// examples, settings and random numbers give the same result.
void fit(Weights& weights, std::size_t count, const ExampleLoss& loss, const FitSettings& settings,
         RandomStream random, const OnFitProgress& on_epoch = {});

// The mean loss, nothing changed.
double mean_loss(const Weights& weights, std::size_t count, const ExampleLoss& loss);

}  // namespace scinet
