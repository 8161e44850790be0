#include "control/control_loop.h"

#include <exception>
#include <iterator>

#include <fmt/format.h>

namespace scinet {
namespace {

struct Proposal {
  Plan plan;
  std::vector<std::string> violations;
};

Proposal propose(Policy& policy, const ClusterView& view, DecisionContext& context) {
  try {
    return {policy.decide(view, context), {}};
  } catch (const std::exception& problem) {
    return {{}, {fmt::format("the policy made no plan: {}", problem.what())}};
  } catch (...) {
    return {{}, {"the policy threw something that is not a std::exception"}};
  }
}

// Why nothing should be decided from the view, if so: the next beat has come and it shows no later
// moment than the last.
std::optional<std::string> why_stale(const ClusterView& view, std::optional<SimTime> last_beat) {
  if (!view.asked.provisioning || !last_beat || view.now > *last_beat) return std::nullopt;
  return fmt::format("the view is stale: it shows the cluster at {} s, the one before at {} s",
                     to_seconds(view.now).count(), to_seconds(*last_beat).count());
}

}  // namespace

Result<DecisionMakers> make_decision_makers(const PolicyCatalog& catalog, std::string_view name) {
  constexpr std::string_view kFallback = "least-loaded";
  Result<std::unique_ptr<Policy>> policy = catalog.make(name);
  if (!policy) return policy.error();
  Result<std::unique_ptr<Policy>> fallback = catalog.make(kFallback);
  if (!fallback) return fallback.error();
  return DecisionMakers{.policy = {std::string(name), std::move(policy).value()},
                        .fallback = {std::string(kFallback), std::move(fallback).value()}};
}

ControlLoop::ControlLoop(DecisionMakers makers, Platform& platform, RandomStreams streams,
                         Journal& journal, DecisionClock clock, Foresight* foresight)
    : makers_(std::move(makers)),
      platform_(platform),
      streams_(streams),
      journal_(journal),
      clock_(std::move(clock)),
      foresight_(foresight) {}

Status ControlLoop::step(DecisionsAsked asked) {
  const Result<ClusterView> view = platform_.observe(asked);
  if (!view) return view.error();

  JournalEntry entry = entry_for(steps_taken_, view.value());
  const std::optional<std::string> stale = why_stale(view.value(), last_beat_);
  std::chrono::nanoseconds time{0};
  if (stale) {
    ++totals_.unsound_plans;
    entry.refused.push_back({makers_.policy.name, {}, {*stale}});
  } else {
    time = decide(makers_.policy, "policy", view.value(), entry);
  }
  if (!entry.policy) {
    time += decide(makers_.fallback, "fallback", view.value(), entry);
    if (entry.policy) ++totals_.fallbacks;
  }
  ++totals_.decisions;
  totals_.times.push_back(time);

  const DecisionTimes times{.policy = time, .foresight = predict(view.value(), entry)};
  const Status applied = apply(entry);
  if (!applied) entry.error = applied.error().message;
  if (!stale) review(view.value(), entry);
  ++steps_taken_;
  const Status recorded = journal_.record(entry, times);
  return applied ? recorded : applied;
}

std::chrono::nanoseconds ControlLoop::decide(NamedPolicy& maker, std::string_view stream,
                                             const ClusterView& view, JournalEntry& entry) {
  DecisionContext context{.random = streams_.stream(stream, steps_taken_)};
  const std::chrono::nanoseconds start = clock_();
  Proposal proposal = propose(*maker.policy, view, context);
  const std::chrono::nanoseconds time = clock_() - start + context.waited;

  if (proposal.violations.empty()) proposal.violations = find_violations(proposal.plan, view);
  if (proposal.violations.empty()) {
    entry.policy = maker.name;
    entry.plan = std::move(proposal.plan);
  } else {
    ++totals_.unsound_plans;
    entry.refused.push_back({maker.name, std::move(proposal.plan), std::move(proposal.violations)});
  }
  return time;
}

std::chrono::nanoseconds ControlLoop::predict(const ClusterView& view, const JournalEntry& entry) {
  if (!foresight_) return {};
  const bool is_beat = view.asked.provisioning;
  if (is_beat) predictions_.begin_beat(platform_.accounts_since(view.now).hosts);
  if (!entry.policy) return {};
  const std::chrono::nanoseconds start = clock_();
  const Prediction prediction = foresight_->predict(view, entry.plan);
  const std::chrono::nanoseconds time = clock_() - start;
  predictions_.add(entry.step, view.now, prediction);
  return time;
}

void ControlLoop::review(const ClusterView& view, JournalEntry& entry) {
  const bool is_beat = view.asked.provisioning;
  if (is_beat) utilisation_.begin_beat(view);
  if (is_beat) last_beat_ = view.now;
  DecisionContext context{.random = streams_.stream("review", steps_taken_)};
  Policy& policy = *makers_.policy.policy;
  try {
    std::string said = policy.review(view, context);
    if (!said.empty()) entry.review = std::move(said);
    if (is_beat) utilisation_.add(entry.step, view, policy.next_utilisation());
  } catch (const std::exception& problem) {
    entry.review = fmt::format("the review failed: {}", problem.what());
  } catch (...) {
    entry.review = "the review threw something that is not a std::exception";
  }
}

Status ControlLoop::apply(const JournalEntry& entry) {
  if (!entry.policy) {
    return Error{ErrorCode::kInternal, "no policy made a sound plan; the fallback's first fault: " +
                                           entry.refused.back().violations.front()};
  }
  totals_.deferrals += std::ssize(entry.plan.deferrals);
  return platform_.apply(entry.plan);
}

}  // namespace scinet
