#include "learn/demand_training.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/ensure.h"
#include "learn/episode.h"

namespace scinet {
namespace {

using Variable = Tape::Variable;

constexpr std::size_t kBeatsAhead = 8;
constexpr double kFillUpTo = 0.8;  // above it queues grow long

// A moment whose future is not known yet.
struct Moment {
  DemandExample example;
  double offered = 0.0;  // in the beat that ended with it
};

// The mean SLO of the requests in the view, in beats.
double patience_in(const ClusterView& view) {
  constexpr double kUnknown = 6.0;
  if (view.workloads.empty()) return kUnknown;
  double sum = 0.0;
  for (const WorkloadView& entry : view.workloads) sum += entry.workload.slo / view.beat;
  return sum / static_cast<double>(view.workloads.size());
}

Moment moment_of(const ClusterView& view, const OfferedWork& offered) {
  return {.example = {.picture = offered.picture(view),
                      .hosts = power_problem(view),
                      .lateness_weight = view.weights.response + view.weights.violation,
                      .outstanding = OfferedWork::outstanding(view),
                      .patience = patience_in(view),
                      .ahead = {}},
          .offered = offered.last()};
}

DemandExample with_future(const std::vector<Moment>& moments, std::size_t i) {
  DemandExample example = moments[i].example;
  example.ahead.resize(kBeatsAhead, 1);
  for (std::size_t k = 0; k < kBeatsAhead; ++k) {
    example.ahead(static_cast<Eigen::Index>(k), 0) = moments[i + 1 + k].offered;
  }
  return example;
}

Variable on_for(Tape& tape, const DemandExample& example, Variable demand) {
  PowerSolution solution = solve(example.hosts, tape.number(demand));
  return tape.computed(demand, std::move(solution.on), std::move(solution.jacobian));
}

double loss_at(const DemandExample& example, double demand) {
  Tape tape;
  const Variable on = on_for(tape, example, tape.constant(Matrix::Constant(1, 1, demand)));
  return tape.number(decision_loss(tape, example, on));
}

// The first of the features of `now` is the mean of what was seen, the second the last; see
// OfferedWork::picture().
std::vector<HeldOutError> errors_of(const Weights& weights,
                                    std::span<const DemandExample> examples) {
  constexpr double kScale = 3.0;
  double trained = 0.0;
  double last = 0.0;
  double mean = 0.0;
  Tape tape;
  const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kDecide);
  const std::size_t start = tape.size();
  for (const DemandExample& example : examples) {
    tape.rewind(start);
    trained += loss_at(example, tape.number(foreseen_demand(network, example.picture)));
    mean += loss_at(example, example.picture.now(0, 0) / kScale / kFillUpTo);
    last += loss_at(example, example.picture.now(0, 1) / kScale / kFillUpTo);
  }
  const auto count = static_cast<double>(examples.size());
  const std::string what = "QoS lost by hosts on and work late, with hosts for the foreseen demand";
  return {{what, trained / count, last / count, "last beat"},
          {what, trained / count, mean / count, "mean of the last 12 beats"}};
}

}  // namespace

std::vector<DemandExample> make_demand_examples(const std::vector<Scenario>& bases, int runs,
                                                const RandomStreams& streams,
                                                const OnShareDone& on_share_done) {
  constexpr int kBeats = 120;
  std::vector<DemandExample> examples;
  for (int run = 0; run < runs; ++run) {
    const auto index = static_cast<std::uint64_t>(run);
    const Scenario scenario =
        varied(bases[index % bases.size()], streams.stream("scenario", index));
    const auto policy = teacher(index / bases.size());
    OfferedWork offered;
    std::vector<Moment> moments;
    play(scenario, *policy, kBeats, RandomStreams(streams.stream("run", index).next()),
         [&](const ClusterView& view, const Plan&) {
           offered.update(view);
           moments.push_back(moment_of(view, offered));
         });
    for (std::size_t i = 3; i + kBeatsAhead < moments.size(); i += 3) {
      examples.push_back(with_future(moments, i));
    }
    if (on_share_done) on_share_done(static_cast<double>(run + 1) / runs);
  }
  return examples;
}

Variable decision_loss(Tape& tape, const DemandExample& example, Variable on) {
  constexpr double kRounding = 0.02;
  constexpr double kLeastOffered = 0.02;
  const auto number = [&](double x) { return tape.constant(Matrix::Constant(1, 1, x)); };
  const Matrix speed = kFillUpTo * example.hosts.share.transpose();
  const Variable done = tape.product(tape.constant(speed), on);
  Variable queue = number(example.outstanding);
  Variable sum = number(0.0);
  for (Eigen::Index beat = 0; beat < example.ahead.rows(); ++beat) {
    const Variable left = tape.difference(tape.sum(queue, number(example.ahead(beat, 0))), done);
    queue = tape.scaled(tape.softplus(tape.scaled(left, 1.0 / kRounding)), kRounding);
    sum = tape.sum(sum, queue);
  }
  const double offered =
      std::max(example.ahead.sum(), kLeastOffered * static_cast<double>(kBeatsAhead));
  const Variable late = tape.scaled(sum, example.lateness_weight / (example.patience * offered));
  return tape.sum(late, tape.product(tape.constant(example.hosts.loss.transpose()), on));
}

TrainedNetwork train_demand_network(const std::vector<DemandExample>& examples,
                                    const FitSettings& settings, const RandomStreams& streams,
                                    const OnFitProgress& on_epoch) {
  ensure(examples.size() >= 10, "there are examples to learn from and to measure on");
  const std::size_t to_learn = examples.size() * 4 / 5;
  TrainedNetwork trained;
  trained.weights = random_weights(demand_network_shapes(), streams.stream("weights"));
  fit(
      trained.weights, to_learn,
      [&](const WeightsOnTape& network, std::size_t i) {
        Tape& tape = network.tape();
        const Variable demand = foreseen_demand(network, examples[i].picture);
        return decision_loss(tape, examples[i], on_for(tape, examples[i], demand));
      },
      settings, streams.stream("order"), on_epoch);
  round_to_float(trained.weights);
  trained.held_out = errors_of(trained.weights, std::span(examples).subspan(to_learn));
  return trained;
}

}  // namespace scinet
