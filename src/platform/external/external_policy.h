// A policy that is another process, in any language: it gets a view and answers with a plan, by the
// protocol of policy_protocol.h. What it does is its own affair; what it costs others is bounded:
// an answer that is late, broken or missing is no plan, which the loop counts and the fallback
// makes up for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/external/line_process.h"
#include "policy/policy.h"

namespace scinet {

struct ExternalSettings {
  std::string name;                  // what messages call it
  std::vector<std::string> command;  // the program and its arguments
  Seconds start_within{30};          // until it has said hello
  Seconds answer_within{1};          // to each view
  LineLimits lines;
};

class ExternalPolicy final : public Policy {
 public:
  // Starts the program and waits for its hello. kInvalidInput: it cannot be started or does not
  // speak the protocol.
  static Result<std::unique_ptr<Policy>> start(ExternalSettings settings);

  // Throws std::runtime_error, which says why, where there is no plan. A program that has ended, is
  // late or out of step is ended, and started afresh for the next decision; one that only made a
  // plan that cannot be read goes on. Its wall time is added to context.waited.
  Plan decide(const ClusterView& view, DecisionContext& context) override;

 private:
  explicit ExternalPolicy(ExternalSettings settings) : settings_(std::move(settings)) {}

  Status begin();
  Result<Plan> ask(const ClusterView& view, const DecisionContext& context);
  // The answer to a line.
  Result<std::string> exchange(const std::string& line, Seconds within);
  // The error with the name of the program; which is ended.
  Error give_up(const Error& error);
  Error about_program(const Error& error) const;

  ExternalSettings settings_;
  std::unique_ptr<LineProcess> process_;  // none after it was given up
  std::optional<Catalogue> told_;         // what the process knows
  std::uint64_t decision_ = 0;
  std::chrono::nanoseconds waited_{0};
};

}  // namespace scinet
