#include "learn/imitation/decision_walk.h"

#include <algorithm>
#include <numeric>

#include "base/ensure.h"
#include "learn/imitation/row_writer.h"
#include "oracle/lateness.h"
#include "policy/wake.h"

namespace scinet {
namespace {

// More switches than this in one decision are left to the next one.
std::size_t most_switches(const ClusterView& view) {
  return std::max<std::size_t>(4, view.hosts.size() / 2);
}

}  // namespace

DecisionWalk::DecisionWalk(const ClusterView& view, const WalkSettings& settings)
    : view_(&view),
      settings_(settings),
      space_(view),
      load_(view),
      figures_(figures_of(load_, space_)),
      rows_(rows_of(load_, space_, figures_)),
      order_(space_.waiting().size()),
      decision_(space_.nothing_changed()),
      switched_(view.hosts.size(), false) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::ranges::stable_sort(order_, {}, [&](std::size_t i) {
    const Workload& workload = space_.waiting()[i]->workload;
    return to_seconds(workload.arrival - view.now) + workload.slo;
  });
  for (const HostLoad& host : load_.hosts()) {
    if (host.can_get_work()) open_.add(host, figures_, view.weights);
  }
  open_in_view_ = open_;
  if (view.asked.provisioning) {
    service_ = ServiceAlone(load_, space_, figures_);
    for (const HostLoad& host : load_.hosts()) can_get_work_.push_back(host.can_get_work());
  } else {
    end_power();
  }
  ask();
}

void DecisionWalk::ask() {
  while (true) {
    if (stage_ == Stage::kPower) {
      if (ask_power()) return;
      end_power();
    } else if (next_ == order_.size()) {
      is_done_ = true;
      return;
    } else if (stage_ == Stage::kStrategy ? ask_strategy() : ask_host()) {
      return;
    }
  }
}

void DecisionWalk::answer(std::size_t which) {
  ensure(!is_done_ && which < question_.size(), "an answer is to a question that was asked");
  switch (question_.head) {
    case Head::kPower:
      question_.hosts[which] ? switch_host(*question_.hosts[which]) : end_power();
      break;
    case Head::kStrategy:
      choose(question_.strategies[which]);
      break;
    case Head::kHost:
      send_to(*question_.hosts[which]);
      break;
  }
  ask();
}

// ---- Hosts on and off.

bool DecisionWalk::ask_power() {
  const auto switches = static_cast<std::size_t>(open_.switched_on + open_.switched_off);
  if (switches >= most_switches(*view_)) return false;
  question_.hosts.assign(1, std::nullopt);
  for (const HostId id : space_.switchable()) {
    const HostLoad& host = load_.at(id);
    if (switched_[id.value] || !host.view->linked) continue;
    if (accepts_work(host.state) && open_.hosts == 1) continue;  // work has to be served
    question_.hosts.push_back(id);
  }
  if (question_.hosts.size() == 1) return false;
  service_.set_open(can_get_work_);
  FloatRows& answers = answers_for(Head::kPower, question_.hosts.size());
  // Of hosts that look the same one is offered.
  std::size_t count = 0;
  for (std::size_t i = 0; i < question_.hosts.size(); ++i) {
    const auto host = question_.hosts[i];
    write_power_row(row_of(answers, count), open_, host ? &load_.at(*host) : nullptr, service_,
                    load_, figures_);
    const auto looks_like = [&](std::size_t other) {
      const auto row = static_cast<Eigen::Index>(count);
      return question_.hosts[other] && host &&
             answers.row(static_cast<Eigen::Index>(other)) == answers.row(row) &&
             rows_.hosts.row(question_.hosts[other]->value) == rows_.hosts.row(host->value);
    };
    bool is_new = true;
    for (std::size_t other = 0; other < count && is_new; ++other) is_new = !looks_like(other);
    if (is_new) question_.hosts[count++] = host;
  }
  question_.hosts.resize(count);
  answers.conservativeResize(static_cast<Eigen::Index>(count), Eigen::NoChange);
  hide_predictions();
  return true;
}

void DecisionWalk::switch_host(HostId id) {
  const HostLoad& host = load_.at(id);
  const bool turns_on = !accepts_work(host.state);
  turns_on ? open_.add(host, figures_, view_->weights)
           : open_.remove(host, figures_, view_->weights);
  ++(turns_on ? open_.switched_on : open_.switched_off);
  decision_.on[id.value] = turns_on;
  can_get_work_[id.value] = turns_on;
  switched_[id.value] = true;
}

