#include "platform/local/local_platform.h"

#include <fcntl.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include <fmt/format.h>

#include "platform/local/cgroup.h"
#include "platform/local/local_hosts.h"

namespace scinet {
namespace {

using Clock = std::chrono::steady_clock;

// How often processes are looked after. Requests do not wait for it; a crash is seen by it, and
// power follows the CPU time between two.
constexpr std::chrono::milliseconds kTick = kQuotaPeriod;

std::vector<HostCapacity> capacities(const Scenario& scenario, const LocalSettings& settings) {
  std::vector<HostCapacity> capacities;
  for (HostTypeId type : scenario.hosts) {
    capacities.push_back({type, settings.concurrency, settings.in_flight});
  }
  return capacities;
}

}  // namespace

Result<std::unique_ptr<LocalPlatform>> LocalPlatform::start(const Scenario& scenario,
                                                            LocalSettings settings,
                                                            EventLoop& loop) {
  auto platform =
      std::unique_ptr<LocalPlatform>(new LocalPlatform(scenario, std::move(settings), loop));
  Result<std::vector<LocalHost>> hosts =
      make_local_hosts(scenario, platform->settings_, platform->cgroups_, platform->notices_);
  if (!hosts) return hosts.error();
  platform->hosts_ = std::move(hosts).value();
  if (const Status booted = platform->wait_for_boot(); !booted) return booted.error();
  return platform;
}

LocalPlatform::LocalPlatform(const Scenario& scenario, LocalSettings settings, EventLoop& loop)
    : scenario_(scenario),
      settings_(std::move(settings)),
      loop_(loop),
      cgroups_(settings_.cgroup_root),
      client_(loop.context()),
      epoch_(Clock::now()),
      last_probe_(scenario.hosts.size()),
      probe_under_way_(scenario.hosts.size(), false),
      book_(scenario.catalogue, capacities(scenario, settings_)) {
  if (std::string notice = cgroups_.notice(); !notice.empty()) notices_.push_back(notice);
  notices_.push_back(
      "network: not shaped, all hosts talk over the loopback interface at its own speed");
}

LocalPlatform::~LocalPlatform() { stop(Seconds(0)); }

Status LocalPlatform::wait_for_boot() {
  std::unique_lock lock(mutex_);
  const auto first = static_cast<std::size_t>(std::max(0, scenario_.hosts_on_at_start));
  const std::size_t count = std::min(first, hosts_.size());
  for (std::size_t i = 0; i < count; ++i) hosts_[i].power_on(now());
  ++in_the_air_;
  boost::asio::post(loop_.context(), [this] { tick(); });

  const auto wanted = std::span(hosts_).first(count);
  const auto is_on = [](const LocalHost& host) { return host.state() == HostState::kOn; };
  const auto failed = [](const LocalHost& host) { return host.state() == HostState::kFailed; };
  changed_.wait(lock, [&] {
    return std::ranges::all_of(wanted, is_on) || std::ranges::any_of(wanted, failed);
  });
  if (std::ranges::any_of(wanted, failed)) {
    const HostEvent& last = events_.back();
    return Error{ErrorCode::kUnavailable, fmt::format("host {} {}", last.host, last.what)};
  }
  epoch_ = Clock::now();
  for (LocalHost& host : hosts_) host.begin_run();
  std::ranges::fill(last_probe_, std::nullopt);
  events_.clear();
  changes_.clear();
  return ok_status();
}

SimTime LocalPlatform::now() const { return Clock::now() - epoch_; }

// Looks after hosts and overdue requests, again and again until everything has ended.
void LocalPlatform::tick() {
  std::vector<Reply> replies;
  {
    const std::lock_guard lock(mutex_);
    const SimTime time = now();
    advance_hosts(time);
    for (LocalHost& host : hosts_) probe(host, time);
    send_ready(time);
    replies = give_up_overdue(time);
    const bool all_gone =
        std::ranges::all_of(hosts_, [](const LocalHost& host) { return host.pid() == 0; });
    if (stopping_ && all_gone) {
      --in_the_air_;
    } else {
      const auto timer = std::make_shared<boost::asio::steady_timer>(loop_.context(), kTick);
      timer->async_wait([this, timer](boost::system::error_code) { tick(); });
    }
    changed_.notify_all();
  }
  for (Reply& reply : replies) reply.respond(std::move(reply.answer));
}

void LocalPlatform::advance_hosts(SimTime time) {
  for (LocalHost& host : hosts_) {
    const HostState before = host.state();
    const bool kept_outputs = host.keeps_outputs();
    const int generation = host.generation();
    if (stopping_) host.shut_down(time);
    host.advance(time, !stopping_ && book_.uses(host.id()));
    if (host.generation() != generation) watch_end(host);
    collect_events(host, time);
    if (before != HostState::kFailed && host.state() == HostState::kFailed) {
      book_.lose_host(host.id(), time, host.last_heard());
      notify_if_work_waits();
    } else if (kept_outputs && !host.keeps_outputs()) {
      book_.lose_outputs(host.id(), time);
      notify_if_work_waits();
    }
  }
}

// Without this the end of a process would be seen at the next tick.
void LocalPlatform::watch_end(const LocalHost& host) {
  // Of its own: the process may be forgotten, and its descriptor closed, before this is heard.
  const int signal = ::fcntl(host.end_signal(), F_DUPFD_CLOEXEC, 0);
  if (signal < 0) return;
  using Descriptor = boost::asio::posix::stream_descriptor;
  const auto end = std::make_shared<Descriptor>(loop_.context(), signal);
  ++in_the_air_;
  end->async_wait(Descriptor::wait_read,
                  [this, end](boost::system::error_code) { look_after_hosts(); });
}

void LocalPlatform::look_after_hosts() {
  const std::lock_guard lock(mutex_);
  --in_the_air_;
  advance_hosts(now());
  send_ready(now());
  changed_.notify_all();
}

void LocalPlatform::collect_events(LocalHost& host, SimTime time) {
  for (std::string& event : host.take_events()) {
    events_.push_back({time, host.name(), std::move(event)});
  }
  for (HostChange& change : host.take_changes()) changes_.push_back(std::move(change));
}

// One question at a time: a frozen worker answers it when it thaws.
void LocalPlatform::probe(LocalHost& host, SimTime time) {
  const std::size_t index = host.id().value;
  std::optional<SimTime>& last = last_probe_[index];
  const bool is_booting = host.state() == HostState::kBooting;
  const SimTime interval = is_booting ? SimTime(kTick) : to_sim_time(settings_.poll);
  if (!host.url() || probe_under_way_[index] || (last && time - *last < interval)) return;
  last = time;
  probe_under_way_[index] = true;
  host.probe_sent(time);

  HttpCall call;
  call.url = *host.url();
  call.url.target = "/stats";
  call.method = "GET";
  call.timeout = Seconds(30);
  ++in_the_air_;
  const auto done = [this, index, generation = host.generation()](Result<HttpResponse> result) {
    const std::lock_guard lock(mutex_);
    --in_the_air_;
    probe_under_way_[index] = false;
    LocalHost& asked = hosts_[index];
    const bool is_answer = result && result.value().status == 200;
    if (is_answer && asked.generation() == generation) {
      const auto stats = nlohmann::json::parse(result.value().body, nullptr, false);
      const double bytes = stats.is_object() ? stats.value("memory_bytes", 0.0) : 0.0;
      asked.probe_answered(now(), Mebibytes(bytes / (1024.0 * 1024.0)));
      collect_events(asked, now());
    } else if (asked.generation() == generation) {
      advance_hosts(now());  // the connection broke: most likely its process has just ended
    }
    send_ready(now());
    changed_.notify_all();
  };
  boost::asio::post(loop_.context(), [this, call = std::move(call), done]() mutable {
    client_.send(std::move(call), done);
  });
}

std::vector<bool> LocalPlatform::reachable() const {
  std::vector<bool> reachable;
  for (const LocalHost& host : hosts_) reachable.push_back(host.reachable());
  return reachable;
}

Result<ClusterView> LocalPlatform::observe(DecisionsAsked asked) {
  const std::lock_guard lock(mutex_);
  ClusterView view;
  view.now = now();
  view.asked = asked;
  view.cadence = scenario_.cadence;
  view.beat = scenario_.beat;
  view.catalogue = &scenario_.catalogue;
  view.weights = scenario_.weights;
  for (const LocalHost& host : hosts_) view.hosts.push_back(host.view(view.now));
  view.workloads = book_.views(view.now);
  view.arrival_rates = book_.arrival_rates(view.now);
  view.recent_requests = book_.recent_requests();
  return view;
}

Status LocalPlatform::apply(const Plan& plan) {
  const std::lock_guard lock(mutex_);
  if (stopping_) {
    return Error{ErrorCode::kUnavailable, "the platform has stopped; nothing can be applied"};
  }
  const SimTime time = now();
  for (const auto& [host, on] : plan.power) {
    on ? hosts_[host.value].power_on(time) : hosts_[host.value].power_off(time);
  }
  std::vector<bool> accepts;
  for (const LocalHost& host : hosts_) accepts.push_back(accepts_work(host.state()));
  counts_.refused_actions += book_.apply(plan, accepts, time);
  send_ready(time);
  if (!plan.power.empty()) {
    ++in_the_air_;
    boost::asio::post(loop_.context(), [this] { look_after_hosts(); });
  }
  return ok_status();
}

Accounts LocalPlatform::accounts_since(SimTime start) const {
  const std::lock_guard lock(mutex_);
  Accounts accounts;
  accounts.now = now();
  for (const LocalHost& host : hosts_) {
    accounts.hosts.push_back(host.meter().account(accounts.now));
  }
  accounts.workloads = book_.outcomes_since(start);
  return accounts;
}

Status LocalPlatform::kill(HostId host) {
  const std::lock_guard lock(mutex_);
  if (host.value < hosts_.size() && hosts_[host.value].kill(now())) return ok_status();
  return Error{ErrorCode::kUnavailable, fmt::format("host {} has no process to kill", host.value)};
}

Status LocalPlatform::freeze(HostId host, Seconds length) {
  const std::lock_guard lock(mutex_);
  if (host.value < hosts_.size() && hosts_[host.value].freeze(now(), length)) return ok_status();
  return Error{ErrorCode::kUnavailable,
               fmt::format("host {} has no process to freeze", host.value)};
}

void LocalPlatform::stop(Seconds grace) {
  std::vector<Reply> replies;
  {
    std::unique_lock lock(mutex_);
    if (stopped_) return;
    refusing_ = true;
    changed_.wait_for(lock, grace, [this] { return book_.open_count() == 0; });
    stopping_ = true;
    replies = give_up_all();
  }
  for (Reply& reply : replies) reply.respond(std::move(reply.answer));

  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return in_the_air_ == 0; });
  stopped_ = true;
}

