// Keeps the situation of one moment of a run as a file, for `scinet oracle` and `scinet exact`.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "policy/policy.h"

namespace scinet {

// Where and when: the first decision at this time or later.
struct ViewMoment {
  Seconds at{0};
  std::filesystem::path file;
};

// The policy as it is, but the view of that decision is written before it decides. `saved` says
// what became of it: kNotFound as long as no decision has come that late.
std::unique_ptr<Policy> saving_view(std::unique_ptr<Policy> policy, ViewMoment moment,
                                    std::shared_ptr<Status> saved);

}  // namespace scinet
