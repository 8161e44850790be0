// The policies of this module, one source each. docs/policies.md gives their rules in words.
#pragma once

#include <memory>

#include "policy/policy.h"

namespace scinet {

std::unique_ptr<Policy> make_acoarima();
std::unique_ptr<Policy> make_ces();
std::unique_ptr<Policy> make_compression_only();
std::unique_ptr<Policy> make_cosim();
std::unique_ptr<Policy> make_gillis();
std::unique_ptr<Policy> make_hasco();
std::unique_ptr<Policy> make_kubernetes();
std::unique_ptr<Policy> make_layer_only();
std::unique_ptr<Policy> make_least_loaded();
std::unique_ptr<Policy> make_narya();
std::unique_ptr<Policy> make_random();
std::unique_ptr<Policy> make_semantic_only();
std::unique_ptr<Policy> make_slurm();
std::unique_ptr<Policy> make_splitplace();
std::unique_ptr<Policy> make_threshold();

}  // namespace scinet