void DecisionWalk::end_power() {
  stage_ = Stage::kStrategy;
  begin_workload();
  if (!view_->asked.provisioning || !settings_.heads_see_earlier) return;
  Plan plan;
  for (const HostId id : space_.switchable()) {
    const bool was_on = accepts_work(view_->host(id).state);
    if (decision_.on[id.value] != was_on) plan.power.push_back({id, !was_on});
  }
  keep_work_served(plan.power, *view_);
  load_.set_states(states_after(plan, *view_));
}

// ---- The strategy of a workload.

void DecisionWalk::begin_workload() {
  stage_ = Stage::kStrategy;
  fragment_ = 0;
  route_.reset();
}

bool DecisionWalk::ask_strategy() {
  const std::size_t i = order_[next_];
  outlooks_.clear();
  for (const StrategyId id : space_.strategies(i)) {
    if (auto outlook = outlook_of(load_, space_, i, id, figures_)) {
      outlooks_.push_back(std::move(*outlook));
    }
  }
  if (outlooks_.empty()) {
    // Hosts are left open: some will be woken for it.
    if (!space_.strategies(i).empty()) {
      decision_.choices[i] = WorkloadChoice{space_.strategies(i).front(), {}};
    }
    ++next_;
    begin_workload();
    return false;
  }
  if (outlooks_.size() == 1) {
    choose(outlooks_.front().strategy);
    return false;
  }
  const StrategyOutlook& best = *std::ranges::min_element(outlooks_, {}, &StrategyOutlook::loss);
  const OpenCapacity& open = settings_.heads_see_earlier ? open_ : open_in_view_;
  FloatRows& answers = answers_for(Head::kStrategy, outlooks_.size());
  question_.waiting = i;
  question_.hosts.assign(outlooks_.size(), std::nullopt);
  question_.strategies.clear();
  for (std::size_t n = 0; n < outlooks_.size(); ++n) {
    question_.strategies.push_back(outlooks_[n].strategy);
    write_strategy_row(row_of(answers, n), outlooks_[n], best, workload(), open, *view_, figures_,
                       order_.size() - next_);
  }
  hide_predictions();
  return true;
}

void DecisionWalk::choose(StrategyId strategy) {
  decision_.choices[order_[next_]] = WorkloadChoice{strategy, {}};
  if (!view_->asked.placement) {
    ++next_;
    begin_workload();
    return;
  }
  stage_ = Stage::kHost;
  route_.emplace(load_, workload(), strategy);
}

// ---- The hosts of its fragments.

bool DecisionWalk::ask_host() {
  const std::size_t i = order_[next_];
  const FragmentId fragment{fragment_};
  WorkloadChoice& choice = *decision_.choices[i];
  if (!needs_host(workload(), fragment_)) {
    route_->keep(fragment);
    choice.hosts.push_back(*workload().tasks[fragment_].host);
    next_fragment();
    return false;
  }
  const Fragment& what = route_->strategy().fragments[fragment_];
  const double variation = variation_of(route_->strategy());
  std::vector<HostOutlook> outlooks;
  for (const HostId id : space_.hosts_for(what)) {
    const HostLoad& host = load_.at(id);
    if (!host.can_get_work()) continue;
    outlooks.push_back(outlook_of(load_, *route_, fragment, host, variation, figures_));
  }
  ensure(!outlooks.empty(), "a strategy that was offered has hosts for its fragments");
  if (outlooks.size() == 1) {
    send_to(outlooks.front().host->id());
    return false;
  }
  const HostOutlook& best = *std::ranges::min_element(outlooks, {}, &HostOutlook::loss);
  FloatRows& answers = answers_for(Head::kHost, outlooks.size());
  question_.waiting = i;
  question_.fragment = fragment;
  question_.hosts.clear();
  for (std::size_t n = 0; n < outlooks.size(); ++n) {
    question_.hosts.push_back(outlooks[n].host->id());
    write_host_row(row_of(answers, n), outlooks[n], best, *route_, fragment, load_, figures_);
  }
  hide_predictions();
  return true;
}

void DecisionWalk::send_to(HostId host) {
  const FragmentId fragment{fragment_};
  decision_.choices[order_[next_]]->hosts.push_back(host);
  route_->assign(fragment, host);
  if (settings_.heads_see_earlier) load_.place(host, route_->model(fragment));
  next_fragment();
}

void DecisionWalk::next_fragment() {
  if (++fragment_ < route_->strategy().fragments.size()) return;
  ++next_;
  begin_workload();
}

FloatRows& DecisionWalk::answers_for(Head head, std::size_t count) {
  question_.head = head;
  question_.answers.resize(static_cast<Eigen::Index>(count),
                           kAnswerColumns[static_cast<std::size_t>(head)]);
  return question_.answers;
}

void DecisionWalk::hide_predictions() {
  if (settings_.predictions) return;
  for (const Eigen::Index column : predicted_columns(question_.head)) {
    question_.answers.col(column).setZero();
  }
}

}  // namespace scinet
