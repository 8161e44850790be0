#include "learn/plan_training.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/ensure.h"

namespace scinet {
namespace {

using Variable = Tape::Variable;

Matrix centred(const Matrix& x) { return x.rowwise() - x.colwise().mean(); }

Variable centred(Tape& tape, Variable x) {
  return tape.plus_row(x, tape.scaled(tape.column_means(x), -1.0));
}

Variable all_placed(Tape& tape, const PlanExample& example) {
  return tape.constant(Matrix::Ones(example.pictures.pairs.rows(), 1));
}

// The mean over plans of the squares, each term relative to its scale.
Variable squares(Tape& tape, Variable error, const Matrix& scales) {
  const Eigen::Index rows = tape.value(error).rows();
  const Matrix factors = scales.cwiseInverse().replicate(rows, 1);
  const Variable relative = tape.times(error, tape.constant(factors));
  return tape.scaled(tape.total(tape.square(relative)), 1.0 / static_cast<double>(rows));
}

// -log of the normal density at the error, without the constant: e^2 / (2 s^2) + log s.
Variable surprise(Tape& tape, Variable error, Variable log_deviation) {
  const Variable precision = tape.exp(tape.scaled(log_deviation, -2.0));
  const Variable square = tape.scaled(tape.times(tape.square(error), precision), 0.5);
  const auto rows = static_cast<double>(tape.value(error).rows());
  return tape.scaled(tape.total(tape.sum(square, log_deviation)), 1.0 / rows);
}

// Of every two plans the better one should have the smaller loss: sum over pairs of
// |d| / D * log(1 + exp(-(predicted difference) sign(d) / D)), with d the true difference and D the
// mean |d| of the view. A mistake between plans that differ much counts more.
Variable disorder(Tape& tape, Variable loss, const Matrix& truth) {
  Rows worse;
  Rows better;
  std::vector<double> gaps;
  double sum = 0.0;
  for (Eigen::Index i = 0; i < truth.rows(); ++i) {
    for (Eigen::Index j = 0; j < truth.rows(); ++j) {
      if (!(truth(i, 0) > truth(j, 0))) continue;
      worse.push_back(i);
      better.push_back(j);
      gaps.push_back(truth(i, 0) - truth(j, 0));
      sum += gaps.back();
    }
  }
  if (gaps.empty()) return tape.constant(Matrix::Zero(1, 1));
  const auto count = static_cast<double>(gaps.size());
  const double scale = sum / count;
  const Matrix weights =
      Eigen::Map<const Matrix>(gaps.data(), static_cast<Eigen::Index>(gaps.size()), 1) / sum;
  const Variable found = tape.difference(tape.rows(loss, worse), tape.rows(loss, better));
  const Variable mistakes = tape.softplus(tape.scaled(found, -1.0 / scale));
  return tape.total(tape.times(mistakes, tape.constant(weights)));
}

// How good the scores of the network are on examples, against those of no network at all.
class Measurement {
 public:
  Measurement(const Weights& weights, std::span<const PlanExample> train,
              std::span<const PlanExample> held_out) {
    double mean = 0.0;
    double plans = 0.0;
    for (const PlanExample& example : train) {
      mean += losses(example).sum();
      plans += static_cast<double>(example.terms.rows());
    }
    mean /= plans;
    for (const PlanExample& example : held_out) add(weights, example, mean);
  }

  std::vector<HeldOutError> errors() const {
    const auto root = [&](double squares) { return std::sqrt(squares / plans_); };
    return {{"root mean square error of QoS", root(trained_), root(untrained_),
             "mean of the training examples"},
            {"root mean square error of QoS differences between plans of a view",
             root(trained_within_), root(untrained_within_), "all plans alike"},
            {"share of two plans of a view in the wrong order", wrong_ / pairs_, 0.5, "chance"}};
  }

 private:
  static Matrix losses(const PlanExample& example) {
    return example.terms * row_of(example.weights).transpose();
  }

