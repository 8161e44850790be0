// A mixed-integer linear program to be minimised, and a number that its optimum is not below.
#pragma once

#include <limits>
#include <span>
#include <vector>

namespace scinet {

class MixedProgram {
 public:
  static constexpr double kUnbounded = std::numeric_limits<double>::infinity();
  using Variable = int;
  struct Term {
    double factor = 1.0;
    Variable variable = 0;
  };

  Variable add_number(double low, double high, double cost);
  Variable add_integer(double low, double high, double cost);
  Variable add_choice(double cost) { return add_integer(0.0, 1.0, cost); }  // taken or not
  // low <= sum of the terms <= high
  void require(double low, std::span<const Term> terms, double high);

  std::size_t variables() const { return costs_.size(); }
  std::size_t integers() const { return integers_.size(); }

  // Branch and bound (CBC) over at most so many nodes; with 0 the linear relaxation alone. What it
  // returns is a bound either way, within the solver's tolerance of about 1e-7. Infinite if
  // no solution exists. One thread, no clock: the same program gives the same number.
  double least_cost(int most_nodes) const;

 private:
  std::vector<double> lows_;
  std::vector<double> highs_;
  std::vector<double> costs_;
  std::vector<Variable> integers_;
  struct Row {
    double low = 0.0;
    double high = 0.0;
    std::vector<Term> terms;
  };
  std::vector<Row> rows_;
};

}  // namespace scinet
