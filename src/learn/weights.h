// The weights of a network: matrices by name, as a checkpoint stores them and as a tape uses them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "learn/tape.h"

namespace scinet {

struct WeightShape {
  std::string name;
  Eigen::Index rows = 1;
  Eigen::Index columns = 1;

  friend bool operator==(const WeightShape&, const WeightShape&) = default;
};

struct NamedMatrix {
  std::string name;
  Matrix values;

  friend bool operator==(const NamedMatrix&, const NamedMatrix&) = default;
};
using Weights = std::vector<NamedMatrix>;

// The two matrices of a dense layer: "NAME.weight" [inputs x outputs] and "NAME.bias" [1 x
// outputs].
std::vector<WeightShape> dense_shapes(std::string_view name, Eigen::Index inputs,
                                      Eigen::Index outputs);

// Where training starts: normal with variance 1 / rows (LeCun et al., 1998); biases are 0.
Weights random_weights(const std::vector<WeightShape>& shapes, RandomStream random);
std::vector<WeightShape> shapes_of(const Weights& weights);
// As a checkpoint keeps them: numbers of 32 bits.
void round_to_float(Weights& weights);

// Weights that lie on a tape, before anything else.
class WeightsOnTape {
 public:
  enum class Use { kDecide, kTrain };  // only what trains is differentiated by its weights

  WeightsOnTape(Tape& tape, const Weights& weights, Use use);

  Tape& tape() const { return *tape_; }
  Tape::Variable at(std::string_view name) const;                        // there is one
  const std::vector<Tape::Variable>& all() const { return variables_; }  // in order of the weights

  // x * weight + bias, for every row of x.
  Tape::Variable dense(std::string_view name, Tape::Variable x) const;

 private:
  Tape* tape_;
  std::vector<std::string> names_;
  std::vector<Tape::Variable> variables_;
};

}  // namespace scinet
