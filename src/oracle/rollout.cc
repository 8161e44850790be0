#include "oracle/rollout.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/ensure.h"
#include "workload/arrivals_ahead.h"

namespace scinet {
namespace {

SimTime end_of_interest(const Workload& workload) {
  return workload.arrival + to_sim_time(2.0 * workload.slo);
}

// What is left of the billing increment that a host has paid for.
Dollars prepaid(const HostView& host, const HostType& type, SimTime now) {
  const bool has_power = host.state == HostState::kOn || host.state == HostState::kBooting ||
                         host.state == HostState::kDraining;
  const Seconds increment = type.billing_increment;
  if (!has_power || increment <= Seconds(0)) return Dollars(0);
  const Seconds used = to_seconds(now - std::min(host.powered_since, now));
  return type.price * (std::ceil(used / increment) * increment - used);
}

}  // namespace

struct Rollout::Sums {
  Joules energy;
  Dollars cost;
  double response_ratio = 0.0;
  double late = 0.0;
  double inaccuracy = 0.0;
};

class Rollout::Roll {
 public:
  Roll(const Rollout& rollout, const Future& future, const RolloutState& after)
      : rollout_(rollout),
        view_(*rollout.view_),
        future_(future),
        twin_(future.start),
        state_(after) {}

  void run(const Plan& plan, Sums& sums) {
    twin_.apply(plan);
    note_deployments(plan);
    view_.cadence == Cadence::kArrival ? roll_by_arrivals() : roll_by_beats();
    const std::vector<HostAccount> at_end = accounts();
    const SimTime end = twin_.now();
    roll_until_answered();
    add_hosts(sums, at_end, to_seconds(twin_.now() - end));
    add_requests(sums);
  }

 private:
  void roll_by_beats() {
    for (SimTime beat = next_beat(); beat < rollout_.window_end_; beat += beat_length()) {
      arrive_until(beat);
      decide();
    }
    arrive_until(rollout_.window_end_);
    decide();
  }

  // At beats only what was put off is decided.
  void roll_by_arrivals() {
    SimTime beat = next_beat();
    while (true) {
      const bool is_last = next_arrival_ == future_.arrivals.size();
      const SimTime arrival =
          is_last ? rollout_.window_end_ : future_.arrivals[next_arrival_].arrival;
      for (; beat < arrival; beat += beat_length()) {
        if (state_.waiting.empty()) continue;
        twin_.run_until(beat);
        decide();
      }
      arrive_until(arrival);
      decide();
      if (is_last) return;
    }
  }

  SimTime beat_length() const { return to_sim_time(view_.beat); }
  SimTime next_beat() const { return beat_length() * (view_.now / beat_length() + 1); }

  void arrive_until(SimTime time) {
    twin_.run_until(time);
    for (; next_arrival_ < future_.arrivals.size(); ++next_arrival_) {
      const Workload& workload = future_.arrivals[next_arrival_];
      if (workload.arrival > time) return;
      twin_.arrive(workload);
      state_.waiting.push_back({.workload = workload});
    }
  }

  void decide() {
    if (state_.waiting.empty()) return;
    const Plan plan = rollout_.stand_in_.decide(twin_, state_);
    twin_.apply(plan);
    note_deployments(plan);
  }

  void note_deployments(const Plan& plan) {
    for (const auto& [id, strategy] : plan.deployments) {
      accuracy_ += view_.catalogue->at(application_of(id), strategy).accuracy;
    }
  }

  ApplicationId application_of(WorkloadId id) const {
    if (!future_.arrivals.empty() && id >= future_.arrivals.front().id) {
      return future_.arrivals[id.value - future_.arrivals.front().id.value].application;
    }
    return view_.find(id)->workload.application;
  }

  // And until the work is done that the plan leaves behind, within reason.
  void roll_until_answered() {
    while (twin_.in_progress() > 0 && twin_.now() < future_.give_up && twin_.next_event()) {
      twin_.run_until(std::min(twin_.now() + beat_length(), future_.give_up));
    }
  }

  std::vector<HostAccount> accounts() const {
    std::vector<HostAccount> accounts;
    accounts.reserve(view_.hosts.size());
    for (const HostView& host : view_.hosts) accounts.push_back(twin_.account(host.id));
    return accounts;
  }

  void add_hosts(Sums& sums, const std::vector<HostAccount>& at_end, Seconds after_end) const {
    auto open = state_.open.begin();
    for (const HostView& host : view_.hosts) {
      const HostType& type = view_.type_of(host);
      const HostAccount account = twin_.account(host.id);
      sums.energy += account.energy;
      if (open != state_.open.end() && open->id == host.id) {
        if (type.boots_at_once()) {
          const Seconds cpu = account.cpu - at_end[host.id.value].cpu;
          const Seconds share = cpu / static_cast<double>(type.cores);
          sums.energy += idle_power(type) * share;
          sums.cost += type.price * share;
        }
        sums.energy -= idle_power(type) * after_end;
        sums.cost += type.price * at_end[host.id.value].powered;
        ++open;
      } else {
        sums.cost += account.cost + prepaid(host, type, view_.now);
      }
    }
  }

