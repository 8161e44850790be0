#include "learn/weights.h"

#include <algorithm>
#include <cmath>

#include "base/ensure.h"

namespace scinet {

std::vector<WeightShape> dense_shapes(std::string_view name, Eigen::Index inputs,
                                      Eigen::Index outputs) {
  return {{std::string(name) + ".weight", inputs, outputs},
          {std::string(name) + ".bias", 1, outputs}};
}

Weights random_weights(const std::vector<WeightShape>& shapes, RandomStream random) {
  Weights weights;
  for (const WeightShape& shape : shapes) {
    Matrix values = Matrix::Zero(shape.rows, shape.columns);
    if (!shape.name.ends_with(".bias")) {
      const double deviation = 1.0 / std::sqrt(static_cast<double>(shape.rows));
      for (Eigen::Index i = 0; i < values.size(); ++i)
        values.data()[i] = deviation * random.normal();
    }
    weights.push_back({shape.name, std::move(values)});
  }
  return weights;
}

std::vector<WeightShape> shapes_of(const Weights& weights) {
  std::vector<WeightShape> shapes;
  for (const auto& [name, values] : weights) shapes.push_back({name, values.rows(), values.cols()});
  return shapes;
}

void round_to_float(Weights& weights) {
  for (NamedMatrix& matrix : weights) matrix.values = matrix.values.cast<float>().cast<double>();
}

WeightsOnTape::WeightsOnTape(Tape& tape, const Weights& weights, Use use) : tape_(&tape) {
  for (const auto& [name, values] : weights) {
    names_.push_back(name);
    variables_.push_back(use == Use::kTrain ? tape.tracked(values) : tape.constant(values));
  }
}

Tape::Variable WeightsOnTape::at(std::string_view name) const {
  const auto found = std::ranges::find(names_, name);
  ensure(found != names_.end(), "the network has weights of this name");
  return variables_[static_cast<std::size_t>(found - names_.begin())];
}

Tape::Variable WeightsOnTape::dense(std::string_view name, Tape::Variable x) const {
  const std::string prefix(name);
  return tape_->plus_row(tape_->product(x, at(prefix + ".weight")), at(prefix + ".bias"));
}

}  // namespace scinet
