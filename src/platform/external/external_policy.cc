#include "platform/external/external_policy.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "base/text.h"
#include "platform/external/policy_protocol.h"

namespace scinet {

Result<std::unique_ptr<Policy>> ExternalPolicy::start(ExternalSettings settings) {
  std::unique_ptr<ExternalPolicy> policy(new ExternalPolicy(std::move(settings)));
  if (const Status begun = policy->begin(); !begun) {
    return Error{ErrorCode::kInvalidInput, begun.error().message};
  }
  return std::unique_ptr<Policy>(std::move(policy));
}

Plan ExternalPolicy::decide(const ClusterView& view, DecisionContext& context) {
  const std::chrono::nanoseconds before = waited_;
  const Status begun = process_ ? ok_status() : begin();
  Result<Plan> plan = begun ? ask(view, context) : begun.error();
  context.waited += waited_ - before;
  if (!plan) throw std::runtime_error(plan.error().message);
  return std::move(plan).value();
}

Status ExternalPolicy::begin() {
  Result<std::unique_ptr<LineProcess>> process =
      LineProcess::start(settings_.command, settings_.lines);
  if (!process) return about_program(process.error());
  process_ = std::move(process).value();
  told_.reset();
  const Result<std::string> answer = exchange(hello_line(), settings_.start_within);
  if (!answer) return answer.error();
  if (const Status hello = read_hello(answer.value()); !hello) return give_up(hello.error());
  return ok_status();
}

Result<Plan> ExternalPolicy::ask(const ClusterView& view, const DecisionContext& context) {
  ++decision_;
  const bool is_told = told_ == *view.catalogue;
  const Result<std::string> answer =
      exchange(question_line(decision_, view, context, !is_told), settings_.answer_within);
  if (!answer) return answer.error();
  if (!is_told) told_ = *view.catalogue;
  const Result<Json> json = read_answer(answer.value(), decision_);
  if (!json) return give_up(json.error());
  Result<Plan> plan = read_plan(json.value());
  if (!plan) return about_program(plan.error());
  return plan;
}

Result<std::string> ExternalPolicy::exchange(const std::string& line, Seconds within) {
  const std::chrono::nanoseconds before = process_->waited();
  Result<std::string> answer = process_->exchange(line, within);
  waited_ += process_->waited() - before;
  if (!answer) return give_up(answer.error());
  return answer;
}

Error ExternalPolicy::give_up(const Error& error) {
  process_->abandon();
  process_.reset();
  return about_program(error);
}

Error ExternalPolicy::about_program(const Error& error) const {
  return Error{error.code, fmt::format("policy {}: {}", in_quotes(settings_.name), error.message)};
}

}  // namespace scinet
