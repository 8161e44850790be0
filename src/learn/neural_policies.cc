#include "learn/neural_policies.h"

#include <functional>
#include <string>
#include <system_error>
#include <utility>

#include "learn/checkpoint.h"
#include "learn/demand_network.h"
#include "learn/graf_network.h"
#include "learn/lstm.h"
#include "learn/neural_rivals.h"
#include "learn/plan_network.h"
#include "policy/canonical_order.h"
#include "policy/expected_demand.h"
#include "policy/rules.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

// Makes a T from the weights of the checkpoint of this name.
template <class T>
Maker<T> from_checkpoint(const fs::path& directory, const std::string& name,
                         std::vector<WeightShape> (*shapes)(),
                         std::unique_ptr<T> (*make)(Weights)) {
  const CheckpointFile file(directory / (name + ".json"), name, shapes());
  return [file, make]() -> Result<std::unique_ptr<T>> {
    const Result<Checkpoint>& checkpoint = file.read();
    if (!checkpoint) return checkpoint.error();
    return make(checkpoint.value().weights);
  };
}

}  // namespace

std::unique_ptr<Policy> placing_by(std::unique_ptr<PlacementRule> rule) {
  return in_canonical_order(
      compose(threshold_provisioning(), most_accurate_in_time(), std::move(rule)));
}

fs::path checkpoint_directory() {
  const fs::path inside = fs::path("catalog") / "checkpoints";
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path beside = program.parent_path().parent_path().parent_path() / inside;
  return fs::is_directory(beside, ignored) ? beside : fs::path(SCINET_SOURCE_DIR) / inside;
}

PolicyCatalog neural_policies(const fs::path& directory) {
  RuleCatalog rules;
  rules.placement = {
      {.name = "gobi",
       .summary = "down the gradient of a trained surrogate of the twin",
       .needs_training = true,
       .make = from_checkpoint<PlacementRule>(directory, "gobi", plan_network_shapes, make_gobi)},
      {.name = "gosh",
       .summary = "second-order descent on the lower confidence bound of a trained surrogate",
       .needs_training = true,
       .make = from_checkpoint<PlacementRule>(directory, "gosh", plan_network_shapes, make_gosh)},
  };
  std::vector<PolicyEntry> entries = {
      {.name = "acolstm",
       .summary = "a recurrent network's forecast of every host, then an ant colony",
       .decides = {.provisioning = "ant colony on the expected QoS",
                   .deployment = "in the same search",
                   .placement = "in the same search"},
       .needs_training = true,
       .source = "predict-then-optimise rival of SciNet, IEEE TC 72(12), 2023",
       .make = from_checkpoint<Policy>(directory, "acolstm", lstm_shapes, make_acolstm)},
      {.name = "decisionnn",
       .summary = "demand foreseen by attention, learned through the optimiser that uses it",
       .decides = {.provisioning = "least loss of QoS that carries the foreseen demand",
                   .deployment = "least loss of QoS with the wait that demand causes",
                   .placement = "earliest expected finish"},
       .needs_training = true,
       .source = "decision-focused learning: Wilder, Dilkina, Tambe, AAAI 2019",
       .make = from_checkpoint<Policy>(
           directory, "decisionnn", demand_network_shapes,
           [](Weights weights) { return expecting_demand(make_decisionnn(std::move(weights))); })},
      {.name = "gobi",
       .summary = "placements down the gradient of a trained surrogate of the twin",
       .decides = {.provisioning = "",
                   .deployment = "",
                   .placement = "AdamW on the surrogate's loss, all tasks at once"},
       .needs_training = true,
       .source = "COSCO: Tuli et al., IEEE TPDS 33(1), 2022",
       .make =
           from_checkpoint<Policy>(directory, "gobi", plan_network_shapes, placing_by<make_gobi>)},
      {.name = "gosh",
       .summary = "placements by second-order descent on a surrogate that knows its doubt",
       .decides = {.provisioning = "",
                   .deployment = "",
                   .placement = "AdaHessian on the lower confidence bound of QoS"},
       .needs_training = true,
       .source = "GOSH: Tuli, Casale, Jennings, IEEE TPDS 33(11), 2022",
       .make =
           from_checkpoint<Policy>(directory, "gosh", plan_network_shapes, placing_by<make_gosh>)},
      {.name = "graf",
       .summary = "the least capacity that a graph neural network foresees to keep the SLO",
       .decides = {.provisioning = "capacity of what runs and of what is expected",
                   .deployment = "most accurate that is foreseen in time",
                   .placement = "earliest expected finish among hosts with the capacity"},
       .needs_training = true,
       .source = "GRAF: Park et al., CoNEXT 2021",
       .make = from_checkpoint<Policy>(directory, "graf", graf_network_shapes, make_graf)},
      {.name = "semidirect",
       .summary = "local search on a predictor that was trained to rank as the twin does",
       .decides = {.provisioning = "local search on the upper confidence bound of QoS",
                   .deployment = "in the same search",
                   .placement = "in the same search"},
       .needs_training = true,
       .source = "Demirovic et al., CPAIOR 2019",
       .make =
           from_checkpoint<Policy>(directory, "semidirect", plan_network_shapes, make_semidirect)},
  };
  return PolicyCatalog(std::move(entries), std::move(rules));
}

}  // namespace scinet
