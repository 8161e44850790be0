// Worker processes on this machine as a cluster of unlike hosts. What policies see is what really
// happens to the processes; requests travel to them over HTTP and survive a host that fails.
// docs/local-platform.md tells what is measured and what is modelled.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/platform.h"
#include "platform/local/event_loop.h"
#include "platform/local/local_host.h"
#include "platform/local/local_settings.h"
#include "platform/local/request_book.h"
#include "report/host_change.h"
#include "serving/http.h"
#include "serving/http_client.h"
#include "workload/scenario.h"

namespace scinet {

struct Submission {
  ApplicationId application;
  std::string body;
  std::optional<Seconds> slo;  // none: drawn from the scenario's mix
};

struct Answer {
  HttpResponse response;
  std::optional<WorkloadId> workload;  // none when it was refused at the door
  std::string strategy;
  std::vector<std::string> hosts;  // per fragment; "-": it was not sent to any
};

struct HostStatus {
  std::string name;
  std::string type;
  HostState state;
  pid_t pid;           // 0: no process
  std::string url;     // empty: does not listen
  double cores;        // of this machine, by quota
  double utilisation;  // over the last beat
  Mebibytes memory_used;
  int in_flight;
  Seconds cpu;  // of this machine
};

struct RequestCounts {
  std::int64_t arrived = 0;
  std::int64_t answered = 0;         // by a worker: results and refusals of wrong input
  std::int64_t wrong_input = 0;      // of these, refusals
  std::int64_t given_up = 0;         // told to come back
  std::int64_t refused = 0;          // at the door
  std::int64_t failed_attempts = 0;  // at fragments, which began again
  std::int64_t refused_actions = 0;  // parts of plans that no longer fitted
};

struct HostEvent {
  SimTime time;
  std::string host;
  std::string what;  // "crashed: ..."
};

class LocalPlatform final : public Platform {
 public:
  // Starts the hosts that are on at start and waits until they serve; time 0 is when they do. The
  // scenario and the loop are borrowed and outlive the platform.
  static Result<std::unique_ptr<LocalPlatform>> start(const Scenario& scenario,
                                                      LocalSettings settings, EventLoop& loop);
  ~LocalPlatform() override;  // stops

  Result<ClusterView> observe(DecisionsAsked asked) override;
  Status apply(const Plan& plan) override;
  Accounts accounts_since(SimTime start) const override;

  // Answers exactly once, on any thread. Needs someone who decides: see DecisionDriver.
  void submit(Submission submission, std::function<void(Answer)> respond);
  Answer submit(Submission submission);  // waits

  // Called whenever work waits for a decision, under the platform's lock: it must only notify.
  // Empty: nobody. Does not return while a call is under way.
  void call_when_work_waits(std::function<void()> notify);

  // Faults on purpose. kUnavailable where the host has no process.
  Status kill(HostId host);
  Status freeze(HostId host, Seconds length);

  // Takes no more requests, answers those that it has within `grace`, tells the clients of the
  // others to come back and ends all processes. Not on the loop's thread. Accounts and events
  // stay; the groups of the processes go with the platform.
  void stop(Seconds grace);

  SimTime now() const;
  const Catalogue& catalogue() const { return scenario_.catalogue; }
  std::vector<HostStatus> hosts() const;
  RequestCounts counts() const;
  std::size_t open_requests() const;
  std::vector<HostEvent> events() const;
  // The same as a record, in order of time: the states of hosts since time 0, and faults on
  // purpose.
  std::vector<HostChange> host_changes() const;
  // What could not be had on this machine; one sentence each.
  const std::vector<std::string>& notices() const { return notices_; }

 private:
  struct Pending {
    std::string body;                 // kept until the request is closed
    std::vector<std::string> traces;  // of the workers, per fragment, as last run
    std::function<void(Answer)> respond;
  };
  struct Reply {  // to hand out once the lock is free
    std::function<void(Answer)> respond;
    Answer answer;
  };

  LocalPlatform(const Scenario& scenario, LocalSettings settings, EventLoop& loop);
  Status wait_for_boot();

  // Hosts (local_platform.cc). All but the first two under the lock.
  void tick();
  void look_after_hosts();  // between two ticks; one less is in the air
  void advance_hosts(SimTime now);
  void watch_end(const LocalHost& host);
  void collect_events(LocalHost& host, SimTime now);
  void probe(LocalHost& host, SimTime now);
  std::vector<bool> reachable() const;

  // Requests (local_requests.cc, local_tasks.cc). All but on_reply() under the lock.
  Seconds draw_slo(ApplicationId application);
  void send_ready(SimTime now);
  void send(const TaskRun& run);
  HttpCall call_for(const TaskRun& run);
  void on_reply(const TaskRun& run, const HttpUrl& worker, Result<HttpResponse> result);
  std::optional<Reply> take_answer(const TaskRun& run, HttpResponse response, SimTime now);
  void finish_task(const TaskRun& run, const HttpResponse& response, SimTime now);
  void begin_again_later(const TaskRun& run, std::optional<TaskRun> missing_input);
  std::optional<TaskRun> missing_input(const TaskRun& run, const HttpResponse& response) const;
  bool is_last(const TaskRun& run) const;
  HttpUrl output_url(const TaskRun& run) const;
  void drop_output(HttpUrl url);
  void drop_outputs(const BookedRequest& request);
  Reply close_request(WorkloadId id, HttpResponse response);
  Reply give_up(WorkloadId id, std::string_view why);
  std::vector<Reply> give_up_overdue(SimTime now);
  std::vector<Reply> give_up_all();
  void notify_if_work_waits();

  const Scenario& scenario_;
  LocalSettings settings_;
  EventLoop& loop_;
  std::vector<std::string> notices_;
  CgroupTree cgroups_;
  HttpClient client_;                            // on the loop's thread
  std::chrono::steady_clock::time_point epoch_;  // written before time 0 only

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::vector<LocalHost> hosts_;
  std::vector<std::optional<SimTime>> last_probe_;  // per host
  std::vector<bool> probe_under_way_;               // per host
  RequestBook book_;
  std::map<WorkloadId, Pending> pending_;
  RequestCounts counts_;
  std::vector<HostEvent> events_;
  std::vector<HostChange> changes_;
  std::function<void()> notify_;
  int in_the_air_ = 0;  // calls and timers that will come back to this object
  bool refusing_ = false;
  bool stopping_ = false;
  bool stopped_ = false;
};

}  // namespace scinet
