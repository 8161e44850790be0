#include "learn/fitting.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/ensure.h"

namespace scinet {
namespace {

std::vector<std::size_t> shuffled(std::size_t count, RandomStream& random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

}  // namespace

void AdamW::step(Matrix& x, const Matrix& gradient, const Matrix& curvature, double rate) {
  constexpr double kEpsilon = 1e-8;
  if (steps_ == 0) {
    mean_ = Matrix::Zero(x.rows(), x.cols());
    square_ = mean_;
  }
  ++steps_;
  mean_ = settings_.beta1 * mean_ + (1.0 - settings_.beta1) * gradient;
  square_ = settings_.beta2 * square_ + (1.0 - settings_.beta2) * curvature.cwiseAbs2();
  const double mean_share = 1.0 - std::pow(settings_.beta1, steps_);
  const double square_share = 1.0 - std::pow(settings_.beta2, steps_);
  x *= 1.0 - rate * settings_.decay;
  x.array() -=
      rate * (mean_.array() / mean_share) / ((square_.array() / square_share).sqrt() + kEpsilon);
}

void fit(Weights& weights, std::size_t count, const ExampleLoss& loss, const FitSettings& settings,
         RandomStream random, const OnFitProgress& on_epoch) {
  ensure(count > 0 && settings.batch > 0, "there are examples to learn from");
  std::vector<AdamW> optimisers(weights.size(),
                                AdamW({.rate = settings.rate, .decay = settings.decay}));
  for (int epoch = 0; epoch < settings.epochs; ++epoch) {
    const double share = static_cast<double>(epoch) / settings.epochs;
    const double rate = settings.rate * (0.55 + 0.45 * std::cos(std::numbers::pi * share));
    const std::vector<std::size_t> order = shuffled(count, random);
    double sum = 0.0;
    const auto batch = static_cast<std::size_t>(settings.batch);
    for (std::size_t begin = 0; begin < count; begin += batch) {
      const std::size_t end = std::min(begin + batch, count);
      Tape tape;
      const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kTrain);
      const std::size_t start = tape.size();
      for (std::size_t i = begin; i < end; ++i) {
        tape.rewind(start);
        const Tape::Variable value = loss(network, order[i]);
        sum += tape.number(value);
        tape.differentiate(value);
      }
      const double factor = 1.0 / static_cast<double>(end - begin);
      for (std::size_t i = 0; i < weights.size(); ++i) {
        const Matrix& gradient = tape.gradient(network.all()[i]);
        if (gradient.size() == 0) continue;
        const Matrix mean = factor * gradient;
        optimisers[i].step(weights[i].values, mean, mean, rate);
      }
    }
    if (on_epoch) {
      on_epoch({.epoch = epoch + 1,
                .epochs = settings.epochs,
                .loss = sum / static_cast<double>(count)});
    }
  }
}

double mean_loss(const Weights& weights, std::size_t count, const ExampleLoss& loss) {
  ensure(count > 0, "there are examples to measure on");
  Tape tape;
  const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kDecide);
  const std::size_t start = tape.size();
  double sum = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    tape.rewind(start);
    sum += tape.number(loss(network, i));
  }
  return sum / static_cast<double>(count);
}

}  // namespace scinet
