// What a twin is at one moment, but for the log of what has finished: everything that a fork needs.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "model/accounts.h"
#include "model/catalogue.h"
#include "model/cluster_view.h"
#include "twin/calendar.h"
#include "twin/history.h"
#include "twin/machine.h"
#include "twin/model_memory.h"
#include "twin/network.h"
#include "twin/shared_cores.h"
#include "twin/workload_table.h"

namespace scinet {

struct TwinSettings {
  Seconds beat{5};                       // length of one utilisation sample in the views
  Cadence cadence = Cadence::kInterval;  // of the decisions; the views say it
  int history = 12;                      // how many samples a view holds
  Seconds repair_time{60};  // a failed host is off, and can be powered on, after this long
};

class TwinState {
 protected:
  struct alignas(64) Host {  // two cache lines
    explicit Host(const HostType& type) : machine(type) {}

    Machine machine;
    SimTime ready_at{0};  // end of the boot or the repair
    HostState state = HostState::kOff;
    int placed = 0;  // tasks that are placed and not done
    Slot queue_first = kNoSlot;
    Slot queue_last = kNoSlot;
  };
  // Every host has one timer of each kind. Those of one kind lie side by side, as most hosts have
  // only the first kind set; those of the network's flows come after all of them. That of the
  // models is for the end of a load time and for a batch that closes, whichever comes first.
  enum class Timer : TimerId { kCompletion, kCredits, kState, kModels };
  static constexpr TimerId kTimersPerHost = 4;

  // All hosts are off.
  TwinState(const Catalogue& catalogue, std::vector<HostTypeId> hosts, QosWeights weights,
            TwinSettings settings, RandomStreams streams);

  Host& host_at(HostId id) { return hosts_[id.value]; }
  const Host& host_at(HostId id) const { return hosts_[id.value]; }
  TimerId timer(Timer kind, HostId host) const {
    return static_cast<TimerId>(kind) * static_cast<TimerId>(hosts_.size()) + host.value;
  }

  const Catalogue* catalogue_;
  std::vector<HostTypeId> types_;
  QosWeights weights_;
  TwinSettings settings_;
  RandomStreams streams_;

  SimTime now_{0};
  Calendar timers_;
  std::vector<Host> hosts_;
  SharedCores cores_;
  ModelMemory memory_;
  Network network_;
  WorkloadTable workloads_;
  std::uint64_t plans_ = 0;

  UtilisationHistory utilisation_;
  std::vector<Seconds> cpu_at_beat_;
  SimTime last_beat_{0};
  SimTime next_beat_{0};
  ArrivalRates arrival_rates_;
  RecentRequests recent_requests_;

  SimTime window_start_{0};
  std::vector<HostAccount> window_hosts_;
};

}  // namespace scinet
