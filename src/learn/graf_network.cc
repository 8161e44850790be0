#include "learn/graf_network.h"

#include <algorithm>
#include <cmath>

namespace scinet {
namespace {

using Variable = Tape::Variable;

constexpr Eigen::Index kWidth = 16;
constexpr Eigen::Index kCapacityFeatures = 3;
constexpr int kRounds = 3;  // of messages: how many edges a cause reaches before the readout

}  // namespace

std::vector<WeightShape> graf_network_shapes() {
  std::vector<WeightShape> shapes =
      dense_shapes("fragment", kFragmentFeatures + kCapacityFeatures, kWidth);
  shapes.push_back({"message.weight", kWidth, kWidth});
  std::ranges::move(dense_shapes("graph", 2 * kWidth, kWidth), std::back_inserter(shapes));
  std::ranges::move(dense_shapes("latency", kWidth, 2), std::back_inserter(shapes));
  return shapes;
}

void TaskGraphs::append(const Strategy& strategy, std::span<const FragmentSetting> settings,
                        Seconds slo, Mips core) {
  const Eigen::Index first = fragments.rows();
  const Eigen::Index graph = size();
  const auto count = static_cast<Eigen::Index>(strategy.fragments.size());
  fragments.conservativeResize(first + count, kFragmentFeatures);
  for (Eigen::Index i = 0; i < count; ++i) {
    const Fragment& fragment = strategy.fragments[static_cast<std::size_t>(i)];
    const FragmentSetting& setting = settings[static_cast<std::size_t>(i)];
    const double work = std::log(std::max(fragment.work.mean / core / slo, 1e-6));
    fragments.row(first + i) << work, std::min(setting.load, 2.0),
        std::log1p(std::min(setting.start_delay / slo, 10.0)),
        std::min(fragment.work.variation, 3.0);
    graph_of.push_back(graph);
    for (const FragmentId input : fragment.inputs) {
      from.push_back(first + static_cast<Eigen::Index>(input.value));
      to.push_back(first + i);
    }
  }
  last.push_back(first + count - 1);
}

PredictedLatency predict_latency(const WeightsOnTape& network, const TaskGraphs& graphs,
                                 Variable capacity) {
  Tape& tape = network.tape();
  const Variable fixed = tape.constant(graphs.fragments);
  const Variable time = tape.difference(tape.columns(fixed, 0, 1), capacity);
  const Variable given = tape.beside(capacity, tape.beside(time, tape.exp(tape.scaled(time, 0.5))));
  const Variable own = network.dense("fragment", tape.beside(fixed, given));
  Variable state = tape.tanh(own);
  for (int round = 0; round < kRounds && !graphs.from.empty(); ++round) {
    const Variable message =
        tape.group_sums(tape.rows(state, graphs.from), graphs.to, graphs.fragments.rows());
    state = tape.tanh(tape.sum(own, tape.product(message, network.at("message.weight"))));
  }
  const Variable all = tape.scaled(tape.group_sums(state, graphs.graph_of, graphs.size()), 0.5);
  const Variable graph = tape.beside(tape.rows(state, graphs.last), all);
  const Variable out = network.dense("latency", tape.tanh(network.dense("graph", graph)));
  const Variable spread = tape.scaled(tape.tanh(tape.columns(out, 1, 1)), 1.5);
  return {tape.columns(out, 0, 1),
          tape.plus_row(spread, tape.constant(Matrix::Constant(1, 1, -1.0)))};
}

}  // namespace scinet