  void add(const Weights& weights, const PlanExample& example, double mean) {
    Tape tape;
    const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kDecide);
    const PredictedTerms terms =
        predict_terms(network, example.pictures, all_placed(tape, example));
    const Matrix predicted = tape.value(predicted_loss(tape, terms, example.weights));
    const Matrix truth = losses(example);
    plans_ += static_cast<double>(truth.rows());
    trained_ += (predicted - truth).squaredNorm();
    untrained_ += (truth.array() - mean).square().sum();
    trained_within_ += centred(predicted - truth).squaredNorm();
    untrained_within_ += centred(truth).squaredNorm();
    for (Eigen::Index i = 0; i < truth.rows(); ++i) {
      for (Eigen::Index j = 0; j < truth.rows(); ++j) {
        if (!(truth(i, 0) > truth(j, 0))) continue;
        pairs_ += 1.0;
        wrong_ += predicted(i, 0) > predicted(j, 0) ? 0.0 : 1.0;
      }
    }
  }

  double plans_ = 0.0;
  double pairs_ = 0.0;
  double trained_ = 0.0;
  double untrained_ = 0.0;
  double trained_within_ = 0.0;
  double untrained_within_ = 0.0;
  double wrong_ = 0.0;
};

}  // namespace

TermScales scales_of(const std::vector<PlanExample>& examples) {
  constexpr double kLeast = 1e-3;
  Matrix mean = Matrix::Zero(1, kQosTerms);
  Matrix square = mean;
  Matrix within = mean;
  double plans = 0.0;
  for (const PlanExample& example : examples) {
    mean += example.terms.colwise().sum();
    square += example.terms.cwiseAbs2().colwise().sum();
    within += centred(example.terms).cwiseAbs2().colwise().sum();
    plans += static_cast<double>(example.terms.rows());
  }
  mean /= plans;
  const Matrix between = (square / plans - mean.cwiseAbs2()).cwiseMax(0.0).cwiseSqrt();
  return {between.cwiseMax(kLeast), (within / plans).cwiseSqrt().cwiseMax(kLeast)};
}

Variable plan_loss(const WeightsOnTape& network, PlanGoal goal, const PlanExample& example,
                   const TermScales& scales) {
  Tape& tape = network.tape();
  const PredictedTerms terms = predict_terms(network, example.pictures, all_placed(tape, example));
  const Variable error = tape.difference(terms.mean, tape.constant(example.terms));
  const Variable loss = tape.sum(squares(tape, error, scales.between),
                                 squares(tape, centred(tape, error), scales.within));
  if (goal == PlanGoal::kTerms) return loss;
  const Variable likely = tape.sum(loss, surprise(tape, error, terms.log_deviation));
  if (goal == PlanGoal::kTermsAndDoubt) return likely;
  const Matrix truth = example.terms * row_of(example.weights).transpose();
  const Variable score = predicted_loss(tape, terms, example.weights);
  return tape.sum(tape.scaled(likely, 0.2), tape.scaled(disorder(tape, score, truth), 5.0));
}

TrainedNetwork train_plan_network(PlanGoal goal, const std::vector<PlanExample>& examples,
                                  const FitSettings& settings, const RandomStreams& streams) {
  ensure(examples.size() >= 10, "there are examples to learn from and to measure on");
  const std::size_t to_learn = examples.size() * 4 / 5;
  const std::span all(examples);
  const TermScales scales = scales_of(examples);
  TrainedNetwork trained;
  trained.weights = random_weights(plan_network_shapes(), streams.stream("weights"));
  fit(
      trained.weights, to_learn,
      [&](const WeightsOnTape& network, std::size_t i) {
        return plan_loss(network, goal, examples[i], scales);
      },
      settings, streams.stream("order"));
  round_to_float(trained.weights);
  trained.held_out =
      Measurement(trained.weights, all.first(to_learn), all.subspan(to_learn)).errors();
  return trained;
}

}  // namespace scinet
