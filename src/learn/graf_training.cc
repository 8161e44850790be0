#include "learn/graf_training.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "base/ensure.h"
#include "learn/episode.h"
#include "learn/graf_capacity.h"
#include "policy/route.h"

namespace scinet {
namespace {

using Variable = Tape::Variable;

// Requests whose future is not known yet.
struct Decided {
  SimTime at{0};
  std::vector<WorkloadId> requests;  // one for each graph
  LatencyExample example;
};

void append(Matrix& column, double value) {
  column.conservativeResize(column.rows() + 1, 1);
  column(column.rows() - 1, 0) = value;
}

double log_share(Seconds time, Seconds slo) { return std::log(std::max(time / slo, 1e-4)); }

// The plan's placements of one request; they stand together and in order of fragments.
std::span<const Placement> placements_of(std::span<const Placement> from) {
  const auto other = std::ranges::find_if(
      from, [&](const Placement& p) { return p.workload != from.front().workload; });
  return from.first(static_cast<std::size_t>(other - from.begin()));
}

// Places one request after the other, as the plan does, and notes what each then meets.
Decided requests_of(const ClusterView& view, const Plan& plan) {
  Decided decided{.at = view.now, .requests = {}, .example = {}};
  const std::vector<HostState> states = states_after(plan, view);
  const LoadOffered offered(view, states);
  ClusterLoad load(view);
  load.set_states(states);
  std::vector<std::pair<HostId, const Fragment*>> placed;
  std::span<const Placement> rest = plan.placements;
  while (!rest.empty()) {
    const std::span<const Placement> own = placements_of(rest);
    rest = rest.subspan(own.size());
    const WorkloadView& entry = *view.find(own.front().workload);
    if (entry.strategy) continue;  // some of its fragments are elsewhere already
    const auto deployment =
        std::ranges::find(plan.deployments, entry.workload.id, &Deployment::workload);
    Route route(load, entry, deployment->strategy);
    std::vector<FragmentSetting> settings;
    for (const auto& [workload, fragment, host] : own) {
      const ModelId model = route.model(fragment);
      settings.push_back({.load = offered.to(load.at(model)),
                          .start_delay = start_delay(load.at(host), model, load.at(model))});
      route.assign(fragment, host);
      load.place(host, model);
      placed.emplace_back(host, &load.at(model));
    }
    const Seconds slo = entry.workload.slo;
    decided.requests.push_back(entry.workload.id);
    decided.example.graphs.append(route.strategy(), settings, slo, offered.core());
    append(decided.example.expected, log_share(route.finish(), slo));
  }
  for (const auto& [host, fragment] : placed) {
    const Mips given = capacity_given(load.at(host), *fragment);
    append(decided.example.capacity, std::log(given / offered.core()));
  }
  return decided;
}

// One that has not been answered took at least until the end.
LatencyExample with_outcome(Decided decided, const Accounts& after) {
  for (const WorkloadId request : decided.requests) {
    const auto outcome = std::ranges::lower_bound(
        after.workloads, request, {}, [](const WorkloadOutcome& o) { return o.workload.id; });
    const SimTime end = outcome->finish.value_or(after.now);
    append(decided.example.latency, log_share(to_seconds(end - decided.at), outcome->workload.slo));
  }
  return std::move(decided.example);
}

PredictedLatency prediction(const WeightsOnTape& network, const LatencyExample& example) {
  return predict_latency(network, example.graphs, network.tape().constant(example.capacity));
}

// -log of the normal density, without the constant; the mean over the graphs.
Variable surprise(const WeightsOnTape& network, const LatencyExample& example) {
  Tape& tape = network.tape();
  const auto [mean, log_deviation] = prediction(network, example);
  const Variable error = tape.difference(mean, tape.constant(example.latency));
  const Variable precision = tape.exp(tape.scaled(log_deviation, -2.0));
  const Variable square = tape.scaled(tape.times(tape.square(error), precision), 0.5);
  const auto graphs = static_cast<double>(example.graphs.size());
  return tape.scaled(tape.total(tape.sum(square, log_deviation)), 1.0 / graphs);
}

std::vector<HeldOutError> errors_of(const Weights& weights, double mean_of_training,
                                    std::span<const LatencyExample> examples) {
  Tape tape;
  const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kDecide);
  const std::size_t start = tape.size();
  double trained = 0.0;
  double closed_form = 0.0;
  double mean = 0.0;
  double above = 0.0;
  double graphs = 0.0;
  for (const LatencyExample& example : examples) {
    tape.rewind(start);
    const auto [found, log_deviation] = prediction(network, example);
    const Matrix error = example.latency - tape.value(found);
    trained += error.squaredNorm();
    closed_form += (example.latency - example.expected).squaredNorm();
    mean += (example.latency.array() - mean_of_training).square().sum();
    const Matrix bound = kDoubt * tape.value(log_deviation).array().exp();
    above += static_cast<double>((error.array() > bound.array()).count());
    graphs += static_cast<double>(example.graphs.size());
  }
  const std::string what = "root mean square error of log(latency / SLO)";
  const auto root = [&](double squares) { return std::sqrt(squares / graphs); };
  return {
      {what, root(trained), root(closed_form), "closed form of the expected finish"},
      {what, root(trained), root(mean), "mean of the training examples"},
      {"share of requests slower than 19 of 20 should be", above / graphs, 0.05, "as promised"}};
}

double mean_latency(std::span<const LatencyExample> examples) {
  double sum = 0.0;
  double graphs = 0.0;
  for (const LatencyExample& example : examples) {
    sum += example.latency.sum();
    graphs += static_cast<double>(example.graphs.size());
  }
  return sum / graphs;
}

}  // namespace

