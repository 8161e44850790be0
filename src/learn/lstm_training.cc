#include "learn/lstm_training.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/ensure.h"
#include "learn/episode.h"
#include "learn/lstm.h"

namespace scinet {
namespace {

using Variable = Tape::Variable;

constexpr Eigen::Index kWindow = 13;  // 12 that a view shows, and the one after
constexpr int kBeatsApart = 6;

// One row a host: what the view shows and, from a later view, what came next.
SeriesExample window_of(const ClusterView& before, const ClusterView& after) {
  SeriesExample window(static_cast<Eigen::Index>(before.hosts.size()), kWindow);
  for (std::size_t host = 0; host < before.hosts.size(); ++host) {
    const auto row = static_cast<Eigen::Index>(host);
    const std::vector<double>& seen = before.hosts[host].recent_utilisation;
    for (Eigen::Index i = 0; i + 1 < kWindow; ++i)
      window(row, i) = seen[static_cast<std::size_t>(i)];
    window(row, kWindow - 1) = after.hosts[host].recent_utilisation.back();
  }
  return window;
}

Variable series_loss(const WeightsOnTape& network, const SeriesExample& window) {
  Tape& tape = network.tape();
  LstmReader reader(network, window.rows());
  Variable sum = tape.constant(Matrix::Zero(window.rows(), 1));
  for (Eigen::Index i = 0; i + 1 < window.cols(); ++i) {
    const ForeseenStep next = reader.read(tape.constant(window.col(i)));
    const Variable error = tape.difference(next.mean, tape.constant(window.col(i + 1)));
    const Variable precision = tape.exp(tape.scaled(next.log_deviation, -2.0));
    const Variable surprise = tape.scaled(tape.times(tape.square(error), precision), 0.5);
    sum = tape.sum(sum, tape.sum(surprise, next.log_deviation));
  }
  return tape.scaled(tape.total(sum), 1.0 / static_cast<double>(window.size()));
}

std::vector<HeldOutError> errors_of(const Weights& weights,
                                    std::span<const SeriesExample> windows) {
  double trained = 0.0;
  double last = 0.0;
  double mean = 0.0;
  double count = 0.0;
  Tape tape;
  const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kDecide);
  const std::size_t start = tape.size();
  for (const SeriesExample& window : windows) {
    tape.rewind(start);
    LstmReader reader(network, window.rows());
    ForeseenStep next;
    const Eigen::Index seen = window.cols() - 1;
    for (Eigen::Index i = 0; i < seen; ++i) next = reader.read(tape.constant(window.col(i)));
    const Matrix truth = window.col(seen);
    trained += (tape.value(next.mean) - truth).squaredNorm();
    last += (window.col(seen - 1) - truth).squaredNorm();
    mean += (window.leftCols(seen).rowwise().mean() - truth).squaredNorm();
    count += static_cast<double>(window.rows());
  }
  const std::string what = "root mean square error of the utilisation of the next beat";
  const auto root = [&](double squares) { return std::sqrt(squares / count); };
  return {{what, root(trained), root(last), "last value"},
          {what, root(trained), root(mean), "mean of the last 12"}};
}

}  // namespace

std::vector<SeriesExample> make_series_examples(const std::vector<Scenario>& bases, int runs,
                                                const RandomStreams& streams,
                                                const OnShareDone& on_share_done) {
  constexpr int kBeats = 100;
  std::vector<SeriesExample> examples;
  for (int run = 0; run < runs; ++run) {
    const auto index = static_cast<std::uint64_t>(run);
    const Scenario scenario =
        varied(bases[index % bases.size()], streams.stream("scenario", index));
    const auto policy = teacher(index / bases.size());
    std::vector<ClusterView> views;
    play(scenario, *policy, kBeats, RandomStreams(streams.stream("run", index).next()),
         [&](const ClusterView& view, const Plan&) { views.push_back(view); });
    for (std::size_t i = kWindow; i + 1 < views.size(); i += kBeatsApart) {
      examples.push_back(window_of(views[i], views[i + 1]));
    }
    if (on_share_done) on_share_done(static_cast<double>(run + 1) / runs);
  }
  return examples;
}

TrainedNetwork train_lstm(const std::vector<SeriesExample>& examples, const FitSettings& settings,
                          const RandomStreams& streams, const OnFitProgress& on_epoch) {
  ensure(examples.size() >= 10, "there are examples to learn from and to measure on");
  const std::size_t to_learn = examples.size() * 4 / 5;
  TrainedNetwork trained;
  trained.weights = random_weights(lstm_shapes(), streams.stream("weights"));
  fit(
      trained.weights, to_learn,
      [&](const WeightsOnTape& network, std::size_t i) {
        return series_loss(network, examples[i]);
      },
      settings, streams.stream("order"), on_epoch);
  round_to_float(trained.weights);
  trained.held_out = errors_of(trained.weights, std::span(examples).subspan(to_learn));
  return trained;
}

}  // namespace scinet
