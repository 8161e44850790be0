#include "learn/imitation_2023/published_network.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

namespace scinet {
namespace {

using Variable = Tape::Variable;

constexpr Eigen::Index kWide = kSlots;  // of the transformer: a number a host
constexpr Eigen::Index kHeadsOfAttention = 16;
constexpr Eigen::Index kHiddenOfHead = 64;

constexpr Eigen::Index kPowerInputs = 2 * kWide + kWide * kSlotColumns + kSceneColumns;
constexpr Eigen::Index kStrategyInputs = 4 * kWide + kRequestFeatures;
constexpr Eigen::Index kHostInputs =
    5 * kWide + kRequestFeatures + kSlotStrategies + kSlotFragments + 1;

void add(std::vector<WeightShape>& to, std::vector<WeightShape> more) {
  std::ranges::move(more, std::back_inserter(to));
}

void add_head(std::vector<WeightShape>& to, const std::string& name, Eigen::Index inputs,
              Eigen::Index outputs) {
  add(to, dense_shapes(name + ".inner", inputs, kHiddenOfHead));
  add(to, dense_shapes(name + ".outer", kHiddenOfHead, outputs));
  to.push_back({name + ".skip", inputs, outputs});
}

}  // namespace

Matrix one_of(std::size_t count, std::size_t which) {
  Matrix row = Matrix::Zero(1, static_cast<Eigen::Index>(count));
  row(0, static_cast<Eigen::Index>(which)) = 1.0;
  return row;
}

std::size_t largest(const Matrix& row) {
  Eigen::Index best = 0;
  row.row(0).maxCoeff(&best);
  return static_cast<std::size_t>(best);
}

std::vector<WeightShape> published_shapes() {
  std::vector<WeightShape> shapes = dense_shapes("beat", kWide, kWide);
  shapes.push_back({"position", kBeatsSeen, kWide});
  for (const std::string layer : {"encoder", "decoder"}) {
    for (const char* part : {".query", ".key", ".value", ".out"}) {
      shapes.push_back({layer + part, kWide, kWide});
    }
    add(shapes, dense_shapes(layer + ".inner", kWide, kWide));
    add(shapes, dense_shapes(layer + ".outer", kWide, kWide));
  }
  add(shapes, dense_shapes("next", kWide, kWide));
  shapes.push_back({"next.hosts", kWide * kSlotColumns, kWide});
  add_head(shapes, "power", kPowerInputs, kWide);
  add_head(shapes, "strategy", kStrategyInputs, kSlotStrategies);
  add_head(shapes, "host", kHostInputs, kWide);
  return shapes;
}

PublishedNetwork::PublishedNetwork(const WeightsOnTape& network, const PublishedInput& input)
    : network_(network) {
  const Variable beats =
      tape().sum(network_.dense("beat", tape().constant(input.beats)), network_.at("position"));
  const Variable encoded = layer("encoder", beats, beats);
  memory_ = layer("decoder", tape().rows(beats, {kBeatsSeen - 1}), encoded);
  const Variable hosts = tape().constant(input.hosts);
  next_ = tape().sigmoid(tape().sum(network_.dense("next", memory_),
                                    tape().product(hosts, network_.at("next.hosts"))));
  power_ = head("power", {memory_, next_, hosts, tape().constant(input.cluster)});
  load_ = tape().constant(input.load);
}

void PublishedNetwork::decide_power(Variable on) { on_ = on; }

Variable PublishedNetwork::strategies(const Matrix& request) const {
  return head("strategy", {memory_, on_, load_, tape().constant(request)});
}

Variable PublishedNetwork::hosts(const Matrix& request, Variable strategy,
                                 const PublishedFragment& fragment, Variable inputs) const {
  Matrix what(1, kSlotFragments + 1);
  what << one_of(kSlotFragments, fragment.fragment), fragment.work;
  return head("host", {memory_, on_, load_, inputs, tape().constant(request), strategy,
                       tape().constant(std::move(what))});
}

void PublishedNetwork::place(Variable slot, double work) {
  load_ =
      tape().sum(load_, tape().beside(tape().scaled(slot, kLoadOfTask), tape().scaled(slot, work)));
}

Variable PublishedNetwork::head(const char* name, const std::vector<Variable>& inputs) const {
  Variable x = inputs.front();
  for (std::size_t i = 1; i < inputs.size(); ++i) x = tape().beside(x, inputs[i]);
  const std::string prefix(name);
  const Variable hidden = tape().relu(network_.dense(prefix + ".inner", x));
  return tape().sum(network_.dense(prefix + ".outer", hidden),
                    tape().product(x, network_.at(prefix + ".skip")));
}

// Vaswani et al., NeurIPS 2017, without normalisation: one layer does not need it.
Variable PublishedNetwork::layer(const char* name, Variable x, Variable memory) const {
  const std::string prefix(name);
  const Variable y = tape().sum(x, attended(name, x, memory));
  const Variable inner = tape().relu(network_.dense(prefix + ".inner", y));
  return tape().sum(y, network_.dense(prefix + ".outer", inner));
}

Variable PublishedNetwork::attended(const char* name, Variable x, Variable memory) const {
  constexpr Eigen::Index kColumns = kWide / kHeadsOfAttention;
  const auto through = [&](Variable rows, const char* part) {
    return tape().product(rows, network_.at(std::string(name) + part));
  };
  const Variable query = through(x, ".query");
  const Variable key = through(memory, ".key");
  const Variable value = through(memory, ".value");
  const double scale = 1.0 / std::sqrt(static_cast<double>(kColumns));
  Variable all{};
  for (Eigen::Index first = 0; first < kWide; first += kColumns) {
    const auto part = [&](Variable of) { return tape().columns(of, first, kColumns); };
    const Variable scores =
        tape().scaled(tape().product_with_transposed(part(query), part(key)), scale);
    const Variable seen = tape().product(tape().row_softmax(scores), part(value));
    all = first == 0 ? seen : tape().beside(all, seen);
  }
  return through(all, ".out");
}

Variable straight_through(Tape& tape, Variable soft, const Matrix& hard) {
  return tape.sum(soft, tape.constant(hard - tape.value(soft)));
}

}  // namespace scinet
