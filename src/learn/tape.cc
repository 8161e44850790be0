#include "learn/tape.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"

namespace scinet {

Tape::Variable Tape::constant(Matrix value) {
  nodes_.push_back({.value = std::move(value), .gradient = {}, .spread = {}, .is_tracked = false});
  return {nodes_.size() - 1};
}

Tape::Variable Tape::tracked(Matrix value) {
  nodes_.push_back({.value = std::move(value), .gradient = {}, .spread = {}, .is_tracked = true});
  return {nodes_.size() - 1};
}

double Tape::number(Variable x) const {
  ensure(value(x).size() == 1, "the matrix is a single number");
  return value(x)(0, 0);
}

Tape::Variable Tape::record(Matrix value, std::initializer_list<Variable> inputs, Spread spread) {
  const bool tracked = std::ranges::any_of(inputs, [&](Variable x) { return is_tracked(x); });
  nodes_.push_back({.value = std::move(value),
                    .gradient = {},
                    .spread = tracked ? std::move(spread) : Spread{},
                    .is_tracked = tracked});
  return {nodes_.size() - 1};
}

template <class Expression>
void Tape::pass(Variable to, const Expression& gradient) {
  if (!is_tracked(to)) return;
  Matrix& sum = nodes_[to.position].gradient;
  if (sum.size() == 0) {
    sum = gradient;
  } else {
    sum += gradient;
  }
}

void Tape::differentiate(Variable scalar) {
  ensure(value(scalar).size() == 1, "only a single number is differentiated");
  pass(scalar, Matrix::Ones(1, 1));
  for (std::size_t i = scalar.position + 1; i-- > 0;) {
    const Node& node = nodes_[i];
    if (node.spread && node.gradient.size() > 0) node.spread(node.gradient);
  }
}

void Tape::clear_gradients() {
  for (Node& node : nodes_) node.gradient.resize(0, 0);
}

void Tape::rewind(std::size_t size) {
  ensure(size <= nodes_.size(), "a tape is rewound, not wound forward");
  nodes_.resize(size);
}

// ---- Arithmetic.

Tape::Variable Tape::product(Variable a, Variable b) {
  return record(value(a) * value(b), {a, b}, [this, a, b](const Matrix& g) {
    if (is_tracked(a)) pass(a, g * value(b).transpose());
    if (is_tracked(b)) pass(b, value(a).transpose() * g);
  });
}

Tape::Variable Tape::product_with_transposed(Variable a, Variable b) {
  return record(value(a) * value(b).transpose(), {a, b}, [this, a, b](const Matrix& g) {
    if (is_tracked(a)) pass(a, g * value(b));
    if (is_tracked(b)) pass(b, g.transpose() * value(a));
  });
}

Tape::Variable Tape::sum(Variable a, Variable b) {
  return record(value(a) + value(b), {a, b}, [this, a, b](const Matrix& g) {
    pass(a, g);
    pass(b, g);
  });
}

Tape::Variable Tape::difference(Variable a, Variable b) {
  return record(value(a) - value(b), {a, b}, [this, a, b](const Matrix& g) {
    pass(a, g);
    pass(b, -g);
  });
}

Tape::Variable Tape::times(Variable a, Variable b) {
  return record(value(a).cwiseProduct(value(b)), {a, b}, [this, a, b](const Matrix& g) {
    pass(a, g.cwiseProduct(value(b)));
    pass(b, g.cwiseProduct(value(a)));
  });
}

Tape::Variable Tape::scaled(Variable a, double factor) {
  return record(factor * value(a), {a},
                [this, a, factor](const Matrix& g) { pass(a, factor * g); });
}

Tape::Variable Tape::plus_row(Variable a, Variable row) {
  return record(value(a).rowwise() + value(row).row(0), {a, row}, [this, a, row](const Matrix& g) {
    pass(a, g);
    pass(row, g.colwise().sum());
  });
}

Tape::Variable Tape::times_column(Variable a, Variable column) {
  Matrix result = value(a).array().colwise() * value(column).col(0).array();
  return record(std::move(result), {a, column}, [this, a, column](const Matrix& g) {
    if (is_tracked(a)) pass(a, (g.array().colwise() * value(column).col(0).array()).matrix());
    if (is_tracked(column)) pass(column, g.cwiseProduct(value(a)).rowwise().sum());
  });
}

// ---- Element by element. `y` is the position that the result is about to get.

Tape::Variable Tape::tanh(Variable a) {
  const Variable y{size()};
  return record(value(a).array().tanh(), {a}, [this, a, y](const Matrix& g) {
    pass(a, (g.array() * (1.0 - value(y).array().square())).matrix());
  });
}

Tape::Variable Tape::relu(Variable a) {
  return record(value(a).cwiseMax(0.0), {a},
                [this, a](const Matrix& g) { pass(a, (value(a).array() > 0.0).select(g, 0.0)); });
}

Tape::Variable Tape::sigmoid(Variable a) {
  const Variable y{size()};
  return record((1.0 + (-value(a).array()).exp()).inverse(), {a}, [this, a, y](const Matrix& g) {
    pass(a, (g.array() * value(y).array() * (1.0 - value(y).array())).matrix());
  });
}

Tape::Variable Tape::softplus(Variable a) {
  // log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), which does not overflow.
  const auto x = value(a).array();
  Matrix result = x.max(0.0) + (1.0 + (-x.abs()).exp()).log();
  return record(std::move(result), {a}, [this, a](const Matrix& g) {
    pass(a, (g.array() / (1.0 + (-value(a).array()).exp())).matrix());
  });
}

Tape::Variable Tape::exp(Variable a) {
  const Variable y{size()};
  return record(value(a).array().exp(), {a},
                [this, a, y](const Matrix& g) { pass(a, g.cwiseProduct(value(y))); });
}

Tape::Variable Tape::square(Variable a) {
  return record(value(a).array().square(), {a},
                [this, a](const Matrix& g) { pass(a, 2.0 * g.cwiseProduct(value(a))); });
}

// ---- Shapes.

Tape::Variable Tape::beside(Variable a, Variable b) {
  const Eigen::Index left = value(a).cols();
  const Eigen::Index right = value(b).cols();
  Matrix result(value(a).rows(), left + right);
  result << value(a), value(b);
  return record(std::move(result), {a, b}, [this, a, b, left, right](const Matrix& g) {
    pass(a, g.leftCols(left));
    pass(b, g.rightCols(right));
  });
}

Tape::Variable Tape::columns(Variable a, Eigen::Index first, Eigen::Index count) {
  return record(value(a).middleCols(first, count), {a}, [this, a, first, count](const Matrix& g) {
    Matrix whole = Matrix::Zero(value(a).rows(), value(a).cols());
    whole.middleCols(first, count) = g;
    pass(a, whole);
  });
}

Tape::Variable Tape::rows(Variable a, Rows chosen) {
  Matrix result(static_cast<Eigen::Index>(chosen.size()), value(a).cols());
  for (Eigen::Index i = 0; i < result.rows(); ++i) {
    result.row(i) = value(a).row(chosen[static_cast<std::size_t>(i)]);
  }
  return record(std::move(result), {a}, [this, a, chosen = std::move(chosen)](const Matrix& g) {
    Matrix whole = Matrix::Zero(value(a).rows(), value(a).cols());
    for (Eigen::Index i = 0; i < g.rows(); ++i) {
      whole.row(chosen[static_cast<std::size_t>(i)]) += g.row(i);
    }
    pass(a, whole);
  });
}

Tape::Variable Tape::group_sums(Variable a, Rows groups, Eigen::Index count) {
  Matrix result = Matrix::Zero(count, value(a).cols());
  for (Eigen::Index i = 0; i < value(a).rows(); ++i) {
    result.row(groups[static_cast<std::size_t>(i)]) += value(a).row(i);
  }
  return record(std::move(result), {a}, [this, a, groups = std::move(groups)](const Matrix& g) {
    Matrix spread(value(a).rows(), value(a).cols());
    for (Eigen::Index i = 0; i < spread.rows(); ++i) {
      spread.row(i) = g.row(groups[static_cast<std::size_t>(i)]);
    }
    pass(a, spread);
  });
}

Tape::Variable Tape::row_softmax(Variable a) {
  if (value(a).size() == 0) return a;
  Matrix result = (value(a).colwise() - value(a).rowwise().maxCoeff()).array().exp();
  const Eigen::VectorXd sums = result.rowwise().sum();
  result.array().colwise() /= sums.array();
  const Variable y{size()};
  return record(std::move(result), {a}, [this, a, y](const Matrix& g) {
    const Matrix weighted = g.cwiseProduct(value(y));
    const Eigen::VectorXd shared = weighted.rowwise().sum();
    pass(a, weighted - (value(y).array().colwise() * shared.array()).matrix());
  });
}

Tape::Variable Tape::group_softmax(Variable column, Rows groups, Eigen::Index count) {
  const Matrix& x = value(column);
  const auto group = [&](Eigen::Index i) { return groups[static_cast<std::size_t>(i)]; };
  Eigen::VectorXd most = Eigen::VectorXd::Constant(count, -1e300);
  for (Eigen::Index i = 0; i < x.rows(); ++i) most(group(i)) = std::max(most(group(i)), x(i, 0));
  Matrix result(x.rows(), 1);
  Eigen::VectorXd sums = Eigen::VectorXd::Zero(count);
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    result(i, 0) = std::exp(x(i, 0) - most(group(i)));
    sums(group(i)) += result(i, 0);
  }
  for (Eigen::Index i = 0; i < x.rows(); ++i) result(i, 0) /= sums(group(i));
  const Variable y{size()};
  const auto spread = [this, column, y, count, groups = std::move(groups)](const Matrix& g) {
    const Matrix& share = value(y);
    Eigen::VectorXd weighted = Eigen::VectorXd::Zero(count);
    for (Eigen::Index i = 0; i < g.rows(); ++i) {
      weighted(groups[static_cast<std::size_t>(i)]) += g(i, 0) * share(i, 0);
    }
    Matrix passed(g.rows(), 1);
    for (Eigen::Index i = 0; i < g.rows(); ++i) {
      passed(i, 0) = share(i, 0) * (g(i, 0) - weighted(groups[static_cast<std::size_t>(i)]));
    }
    pass(column, passed);
  };
  return record(std::move(result), {column}, spread);
}

Tape::Variable Tape::column_means(Variable a) {
  const Eigen::Index count = std::max<Eigen::Index>(value(a).rows(), 1);
  const double factor = 1.0 / static_cast<double>(count);
  return record(factor * value(a).colwise().sum(), {a}, [this, a, factor](const Matrix& g) {
    pass(a, (factor * g).replicate(value(a).rows(), 1));
  });
}

Tape::Variable Tape::total(Variable a) {
  return record(Matrix::Constant(1, 1, value(a).sum()), {a}, [this, a](const Matrix& g) {
    pass(a, Matrix::Constant(value(a).rows(), value(a).cols(), g(0, 0)));
  });
}

Tape::Variable Tape::computed(Variable a, Matrix value, Matrix jacobian) {
  return record(std::move(value), {a}, [this, a, jacobian = std::move(jacobian)](const Matrix& g) {
    pass(a, jacobian.transpose() * g);
  });
}

}  // namespace scinet
