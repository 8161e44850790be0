#include "learn/lstm.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace scinet {
namespace {

using Variable = Tape::Variable;

constexpr Eigen::Index kWidth = 12;
constexpr std::size_t kLongest = 12;  // values that are read

// All series are as long.
std::vector<Matrix> steps_of(const std::vector<std::vector<double>>& series) {
  const std::size_t length = series.empty() ? 0 : series.front().size();
  std::vector<Matrix> steps;
  for (std::size_t i = length - std::min(length, kLongest); i < length; ++i) {
    Matrix& step = steps.emplace_back(static_cast<Eigen::Index>(series.size()), 1);
    for (std::size_t row = 0; row < series.size(); ++row) {
      step(static_cast<Eigen::Index>(row), 0) = series[row][i];
    }
  }
  return steps;
}

std::vector<std::vector<Forecast>> foresee(const Weights& weights, const std::vector<Matrix>& past,
                                           std::size_t series, int steps) {
  std::vector<std::vector<Forecast>> predictions(series);
  if (past.empty() || series == 0) {
    for (auto& own : predictions) own.resize(static_cast<std::size_t>(steps));
    return predictions;
  }
  Tape tape;
  const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kDecide);
  LstmReader reader(network, static_cast<Eigen::Index>(series));
  ForeseenStep next;
  for (const Matrix& step : past) next = reader.read(tape.constant(step));
  Matrix variance = Matrix::Zero(static_cast<Eigen::Index>(series), 1);
  for (int i = 0; i < steps; ++i) {
    if (i > 0) next = reader.read(next.mean);
    variance.array() += (2.0 * tape.value(next.log_deviation).array()).exp();
    for (std::size_t row = 0; row < series; ++row) {
      const auto at = static_cast<Eigen::Index>(row);
      predictions[row].push_back({tape.value(next.mean)(at, 0), std::sqrt(variance(at, 0))});
    }
  }
  return predictions;
}

}  // namespace

std::vector<WeightShape> lstm_shapes() {
  std::vector<WeightShape> shapes = dense_shapes("gates", 1 + kWidth, 4 * kWidth);
  std::ranges::move(dense_shapes("next", kWidth, 2), std::back_inserter(shapes));
  return shapes;
}

LstmReader::LstmReader(const WeightsOnTape& network, Eigen::Index series)
    : network_(network),
      cell_(network.tape().constant(Matrix::Zero(series, kWidth))),
      hidden_(cell_) {}

ForeseenStep LstmReader::read(Variable x) {
  Tape& tape = network_.tape();
  const Variable gates = network_.dense("gates", tape.beside(x, hidden_));
  const auto gate = [&](Eigen::Index i) { return tape.columns(gates, i * kWidth, kWidth); };
  const Variable added = tape.times(tape.sigmoid(gate(0)), tape.tanh(gate(1)));
  cell_ = tape.sum(tape.times(tape.sigmoid(gate(2)), cell_), added);
  hidden_ = tape.times(tape.sigmoid(gate(3)), tape.tanh(cell_));
  const Variable next = network_.dense("next", hidden_);
  const Variable spread = tape.scaled(tape.tanh(tape.columns(next, 1, 1)), 2.0);
  const Variable middle = tape.constant(Matrix::Constant(1, 1, -2.5));
  return {tape.sum(x, tape.columns(next, 0, 1)), tape.plus_row(spread, middle)};
}

SeriesPredictor predict_by_lstm(Weights weights) {
  return [weights = std::move(weights)](const std::vector<std::vector<double>>& series, int steps) {
    return foresee(weights, steps_of(series), series.size(), steps);
  };
}

}  // namespace scinet
