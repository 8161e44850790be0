// The policies of this module, one source each. docs/policies.md gives their rules in words.
#pragma once

#include <memory>

#include "policy/policy.h"

namespace scinet {

std::unique_ptr<Policy> make_cosim();
std::unique_ptr<Policy> make_least_loaded();
std::unique_ptr<Policy> make_random();
std::unique_ptr<Policy> make_threshold();

}  // namespace scinet
