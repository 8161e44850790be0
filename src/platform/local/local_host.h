// One local host: a worker process under its limits, and the state that policies see, which
// follows what really happens to the process. Not thread-safe: the platform holds the lock, hands
// in the time and calls advance() often.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/cluster_view.h"
#include "platform/local/host_meter.h"
#include "platform/local/worker_process.h"
#include "report/host_change.h"
#include "serving/http.h"

namespace scinet {

struct HostTiming {
  Seconds silence{1};       // without an answer or CPU use for this long, a host has failed
  Seconds long_silence{5};  // without an answer for this long, even if it is busy
  Seconds repair{5};        // a crashed host is off, and can be powered on, after this long
  Seconds boot_timeout{60};
  Seconds leave_timeout{5};  // a worker that was told to leave is killed after this long
};

class LocalHost {
 public:
  LocalHost(HostId id, HostTypeId type_id, const HostType& type, std::string name,
            ProcessCommand command, HostTiming timing, HostMeter meter);

  HostId id() const { return id_; }
  const std::string& name() const { return name_; }
  HostState state() const { return state_; }
  pid_t pid() const { return process_ ? process_->pid() : 0; }
  // Becomes readable when its process has ended; -1 without one.
  int end_signal() const { return process_ ? process_->end_signal() : -1; }
  const HostMeter& meter() const { return meter_; }
  Mebibytes memory_used() const { return memory_used_; }

  // Ask; advance() carries it out. Not possible in the present state: ignored, as the platform
  // interface allows.
  void power_on(SimTime now);
  void power_off(SimTime now);
  // Off for good, whatever it does and whoever waits for it.
  void shut_down(SimTime now);

  // Learns what happened to the process and does what is due: starts it, lets it leave once no
  // work is left, notices its end, its silence and its recovery.
  void advance(SimTime now, bool has_work);

  // Whether a request can be sent to it now.
  bool reachable() const;
  // Whether what its worker has made can still be had from it.
  bool keeps_outputs() const;
  // When its worker last answered.
  SimTime last_heard() const { return last_heard_; }
  // Where its worker listens; none while it does not.
  const std::optional<HttpUrl>& url() const { return url_; }
  // Which process this is, counted; an answer to a probe of an earlier one says nothing.
  int generation() const { return generation_; }

  void probe_sent(SimTime now);
  void probe_answered(SimTime now, Mebibytes memory_used);

  // A model is resident from its first use on, until the process ends.
  void model_used(ModelId model) { resident_.insert(model); }

  // Faults on purpose; false where there is no process.
  bool kill(SimTime now);
  bool freeze(SimTime now, Seconds length);

  void read_meter(SimTime now);
  void begin_run();  // time restarts at 0 and nothing has been used
  HostView view(SimTime now) const;
  // What happened since the last call, oldest first: in plain words, and as a record.
  std::vector<std::string> take_events();
  std::vector<HostChange> take_changes();

 private:
  void enter(HostState state, SimTime now);
  void start_process(SimTime now);
  void read_output(SimTime now);
  void process_ended(const ProcessExit& exit, SimTime now);
  void notice_silence(SimTime now);
  void leave(SimTime now);
  void fail(std::string reason, SimTime now);
  void forget_process();

  HostId id_;
  HostTypeId type_id_;
  std::string name_;
  ProcessCommand command_;
  HostTiming timing_;
  HostMeter meter_;
  Seconds expected_boot_;  // of the type, then as last measured
  double maximum_credits_;

  HostState state_ = HostState::kOff;
  SimTime since_{0};  // when it entered the state
  std::unique_ptr<WorkerProcess> process_;
  int generation_ = 0;
  std::optional<HttpUrl> url_;
  bool ready_ = false;    // it has answered once
  bool leaving_ = false;  // it was told to leave
  SimTime leaving_since_{0};
  HostState before_silence_ = HostState::kOn;
  std::optional<SimTime> silent_since_;  // the first probe without an answer
  SimTime last_heard_{0};
  SimTime last_cpu_use_{0};
  Seconds last_cpu_{0};
  std::optional<SimTime> thaw_at_;

  Mebibytes memory_used_;
  std::set<ModelId> resident_;
  std::vector<std::string> events_;
  std::vector<HostChange> changes_;
};

}  // namespace scinet
