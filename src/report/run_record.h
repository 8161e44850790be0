// What happened in one run, in the order it happened: the raw material of every result file.
// The recorder is told at every beat and once at the end; it asks nobody anything.
//
// The window of a run is [0, horizon): what it used, and its QoS, are counted there. After it
// comes the drain, in which requests that are still open are answered; it uses energy and money
// that no figure counts, but the answers given in it do count for their requests.
#pragma once

#include <vector>

#include "model/accounts.h"
#include "model/cluster_view.h"
#include "model/qos.h"
#include "report/predictions.h"
#include "report/utilisation_ledger.h"

namespace scinet {

// One host over one beat. Energy, cost, cpu and powered are what the beat used.
struct HostBeat {
  SimTime start{0};
  SimTime end{0};
  HostId host;
  HostState state = HostState::kOff;  // at the end of the beat, before the decision
  double utilisation = 0.0;           // share of all cores, over the beat
  Mebibytes memory_used;              // at the end
  int tasks = 0;                      // placed there and not done, at the end
  Joules energy;
  Dollars cost;
  Seconds cpu{0};
  Seconds powered{0};

  friend bool operator==(const HostBeat&, const HostBeat&) = default;
};

// The whole cluster over one beat.
struct Interval {
  SimTime start{0};
  SimTime end{0};
  WindowTotals totals;
  int hosts_on = 0;    // at the end
  int unfinished = 0;  // workloads without an answer, at the end

  friend bool operator==(const Interval&, const Interval&) = default;
};

struct RunRecord {
  Catalogue catalogue;
  QosWeights weights;
  std::vector<HostTypeId> hosts;
  SimTime horizon{0};  // the end of the last beat recorded: the window is [0, horizon)
  WindowTotals window;
  std::vector<HostAccount> hosts_in_window;  // in order of HostId
  std::vector<Interval> intervals;
  std::vector<HostBeat> host_beats;
  std::vector<WorkloadOutcome> workloads;      // all that arrived, as they stand after the drain
  std::vector<PredictionRecord> predictions;   // in order of the decisions
  std::vector<UtilisationRecord> utilisation;  // of policies that foresee it, in the same order
};

class RunRecorder {
 public:
  RunRecorder(Catalogue catalogue, std::vector<HostTypeId> hosts, QosWeights weights);

  // The beat that ends now; `view` and `accounts` are of the same moment, the accounts at least
  // since last_beat(). A beat of no length is not recorded. The last beat ends the window.
  void beat(const ClusterView& view, const Accounts& accounts);
  SimTime last_beat() const { return last_beat_; }

  // After the drain; `workloads` are all that arrived.
  RunRecord finish(std::vector<WorkloadOutcome> workloads, PredictionLedger predictions) &&;

 private:
  void record_hosts(const ClusterView& view, const Accounts& accounts);

  RunRecord record_;
  SimTime last_beat_{0};
  std::vector<HostAccount> hosts_at_last_beat_;
};

}  // namespace scinet
