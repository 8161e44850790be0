// Every operation against finite differences: no gradient is taken on trust.
#include "learn/tape.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/random.h"

namespace scinet {
namespace {

using Variable = Tape::Variable;
using Function = std::function<Variable(Tape&, Variable a, Variable b)>;

Matrix drawn(Eigen::Index rows, Eigen::Index columns, RandomStream& random) {
  Matrix matrix(rows, columns);
  for (Eigen::Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = random.normal();
  return matrix;
}

// sum_ij w_ij f(a, b)_ij, with weights that tell all elements apart.
double weighted_value(const Function& f, const Matrix& a, const Matrix& b, Matrix* grad_a = nullptr,
                      Matrix* grad_b = nullptr) {
  Tape tape;
  const Variable x = tape.tracked(a);
  const Variable y = tape.tracked(b);
  const Variable result = f(tape, x, y);
  Matrix weights = tape.value(result);
  for (Eigen::Index i = 0; i < weights.size(); ++i) {
    weights.data()[i] = 0.3 + 0.7 * static_cast<double>(i % 5);
  }
  const Variable loss = tape.total(tape.times(result, tape.constant(weights)));
  tape.differentiate(loss);
  if (grad_a) *grad_a = tape.gradient(x);
  if (grad_b) *grad_b = tape.gradient(y);
  return tape.number(loss);
}

void expect_gradient(const Matrix& gradient, Matrix at, const std::function<double()>& value,
                     Matrix& place) {
  constexpr double kStep = 1e-5;
  for (Eigen::Index i = 0; i < at.size(); ++i) {
    place = at;
    place.data()[i] += kStep;
    const double above = value();
    place.data()[i] -= 2 * kStep;
    const double below = value();
    const double expected = (above - below) / (2 * kStep);
    const double found = gradient.size() == 0 ? 0.0 : gradient.data()[i];
    EXPECT_NEAR(found, expected, 1e-7 * (1.0 + std::abs(expected))) << "element " << i;
  }
  place = at;
}

void check(const Function& f, Matrix a, Matrix b) {
  Matrix grad_a;
  Matrix grad_b;
  weighted_value(f, a, b, &grad_a, &grad_b);
  const auto value = [&] { return weighted_value(f, a, b); };
  expect_gradient(grad_a, a, value, a);
  expect_gradient(grad_b, b, value, b);
}

TEST(Tape, DifferentiatesArithmetic) {
  RandomStream random = RandomStreams(1).stream("tape");
  const Matrix a = drawn(3, 4, random);
  const Matrix same = drawn(3, 4, random);
  check([](Tape& t, Variable x, Variable y) { return t.product(x, y); }, a, drawn(4, 2, random));
  check([](Tape& t, Variable x, Variable y) { return t.product_with_transposed(x, y); }, a,
        drawn(2, 4, random));
  check([](Tape& t, Variable x, Variable y) { return t.sum(x, y); }, a, same);
  check([](Tape& t, Variable x, Variable y) { return t.difference(x, y); }, a, same);
  check([](Tape& t, Variable x, Variable y) { return t.times(x, y); }, a, same);
  check([](Tape& t, Variable x, Variable) { return t.times(x, x); }, a, same);
  check([](Tape& t, Variable x, Variable) { return t.scaled(x, -1.5); }, a, same);
  check([](Tape& t, Variable x, Variable y) { return t.plus_row(x, y); }, a, drawn(1, 4, random));
  check([](Tape& t, Variable x, Variable y) { return t.times_column(x, y); }, a,
        drawn(3, 1, random));
}

TEST(Tape, DifferentiatesElementByElement) {
  RandomStream random = RandomStreams(2).stream("tape");
  const Matrix a = 3.0 * drawn(3, 4, random);
  const Matrix unused = drawn(1, 1, random);
  check([](Tape& t, Variable x, Variable) { return t.tanh(x); }, a, unused);
  check([](Tape& t, Variable x, Variable) { return t.relu(x); }, a, unused);
  check([](Tape& t, Variable x, Variable) { return t.row_softmax(x); }, a, unused);
  check([](Tape& t, Variable x, Variable) { return t.sigmoid(x); }, a, unused);
  check([](Tape& t, Variable x, Variable) { return t.softplus(x); }, a, unused);
  check([](Tape& t, Variable x, Variable) { return t.exp(x); }, 0.3 * a, unused);
  check([](Tape& t, Variable x, Variable) { return t.square(x); }, a, unused);
}

TEST(Tape, DifferentiatesWhatChangesShapes) {
  RandomStream random = RandomStreams(3).stream("tape");
  const Matrix a = drawn(4, 3, random);
  const Matrix b = drawn(4, 2, random);
  const Matrix column = drawn(4, 1, random);
  const Rows groups{1, 0, 1, 1};
  check([](Tape& t, Variable x, Variable y) { return t.beside(x, y); }, a, b);
  check([](Tape& t, Variable x, Variable) { return t.columns(x, 1, 2); }, a, b);
  check([](Tape& t, Variable x, Variable) { return t.rows(x, {2, 2, 0}); }, a, b);
  check([&](Tape& t, Variable x, Variable) { return t.group_sums(x, groups, 3); }, a, b);
  check([&](Tape& t, Variable x, Variable) { return t.group_softmax(x, groups, 2); }, column, b);
  check([](Tape& t, Variable x, Variable) { return t.column_means(x); }, a, b);
  check([](Tape& t, Variable x, Variable) { return t.total(x); }, a, b);
  const Matrix linear = drawn(2, 4, random);
  const auto map = [&](Tape& t, Variable x, Variable) {
    return t.computed(x, linear * t.value(x), linear);
  };
  check(map, column, b);
}

TEST(Tape, GivesEachGroupSharesThatSumToOne) {
  Tape tape;
  const Variable x = tape.constant((Matrix(4, 1) << 700.0, -3.0, 701.0, 2.0).finished());
  const Matrix shares = tape.value(tape.group_softmax(x, {0, 1, 0, 1}, 2));
  EXPECT_NEAR(shares(0, 0) + shares(2, 0), 1.0, 1e-12);
  EXPECT_NEAR(shares(2, 0), 1.0 / (1.0 + std::exp(-1.0)), 1e-12);
  EXPECT_NEAR(shares(1, 0) + shares(3, 0), 1.0, 1e-12);
}

TEST(Tape, SoftplusStaysFiniteFarOut) {
  Tape tape;
  const Variable x = tape.tracked((Matrix(1, 2) << -800.0, 800.0).finished());
  const Variable y = tape.softplus(x);
  EXPECT_EQ(tape.value(y)(0, 0), 0.0);
  EXPECT_EQ(tape.value(y)(0, 1), 800.0);
  tape.differentiate(tape.total(y));
  EXPECT_EQ(tape.gradient(x), (Matrix(1, 2) << 0.0, 1.0).finished());
}

// Weights stay on the tape while one example after another is recorded and forgotten.
TEST(Tape, AddsUpGradientsAcrossRewinds) {
  Tape tape;
  const Variable weight = tape.tracked(Matrix::Constant(1, 1, 2.0));
  const std::size_t start = tape.size();
  for (const double example : {3.0, 5.0}) {
    tape.rewind(start);
    tape.differentiate(tape.times(weight, tape.constant(Matrix::Constant(1, 1, example))));
  }
  EXPECT_EQ(tape.gradient(weight)(0, 0), 8.0);
  tape.clear_gradients();
  EXPECT_EQ(tape.gradient(weight).size(), 0);
}

}  // namespace
}  // namespace scinet
