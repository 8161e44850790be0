// Keeps situations of a run as files: that of one moment for `scinet oracle` and `scinet exact`,
// those of all decisions for `scinet train scinet --continue`.
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

// The policy as it is, but every view goes into the folder's views.jsonl after its decision.
// `recorded` says whether that went well.
std::unique_ptr<Policy> recording_views(std::unique_ptr<Policy> policy,
                                        std::filesystem::path folder,
                                        std::shared_ptr<Status> recorded);

}  // namespace scinet
