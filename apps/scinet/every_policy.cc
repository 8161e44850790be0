#include "apps/scinet/every_policy.h"

#include "learn/imitation/imitation_policy.h"
#include "learn/imitation_2023/published_policy.h"
#include "learn/neural_policies.h"
#include "oracle/oracle_policies.h"

namespace scinet {
namespace {

// Published combinations of rules that lie in different modules.
PolicyCatalog combinations(const RuleCatalog& rules) {
  const auto made_of = [&rules](Combination combination) -> Maker<Policy> {
    return [rules, combination] { return make_combination(rules, combination); };
  };
  return PolicyCatalog({
      {.name = "narya",
       .summary = "trouble predicted and mitigated, splits by SplitPlace, hosts by GOBI",
       .decides = {.provisioning = "hosts at risk drained or replaced; capacity by the same bandit",
                   .deployment = "the bandit of splitplace",
                   .placement = "the surrogate of gobi"},
       .needs_training = true,
       .source = "Levy et al., OSDI 2020, as combined in the published SciNet",
       .make = made_of({"narya", "splitplace", "gobi"})},
      {.name = "uahs",
       .summary = "uncertain demand provisioned for, partitions by Gillis, hosts by GOSH",
       .decides = {.provisioning = "least cost of power and of an uncertain shortage",
                   .deployment = "the partitions of gillis",
                   .placement = "the surrogate of gosh"},
       .needs_training = true,
       .source = "Luo et al., IJCAI 2020, as combined in the published SciNet",
       .make = made_of({"uahs", "gillis", "gosh"})},
      {.name = "cahs",
       .summary = "correlated demand provisioned for, partitions by Gillis, hosts by GOSH",
       .decides = {.provisioning = "demands that rise together on different hosts",
                   .deployment = "the partitions of gillis",
                   .placement = "the surrogate of gosh"},
       .needs_training = true,
       .source = "Luo et al., AAAI 2021, as combined in the published SciNet",
       .make = made_of({"cahs", "gillis", "gosh"})},
  });
}

}  // namespace

PolicyCatalog every_policy() {
  PolicyCatalog catalog = builtin_policies();
  catalog.add(oracle_policies());
  catalog.add(neural_policies(checkpoint_directory()));
  catalog.add(imitation_policies(checkpoint_directory()));
  catalog.add(published_policies(checkpoint_directory()));
  catalog.add(combinations(catalog.rules()));
  return catalog;
}

}  // namespace scinet
