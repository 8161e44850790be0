// The imitation learner as policies:
//
//   scinet         the network's plan, if the verifier lets it pass
//   scinet-search  the oracle's search, begun at the network's plan: a few steps of few futures,
//                  the fewer the more there is to play, none where that is much;
//                  scinet-search@N: at most N steps, of the oracle's futures
//
// Where the network should not be relied on, no plan is made: the loop counts it, records why, and
// its fallback decides. `scinet` watches itself for that (drift_watch.h): at each beat by what it
// foresaw, and now and then by a short search of the oracle, both after the decision.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "learn/checkpoint.h"
#include "learn/imitation/drift_watch.h"
#include "learn/imitation/forward.h"
#include "learn/imitation/spot_check.h"
#include "policy/catalog.h"

namespace scinet {

// The plan that the network's answers lead to. Sound by construction.
Plan plan_by(ImitationForward& network, const ClusterView& view, const WalkSettings& settings);

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
std::unique_ptr<Policy> make_scinet_search(const LearnedNetwork& network,
                                           std::optional<std::int64_t> steps = std::nullopt);

// `scinet` with the checkpoint of this file. Without one it declines every view; one that is
// damaged, or another policy's, is an error when it is made.
Maker<Policy> scinet_from_checkpoint(const std::filesystem::path& file,
                                     const DriftBounds& drift = {});

// The checkpoints are "scinet.json" in the directory. Without one the policies decline every view;
// one that is damaged, or another policy's, is an error when the policy is made.
PolicyCatalog imitation_policies(const std::filesystem::path& directory);

}  // namespace scinet