std::vector<LatencyExample> make_latency_examples(const std::vector<Scenario>& bases, int runs,
                                                  const RandomStreams& streams,
                                                  const OnShareDone& on_share_done) {
  constexpr int kBeats = 120;
  constexpr std::size_t kBeatsToFinish = 30;  // the last decisions are not learned from
  std::vector<LatencyExample> examples;
  for (int run = 0; run < runs; ++run) {
    const auto index = static_cast<std::uint64_t>(run);
    const Scenario scenario =
        varied(bases[index % bases.size()], streams.stream("scenario", index));
    const auto policy = teacher(index / bases.size());
    std::vector<Decided> decisions;
    const Accounts after =
        play(scenario, *policy, kBeats, RandomStreams(streams.stream("run", index).next()),
             [&](const ClusterView& view, const Plan& plan) {
               decisions.push_back(requests_of(view, plan));
             });
    decisions.resize(decisions.size() - kBeatsToFinish);
    for (Decided& decided : decisions) {
      if (decided.requests.empty()) continue;
      examples.push_back(with_outcome(std::move(decided), after));
    }
    if (on_share_done) on_share_done(static_cast<double>(run + 1) / runs);
  }
  return examples;
}

TrainedNetwork train_latency_network(const std::vector<LatencyExample>& examples,
                                     const FitSettings& settings, const RandomStreams& streams,
                                     const OnFitProgress& on_epoch) {
  ensure(examples.size() >= 10, "there are examples to learn from and to measure on");
  const std::size_t to_learn = examples.size() * 4 / 5;
  const std::span all(examples);
  TrainedNetwork trained;
  trained.weights = random_weights(graf_network_shapes(), streams.stream("weights"));
  fit(
      trained.weights, to_learn,
      [&](const WeightsOnTape& network, std::size_t i) { return surprise(network, examples[i]); },
      settings, streams.stream("order"), on_epoch);
  round_to_float(trained.weights);
  trained.held_out =
      errors_of(trained.weights, mean_latency(all.first(to_learn)), all.subspan(to_learn));
  return trained;
}

}  // namespace scinet
