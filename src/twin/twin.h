// The digital twin: a cluster that exists only in memory and evolves by events. It is a value:
// a copy is a fork that shares nothing mutable, so candidate plans are judged by copying,
// applying and rolling forward. Same inputs, same bytes. docs/twin.md has the model.
#pragma once

#include <optional>
#include <vector>

#include "base/random.h"
#include "model/accounts.h"
#include "model/cluster_view.h"
#include "model/plan.h"
#include "twin/calendar.h"
#include "twin/history.h"
#include "twin/machine.h"
#include "twin/model_memory.h"
#include "twin/network.h"
#include "twin/shared_cores.h"
#include "twin/workload_table.h"

namespace scinet {

struct TwinSettings {
  Seconds beat{5};          // length of one utilisation sample in the views
  int history = 12;         // how many samples a view holds
  Seconds repair_time{60};  // a failed host is off, and can be powered on, after this long
};

class Twin {
 public:
  // `hosts` gives the type of each host; the first `hosts_on` are on, the others off.
  // The catalogue is borrowed and outlives the twin and all its forks.
  Twin(const Catalogue& catalogue, std::vector<HostTypeId> hosts, int hosts_on, QosWeights weights,
       TwinSettings settings, RandomStreams streams);

  // Continues a running cluster: tasks half done, hosts half booted, models resident.
  static Twin from(const ClusterView& view, TwinSettings settings, RandomStreams streams);

  SimTime now() const { return now_; }

  // A request that arrives now. Its work is drawn from a stream of its own id, so it is the same
  // under every plan. `size` multiplies it, for traces that say how large each request was.
  void arrive(const Workload& workload, double size = 1.0);
  void apply(const Plan& plan);  // a sound plan, at this moment
  void fail(HostId host);        // its tasks become unplaced again, its models are lost
  void run_until(SimTime end);   // every event due at or before `end`
  std::optional<SimTime> next_event() const;

  ClusterView view(DecisionsAsked asked) const;
  Accounts accounts() const;

  // What window_totals() says of the time since the window was opened, without the history: the
  // price is O(hosts + workloads in progress or finished in the window). The first window opens
  // with the twin.
  void open_window();
  WindowTotals window() const;

  const FinishedLog& finished() const { return finished_; }
  int tasks_on(HostId host) const { return host_at(host).placed; }  // placed and not done

 private:
  struct Host {
    explicit Host(const HostType& type) : machine(type) {}

    Machine machine;
    HostState state = HostState::kOff;
    SimTime ready_at{0};  // end of the boot or the repair
    int placed = 0;       // tasks that are placed and not done
    Slot queue_first = kNoSlot;
    Slot queue_last = kNoSlot;
  };
  // Every host has one timer of each kind; those of the network's flows come after them.
  enum class Timer : TimerId { kCompletion, kCredits, kState, kLoad, kCount };

  Host& host_at(HostId id) { return hosts_[id.value]; }
  const Host& host_at(HostId id) const { return hosts_[id.value]; }
  TimerId timer(Timer kind, HostId host) const;
  void set_or_cancel(TimerId timer, SimTime at);
  void handle(TimerId due);
  void sample_utilisation();

  // The cores of a host.
  void settle(HostId host);
  void begin_run(HostId host, Slot task, Mi work);
  void refresh(HostId host);
  void on_completion(HostId host);
  void on_credits(HostId host);

  // Hosts and their power.
  void switch_power(HostId host, bool on);
  void start_boot(HostId host, SimTime ready_at, Machine::Billing billing);
  void finish_boot(HostId host);
  void on_state(HostId host);
  void stop_if_drained(HostId host);
  void lose_power(HostId host, HostState state);
  void take_back_lost_tasks();
  bool is_output_needed(const Task& task) const;

  // The way of a task.
  void deploy(Slot workload, StrategyId strategy);
  void place(const Placement& placement);
  void request_inputs(Slot task);
  void send(const Transfer& transfer);
  void on_arrival(const Transfer& transfer);
  void enqueue(Slot task);
  void admit(HostId host);
  bool start_or_load(HostId host, Slot task);
  void set_load_timer(HostId host);
  void on_load(HostId host);
  void complete(Slot task);
  void finish_workload(Slot workload);

  // Between twin and view.
  void restore_host(const HostView& seen);
  void restore_workload(const WorkloadView& seen);
  void restore_running(const WorkloadView& seen);
  void restore_waiting(Slot workload);
  HostView host_view(HostId id) const;
  WorkloadView workload_view(const ActiveWorkload& entry) const;

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
  FinishedLog finished_;
  std::uint64_t plans_ = 0;

  UtilisationHistory utilisation_;
  std::vector<Seconds> cpu_at_beat_;
  SimTime last_beat_{0};
  SimTime next_beat_{0};
  ArrivalRates arrival_rates_;

  SimTime window_start_{0};
  std::vector<HostAccount> window_hosts_;
  std::size_t window_finished_ = 0;  // entries of the log that are before the window
};

}  // namespace scinet
