#include "learn/plan_network.h"

#include <algorithm>
#include <utility>

namespace scinet {
namespace {

using Variable = Tape::Variable;

constexpr Eigen::Index kHostWidth = 16;
constexpr Eigen::Index kTaskWidth = 16;
constexpr Eigen::Index kPlanWidth = 24;

// The mean of the rows of each plan; zeros for a plan without rows.
Variable means_by_plan(Tape& tape, Variable x, const Rows& plan_of, Eigen::Index plans) {
  Matrix factors = Matrix::Zero(plans, 1);
  for (const Eigen::Index plan : plan_of) factors(plan, 0) += 1.0;
  factors = factors.cwiseMax(1.0).cwiseInverse();
  return tape.times_column(tape.group_sums(x, plan_of, plans), tape.constant(std::move(factors)));
}

}  // namespace

std::vector<WeightShape> plan_network_shapes() {
  std::vector<WeightShape> shapes;
  const auto add = [&](std::string_view name, Eigen::Index inputs, Eigen::Index outputs) {
    std::ranges::move(dense_shapes(name, inputs, outputs), std::back_inserter(shapes));
  };
  add("host.1", kHostFeatures + kPairLoads, kHostWidth);
  add("host.2", kHostWidth, kHostWidth);
  add("task", kTaskFeatures + kPairFeatures + kHostWidth, kTaskWidth);
  add("plan", kHostWidth + kTaskWidth + kPlanFeatures, kPlanWidth);
  add("terms", kPlanWidth, 2 * kQosTerms);
  return shapes;
}

PredictedTerms predict_terms(const WeightsOnTape& network, const PlanPictures& pictures,
                             Variable share) {
  Tape& tape = network.tape();
  const Eigen::Index plans = pictures.plans.rows();
  const Variable load = tape.group_sums(tape.times_column(tape.constant(pictures.loads), share),
                                        pictures.host_of_pair, pictures.hosts.rows());
  const Variable host = tape.beside(tape.constant(pictures.hosts), load);
  const Variable z = tape.tanh(network.dense("host.2", tape.tanh(network.dense("host.1", host))));

  const Variable task = tape.rows(tape.constant(pictures.tasks), pictures.task_of_pair);
  const Variable pair = tape.beside(tape.beside(task, tape.constant(pictures.pairs)),
                                    tape.rows(z, pictures.host_of_pair));
  const Variable v =
      tape.group_sums(tape.times_column(tape.tanh(network.dense("task", pair)), share),
                      pictures.task_of_pair, pictures.tasks.rows());

  const Variable sets = tape.beside(means_by_plan(tape, z, pictures.plan_of_host, plans),
                                    means_by_plan(tape, v, pictures.plan_of_task, plans));
  const Variable whole = tape.beside(sets, tape.constant(pictures.plans));
  const Variable out = network.dense("terms", tape.tanh(network.dense("plan", whole)));
  const Variable spread = tape.scaled(tape.tanh(tape.columns(out, kQosTerms, kQosTerms)), 2.0);
  const Variable middle = tape.constant(Matrix::Constant(1, kQosTerms, -3.0));
  return {tape.columns(out, 0, kQosTerms), tape.plus_row(spread, middle)};
}

Variable predicted_loss(Tape& tape, const PredictedTerms& terms, const QosWeights& weights) {
  return tape.product(terms.mean, tape.constant(row_of(weights).transpose()));
}

Variable predicted_deviation(Tape& tape, const PredictedTerms& terms, const QosWeights& weights) {
  return tape.product(tape.exp(terms.log_deviation), tape.constant(row_of(weights).transpose()));
}

Matrix row_of(const QosTerms& terms) {
  return (Matrix(1, kQosTerms) << terms.energy, terms.cost, terms.response, terms.violation,
          terms.inaccuracy)
      .finished();
}

Matrix row_of(const QosWeights& weights) {
  return (Matrix(1, kQosTerms) << weights.energy, weights.cost, weights.response, weights.violation,
          weights.inaccuracy)
      .finished();
}

}  // namespace scinet
