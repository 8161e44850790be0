// The digital twin: a cluster that exists only in memory and evolves by events. It is a value:
// copies share nothing mutable, so candidate plans are judged by forking, applying and rolling
// forward. Same inputs, same bytes. docs/twin.md has the model.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/plan.h"
#include "twin/twin_state.h"

namespace scinet {

class Twin : private TwinState {
 public:
  // `hosts` gives the type of each host; the first `hosts_on` are on, the others off.
  // The catalogue is borrowed and outlives the twin and all its forks.
  Twin(const Catalogue& catalogue, std::vector<HostTypeId> hosts, int hosts_on, QosWeights weights,
       TwinSettings settings, RandomStreams streams);

  // Continues a running cluster: tasks half done, hosts half booted, models resident. Its accounts
  // begin with the view.
  static Twin from(const ClusterView& view, TwinSettings settings, RandomStreams streams);

  // A copy without the history: its log begins with the window. All else is the same, what it will
  // do included, at a price that does not grow with the length of the run.
  Twin fork() const;

  SimTime now() const { return now_; }

  // A request that arrives now. Its work is drawn from a stream of its own id, so it is the same
  // under every plan. `size` multiplies it, for traces that say how large each request was.
  void arrive(const Workload& workload, double size = 1.0);
  void apply(const Plan& plan);  // a sound plan, at this moment
  void run_until(SimTime end);   // every event due at or before `end`
  std::optional<SimTime> next_event() const;

  // A host that has power crashes: its tasks become unplaced again and its models are lost. After
  // the repair it is off.
  void fail(HostId host) { fail(host, settings_.repair_time); }
  void fail(HostId host, Seconds repair);
  // From now on it runs at `factor` > 0 of its type's speed, with or without power in between.
  void set_speed_factor(HostId host, double factor);
  // While it is down, nothing is sent to the host or from it. What runs there goes on.
  void set_link(HostId host, bool up);

  ClusterView view(DecisionsAsked asked) const;
  // Of the workloads only those without an answer and those answered at `start` or later.
  Accounts accounts_since(SimTime start) const;
  Accounts accounts() const { return accounts_since(SimTime::min()); }
  HostAccount account(HostId host) const { return host_at(host).machine.account(now_); }

  // What window_totals() says of the time since the window was opened, without the history: the
  // price is O(hosts + workloads in progress or finished in the window). The first window opens
  // with the twin.
  void open_window();
  WindowTotals window() const;

  const FinishedLog& finished() const { return finished_; }
  std::size_t in_progress() const { return workloads_.size(); }     // workloads without an answer
  int tasks_on(HostId host) const { return host_at(host).placed; }  // placed and not done

 private:
  struct SeenTask;  // of a view

  explicit Twin(const TwinState& state) : TwinState(state) {}

  void set_or_cancel(TimerId timer, SimTime at);
  void handle(TimerId due);
  void on_flow(TimerId due);
  void sample_utilisation();

  // The cores of a host.
  void settle(HostId host);
  void update_cores(HostId host);
  void begin_run(HostId host, Slot first, Mi work);
  void begin_period(HostId host, Mi work);
  void refresh(HostId host);
  void on_completion(HostId host);
  void on_credits(HostId host);

  // Hosts and their power.
  void switch_power(HostId host, bool on);
  void start_boot(HostId host, SimTime ready_at, SimTime powered_since);
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
  void send(const Transfer& transfer, bool leaves_within_period = false);
  Seconds stall_at(Endpoint end) const;
  void on_arrival(const Transfer& transfer);
  void enqueue(Slot task, SimTime since);
  void admit(HostId host);
  bool start_or_load(HostId host, Slot task);
  bool run_or_collect(HostId host, Slot task);
  void prepare(HostId host, Slot model);
  void finish_load(HostId host, Slot model);
  void complete(Slot first, Seconds used);
  void leave(Host& host, Task& task, Seconds used);
  void send_output(Slot task, bool leaves_within_period);
  void send_outputs(Slot first, bool leaves_within_period);
  void finish_workload(Slot workload);

  // Models that load and batches that collect.
  void set_model_timer(HostId host);
  void on_models(HostId host);
  bool collect(HostId host, Slot task);
  void close_batch(HostId host, Slot model);
  Seconds leave_others(Slot first, Seconds used);
  int size_of_batch(Slot first) const;
  Mi work_of_batch(Slot first) const;

  // Between twin and view.
  void restore_host(const HostView& seen);
  void restore_power(const HostView& seen);
  void restore_load(HostId host, const ModelLoad& load);
  void restore_workload(const WorkloadView& seen);
  void restore_task(Task& task, const TaskView& seen);
  void restore_runs(std::span<const SeenTask> ready);
  void restore_run(std::span<const SeenTask> batch);
  void restore_transfers(Slot workload);
  void restore_unwanted_loads(HostId host);
  void restore_collecting(HostId host);
  HostView host_view(HostId id) const;
  std::vector<ModelLoad> loads_of(HostId id) const;
  WorkloadView workload_view(const ActiveWorkload& entry) const;
  TaskOutcome outcome_of(Slot task) const;

  FinishedLog finished_;
};

}  // namespace scinet