  void add_requests(Sums& sums) const {
    const std::size_t all = view_.workloads.size() + future_.arrivals.size();
    const FinishedLog& finished = twin_.finished();
    for (const FinishedWorkload& entry : finished.entries()) {
      const Seconds response = to_seconds(entry.finish - entry.workload.arrival);
      sums.response_ratio += std::min(response / (2.0 * entry.workload.slo), 1.0);
      if (response > entry.workload.slo) sums.late += 1.0;
    }
    const auto unanswered = static_cast<double>(all - finished.size());
    sums.response_ratio += unanswered;
    sums.late += unanswered;
    sums.inaccuracy += static_cast<double>(all) - accuracy_;
  }

  const Rollout& rollout_;
  const ClusterView& view_;
  const Future& future_;
  Twin twin_;
  RolloutState state_;
  std::size_t next_arrival_ = 0;
  double accuracy_ = rollout_.accuracy_deployed_;
};

Rollout::Rollout(const ClusterView& view, RolloutSettings settings, const RandomStreams& streams)
    : view_(&view),
      stand_in_(view, {}),
      window_end_(view.now + to_sim_time(view.beat * settings.beats)),
      trial_(static_cast<std::size_t>(settings.trial > 0 ? settings.trial : settings.futures)) {
  ensure(settings.beats > 0 && settings.futures > 0, "a rollout has a window and a future");
  ensure(settings.trial <= settings.futures, "a trial is of some of the futures");
  const auto open = static_cast<double>(view.workloads.size());
  const double rate = total_arrival_rate(view);
  const Seconds arriving = settings.arrivals ? window() : Seconds(0);
  requests_ = open + rate * arriving.count();
  for (int i = 0; i < settings.futures; ++i) {
    const RandomStreams of_future(streams.stream("future", static_cast<std::uint64_t>(i)).next());
    Future& future = futures_.emplace_back(
        of_future,
        Twin::from(view, {.beat = view.beat, .cadence = view.cadence, .history = 1}, of_future),
        arrivals_ahead(view, arriving, of_future));
    for (const WorkloadView& entry : view.workloads) {
      future.give_up = std::max(future.give_up, end_of_interest(entry.workload));
    }
    for (const Workload& workload : future.arrivals) {
      future.give_up = std::max(future.give_up, end_of_interest(workload));
    }
    future.give_up = std::max(future.give_up, window_end_) + to_sim_time(window());
    requests_ = std::max(requests_, open + static_cast<double>(future.arrivals.size()));
  }
  const Seconds longest = window() + kRatesCover;
  scale_ = rate > 0.0 ? std::min(Seconds(requests_ / rate), longest) : longest;
  for (const WorkloadView& entry : view.workloads) {
    if (!entry.strategy) continue;
    accuracy_deployed_ += view.catalogue->at(entry.workload.application, *entry.strategy).accuracy;
  }
  for (const HostView& host : view.hosts) {
    peak_of_all_ += view.type_of(host).power.peak();
    price_of_all_ += view.type_of(host).price;
  }
  stand_in_ = StandIn(view, prices());
}

Outlook Rollout::of(const Plan& plan) const {
  return *of(plan, -std::numeric_limits<double>::infinity());
}

std::optional<Outlook> Rollout::of(const Plan& plan, double trial_qos_to_beat) const {
  const RolloutState after = stand_in_.after(plan);
  Outlook outlook;
  Sums sums;
  for (std::size_t i = 0; i < futures_.size(); ++i) {
    Roll(*this, futures_[i], after).run(plan, sums);
    if (i + 1 != trial_) continue;
    outlook.trial_qos = qos_score(terms_of(sums, trial_), view_->weights);
    if (outlook.trial_qos < trial_qos_to_beat) return std::nullopt;
  }
  outlook.terms = terms_of(sums, futures_.size());
  outlook.qos = qos_score(outlook.terms, view_->weights);
  return outlook;
}

ResourcePrices Rollout::prices() const {
  const double joules = (peak_of_all_ * scale_).value();
  const double dollars = (price_of_all_ * scale_).value();
  return {.joule = joules > 0.0 ? view_->weights.energy * requests_ / joules : 0.0,
          .dollar = dollars > 0.0 ? view_->weights.cost * requests_ / dollars : 0.0};
}

QosTerms Rollout::terms_of(const Sums& sums, std::size_t futures) const {
  const auto share = [&](double part, double whole) {
    return whole > 0.0 ? std::clamp(part / (whole * static_cast<double>(futures)), 0.0, 1.0) : 0.0;
  };
  return {.energy = share(sums.energy.value(), (peak_of_all_ * scale_).value()),
          .cost = share(sums.cost.value(), (price_of_all_ * scale_).value()),
          .response = share(sums.response_ratio, requests_),
          .violation = share(sums.late, requests_),
          .inaccuracy = share(sums.inaccuracy, requests_)};
}

}  // namespace scinet
