// observe -> decide -> check -> predict -> apply -> record, once per call. The loop never sleeps
// and never asks the time of day; whoever calls step() decides when the next step happens. One
// thread at a time may call it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "control/foresight.h"
#include "control/journal.h"
#include "control/platform.h"
#include "policy/catalog.h"
#include "policy/policy.h"
#include "report/summary.h"
#include "report/utilisation_ledger.h"

namespace scinet {

struct NamedPolicy {
  std::string name;
  std::unique_ptr<Policy> policy;
};

// The policy that decides, and the one that answers when its plan is not sound.
struct DecisionMakers {
  NamedPolicy policy;
  NamedPolicy fallback;
};

// The named policy of the catalog, with "least-loaded" to fall back on.
Result<DecisionMakers> make_decision_makers(const PolicyCatalog& catalog, std::string_view name);

// CPU time used so far, by whoever decides; only differences are read, outside of decisions. What a
// decision waited for another process (DecisionContext::waited) is added.
using DecisionClock = std::function<std::chrono::nanoseconds()>;

class ControlLoop {
 public:
  // Platform, journal and foresight are borrowed and outlive the loop. Without foresight nothing is
  // predicted.
  ControlLoop(DecisionMakers makers, Platform& platform, RandomStreams streams, Journal& journal,
              DecisionClock clock, Foresight* foresight = nullptr);

  // Takes the decisions asked for. A plan that breaks a rule is never applied, and a policy that
  // throws has made no plan, and one is not asked about a stale view, that of a beat which is not
  // later than the beat before: all are counted and recorded, and the fallback answers instead. An
  // error means that nothing was applied, or not all of it, and leaves the loop usable.
  Status step(DecisionsAsked asked);

  const DecisionTotals& totals() const { return totals_; }
  // After the last step: everything that was predicted, by the foresight and by the policy.
  PredictionLedger take_predictions() { return std::move(predictions_); }
  std::vector<UtilisationRecord> take_utilisation() { return std::move(utilisation_).take(); }

 private:
  // Asks one policy and writes into the entry what it answered: its plan if that is sound, else a
  // refusal. Returns the time that the policy took.
  std::chrono::nanoseconds decide(NamedPolicy& maker, std::string_view stream,
                                  const ClusterView& view, JournalEntry& entry);
  // Lets the policy check itself, where it was asked, and keeps what it foresees.
  void review(const ClusterView& view, JournalEntry& entry);
  // Predicts what the plan of the entry will do. Returns the time that this took.
  std::chrono::nanoseconds predict(const ClusterView& view, const JournalEntry& entry);
  Status apply(const JournalEntry& entry);

  DecisionMakers makers_;
  Platform& platform_;
  RandomStreams streams_;
  Journal& journal_;
  DecisionClock clock_;
  Foresight* foresight_;
  PredictionLedger predictions_;
  UtilisationLedger utilisation_;
  std::optional<SimTime> last_beat_;
  std::uint64_t steps_taken_ = 0;
  DecisionTotals totals_;
};

}  // namespace scinet