std::vector<HostStatus> LocalPlatform::hosts() const {
  const std::lock_guard lock(mutex_);
  std::vector<HostStatus> all;
  for (const LocalHost& host : hosts_) {
    const HostType& type = scenario_.catalogue.at(scenario_.hosts[host.id().value]);
    all.push_back({host.name(), type.name, host.state(), host.pid(),
                   host.url() ? fmt::format("http://{}:{}", host.url()->host, host.url()->port)
                              : std::string(),
                   host.meter().real_cores(), host.meter().utilisation(), host.memory_used(),
                   book_.in_flight(host.id()), host.meter().cpu()});
  }
  return all;
}

RequestCounts LocalPlatform::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::size_t LocalPlatform::open_requests() const {
  const std::lock_guard lock(mutex_);
  return book_.open_count();
}

std::vector<HostEvent> LocalPlatform::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

std::vector<HostChange> LocalPlatform::host_changes() const {
  const std::lock_guard lock(mutex_);
  std::vector<HostChange> changes = changes_;
  std::ranges::stable_sort(changes, {}, &HostChange::at);  // they were collected host by host
  return changes;
}

void LocalPlatform::call_when_work_waits(std::function<void()> notify) {
  const std::lock_guard lock(mutex_);
  notify_ = std::move(notify);
}

}  // namespace scinet
