// Records a computation on matrices and differentiates it backwards. Training (with respect to
// weights) and gradient search over placements (with respect to the plan) use the same recording,
// so what is trained is what decides. docs/training.md says why this is not libtorch.
//
//   Tape tape;
//   const Tape::Variable x = tape.tracked(start);
//   const Tape::Variable y = tape.sum(tape.tanh(tape.product(x, w)));
//   tape.differentiate(y);  // tape.gradient(x) is dy/dx
//
// Rows are things (hosts, tasks), columns are features. Only what depends on a tracked variable is
// differentiated; the rest costs its value alone.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <vector>

namespace scinet {

using Matrix = Eigen::MatrixXd;
using Rows = std::vector<Eigen::Index>;  // which row, for each row of something else

class Tape {
 public:
  // One matrix of the recording; good until the tape is rewound past it.
  struct Variable {
    std::size_t position = 0;
  };

  Tape() = default;
  Tape(const Tape&) = delete;  // what is recorded refers to it
  Tape& operator=(const Tape&) = delete;

  Variable constant(Matrix value);
  Variable tracked(Matrix value);

  const Matrix& value(Variable x) const { return nodes_[x.position].value; }
  double number(Variable x) const;  // of a 1 x 1 matrix

  // Arithmetic. Shapes must agree as they do on paper; `row` is 1 x columns, `column` rows x 1.
  Variable product(Variable a, Variable b);
  Variable product_with_transposed(Variable a, Variable b);  // a b^T
  Variable sum(Variable a, Variable b);
  Variable difference(Variable a, Variable b);
  Variable times(Variable a, Variable b);  // element by element
  Variable scaled(Variable a, double factor);
  Variable plus_row(Variable a, Variable row);
  Variable times_column(Variable a, Variable column);

  // Element by element.
  Variable tanh(Variable a);
  Variable relu(Variable a);  // max(a, 0)
  Variable sigmoid(Variable a);
  Variable softplus(Variable a);  // log(1 + e^a)
  Variable exp(Variable a);
  Variable square(Variable a);

  // Shapes.
  Variable beside(Variable a, Variable b);  // columns of a, then those of b
  Variable columns(Variable a, Eigen::Index first, Eigen::Index count);
  Variable rows(Variable a, Rows chosen);
  // Row i of `a` is added to row groups[i] of the result, which has `count` rows.
  Variable group_sums(Variable a, Rows groups, Eigen::Index count);
  Variable row_softmax(Variable a);  // each row sums to 1
  // Of a column: each group sums to 1.
  Variable group_softmax(Variable column, Rows groups, Eigen::Index count);
  Variable column_means(Variable a);  // 1 x columns; zeros where there are no rows
  Variable total(Variable a);         // 1 x 1

  // A function of the column `a` that is computed elsewhere, with its derivatives there:
  // jacobian(i, j) = d value_i / d a_j.
  Variable computed(Variable a, Matrix value, Matrix jacobian);

  // Adds d scalar / d x to the gradient of every tracked x that the scalar (1 x 1) depends on. Once
  // for each recording: what lies between is not set back.
  void differentiate(Variable scalar);
  const Matrix& gradient(Variable x) const { return nodes_[x.position].gradient; }
  void clear_gradients();

  // Forgets what was recorded after `size()` was read; what came before keeps value and gradient.
  std::size_t size() const { return nodes_.size(); }
  void rewind(std::size_t size);

 private:
  // Hands the gradient of a result on to what it was made from.
  using Spread = std::function<void(const Matrix& gradient)>;
  struct Node {
    Matrix value;
    Matrix gradient;  // empty: zero so far
    Spread spread;    // none for leaves and for what does not depend on a tracked variable
    bool is_tracked = false;
  };

  Variable record(Matrix value, std::initializer_list<Variable> inputs, Spread spread);
  bool is_tracked(Variable x) const { return nodes_[x.position].is_tracked; }
  template <class Expression>
  void pass(Variable to, const Expression& gradient);

  std::vector<Node> nodes_;
};

}  // namespace scinet
