// The imitation learner as policies:
//
//   scinet         the network's plan, if the verifier lets it pass
//   scinet-search  the oracle's search, begun at the network's plan, with a small budget of steps
//
// Where the network should not be relied on, no plan is made: the loop counts it, records why, and
// its fallback decides. `scinet` watches itself for that (drift_watch.h): at each beat by what it
// foresaw, and now and then by a short search of the oracle, both after the decision.
#pragma once

#include <filesystem>
#include <memory>

#include "learn/checkpoint.h"
#include "learn/imitation/drift_watch.h"
#include "learn/imitation/forward.h"
#include "learn/imitation/spot_check.h"
#include "policy/catalog.h"

namespace scinet {

// The plan that the network's answers lead to. Sound by construction.
Plan plan_by(ImitationForward& network, const ClusterView& view, const WalkSettings& settings);

// A search declines views of more hosts than this.
inline constexpr std::size_t kMostHostsSearched = 1024;

struct LearnedNetwork {
  Weights weights;
  NetworkShape shape;
  WalkSettings walk;
  DriftBounds drift = {};
  SpotCheckSettings checks = {};
};

// As it was trained.
LearnedNetwork learned_network(const Checkpoint& checkpoint);

std::unique_ptr<Policy> make_scinet(const LearnedNetwork& network);
std::unique_ptr<Policy> make_scinet_search(const LearnedNetwork& network);

// `scinet` with the checkpoint of this file. Without one it declines every view; one that is
// damaged, or another policy's, is an error when it is made.
Maker<Policy> scinet_from_checkpoint(const std::filesystem::path& file,
                                     const DriftBounds& drift = {});

// The checkpoints are "scinet.json" in the directory. Without one the policies decline every view;
// one that is damaged, or another policy's, is an error when the policy is made.
PolicyCatalog imitation_policies(const std::filesystem::path& directory);

}  // namespace scinet
