#include "learn/imitation/network.h"

#include <cmath>
#include <string>

namespace scinet {
namespace {

using Variable = Tape::Variable;

void add(std::vector<WeightShape>& shapes, std::vector<WeightShape> more) {
  for (WeightShape& shape : more) shapes.push_back(std::move(shape));
}

// x times the matrix of this name, without a bias.
Variable through(const WeightsOnTape& network, const std::string& name, Variable x) {
  return network.tape().product(x, network.at(name));
}

// softmax(Q K^T / sqrt(width of a head)) V of each head, through an output matrix.
Variable attended(const WeightsOnTape& network, Variable x) {
  Tape& tape = network.tape();
  constexpr Eigen::Index kSize = kWidth / kAttentionHeads;
  const Variable queries = through(network, "attention.query", x);
  const Variable keys = through(network, "attention.key", x);
  const Variable values = through(network, "attention.value", x);
  Variable all{};
  for (Eigen::Index head = 0; head < kAttentionHeads; ++head) {
    const auto part = [&](Variable whole) { return tape.columns(whole, head * kSize, kSize); };
    const Variable scores = tape.product_with_transposed(part(queries), part(keys));
    const Variable weights =
        tape.row_softmax(tape.scaled(scores, 1.0 / std::sqrt(static_cast<double>(kSize))));
    const Variable seen = tape.product(weights, part(values));
    all = head == 0 ? seen : tape.beside(all, seen);
  }
  return through(network, "attention.out", all);
}

// What the answers of a head take from their hosts; zeros where they have none.
Variable of_hosts(Tape& tape, Variable per_host, const Rows& hosts) {
  Rows chosen = hosts;
  Matrix mask = Matrix::Ones(static_cast<Eigen::Index>(hosts.size()), 1);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (hosts[i] >= 0) continue;
    chosen[i] = 0;
    mask(static_cast<Eigen::Index>(i), 0) = 0.0;
  }
  return tape.times_column(tape.rows(per_host, std::move(chosen)), tape.constant(std::move(mask)));
}

}  // namespace

std::string_view to_string(Head head) {
  switch (head) {
    case Head::kPower:
      return "power";
    case Head::kStrategy:
      return "strategy";
    case Head::kHost:
      return "host";
  }
  return "unknown";
}

std::vector<WeightShape> imitation_shapes() {
  std::vector<WeightShape> shapes;
  add(shapes, dense_shapes("request", kRequestColumns, kWidth));
  add(shapes, dense_shapes("cluster", kClusterColumns + kWidth, kWidth));
  add(shapes, dense_shapes("host", kHostColumns, kWidth));
  shapes.push_back({"host.cluster", kWidth, kWidth});
  for (const char* name : {"query", "key", "value", "out"}) {
    shapes.push_back({std::string("attention.") + name, kWidth, kWidth});
  }
  add(shapes, dense_shapes("inner", kWidth, kWidth));
  add(shapes, dense_shapes("outer", kWidth, kWidth));
  for (std::size_t k = 0; k < kHeads; ++k) {
    const std::string name(to_string(static_cast<Head>(k)));
    if (static_cast<Head>(k) != Head::kStrategy) shapes.push_back({name + ".host", kWidth, kWidth});
    shapes.push_back({name + ".view", 2 * kWidth, kWidth});
    add(shapes, dense_shapes(name + ".answer", kAnswerColumns[k], kWidth));
    shapes.push_back({name + ".out", kWidth, 1});
    shapes.push_back({name + ".skip", kAnswerColumns[k], 1});
  }
  add(shapes, dense_shapes("next", kWidth, kWidth));
  shapes.push_back({"next.out", kWidth, 1});
  add(shapes, dense_shapes("next.skip", kHostColumns, 1));
  return shapes;
}

Weights untrained_imitation(RandomStream random) {
  constexpr double kQuiet = 0.1;  // of what the hidden layers say at first
  constexpr double kTrust = 5.0;  // in the closed forms: what the loss of training asks of them
  Weights weights = random_weights(imitation_shapes(), random);
  for (auto& [name, values] : weights) {
    if (name.ends_with(".out")) values *= kQuiet;
    if (name.ends_with(".skip")) values.setZero();
    if (name == "power.skip") {
      values(kStopColumn, 0) = 1.0;
      values(kPowerGainColumn, 0) = 2.0;
    }
    if (name == "strategy.skip") values(kStrategyLossColumn, 0) = -kTrust;
    if (name == "host.skip") values(kHostLossColumn, 0) = -kTrust;
  }
  return weights;
}

ImitationOutput record_imitation(const WeightsOnTape& network, const NetworkShape& shape,
                                 const ImitationInput& input) {
  Tape& tape = network.tape();
  const Variable requests = tape.relu(network.dense("request", tape.constant(input.requests)));
  const Variable cluster = tape.tanh(network.dense(
      "cluster", tape.beside(tape.constant(input.cluster), tape.column_means(requests))));
  const Variable hosts = tape.constant(input.hosts);
  const Variable x = tape.tanh(
      tape.plus_row(network.dense("host", hosts), through(network, "host.cluster", cluster)));
  const Variable y = shape.attention ? tape.sum(x, attended(network, x)) : x;
  const Variable z = tape.sum(y, network.dense("outer", tape.relu(network.dense("inner", y))));
  const Variable view = tape.beside(cluster, tape.column_means(z));

  ImitationOutput output;
  for (std::size_t k = 0; k < kHeads; ++k) {
    const AnswerRows& rows = input.heads[k];
    if (rows.answers.rows() == 0) continue;
    const std::string name(to_string(static_cast<Head>(k)));
    const Variable answers = tape.constant(rows.answers);
    Variable hidden = tape.plus_row(network.dense(name + ".answer", answers),
                                    through(network, name + ".view", view));
    if (static_cast<Head>(k) != Head::kStrategy) {
      hidden = tape.sum(hidden, of_hosts(tape, through(network, name + ".host", z), rows.hosts));
    }
    output.logits[k] = tape.sum(through(network, name + ".out", tape.relu(hidden)),
                                through(network, name + ".skip", answers));
  }
  const Variable next = through(network, "next.out", tape.relu(network.dense("next", z)));
  output.utilisation = tape.sigmoid(tape.sum(next, network.dense("next.skip", hosts)));
  return output;
}

}  // namespace scinet
