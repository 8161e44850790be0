#include "learn/imitation/decision_walk.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <span>
#include <utility>

#include "base/ensure.h"
#include "learn/imitation/row_writer.h"
#include "oracle/lateness.h"
#include "policy/wake.h"

namespace scinet {
namespace {

constexpr std::uint32_t kNone = ~0u;

// How many hosts are shown as one.
double crowd_of(std::size_t hosts, bool is_grouped) {
  if (!is_grouped) return 1.0;
  return static_cast<double>(std::max<std::size_t>(hosts / kHostsShown, 1));
}

// Rows from the least to the largest, number by number.
std::vector<std::uint32_t> order_of(const FloatRows& rows) {
  const auto columns = static_cast<std::size_t>(rows.cols());
  const auto row = [&](std::uint32_t i) { return std::span(rows.data() + i * columns, columns); };
  std::vector<std::uint32_t> order(static_cast<std::size_t>(rows.rows()));
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) {
    return std::ranges::lexicographical_compare(row(a), row(b));
  });
  return order;
}

// Of each row the first one that is the same, given that order.
std::vector<std::uint32_t> first_alike(const FloatRows& rows,
                                       const std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> first(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool is_alike = i > 0 && rows.row(order[i]) == rows.row(order[i - 1]);
    first[order[i]] = is_alike ? first[order[i - 1]] : order[i];
  }
  return first;
}

}  // namespace

DecisionWalk::DecisionWalk(const ClusterView& view, const WalkSettings& settings)
    : view_(&view),
      settings_(settings),
      space_(view),
      load_(view),
      is_grouped_(view.hosts.size() > settings.most_apart),
      figures_(figures_of(load_, space_, crowd_of(view.hosts.size(), is_grouped_))),
      rows_(rows_of(load_, space_, figures_)),
      groups_(view.hosts.size()),
      order_(space_.waiting().size()),
      decision_(space_.nothing_changed()) {
  if (is_grouped_) {
    groups_ = HostGroups::of_alike(load_, space_, rows_.hosts, settings.most_groups);
    rows_ = rows_of_groups(std::move(rows_), groups_);
  }
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::ranges::stable_sort(order_, {}, [&](std::size_t i) {
    return time_left(space_.waiting()[i]->workload, view.now);
  });
  for (const HostLoad& host : load_.hosts()) {
    if (host.can_get_work()) open_.add(host, figures_, view.weights);
  }
  open_in_view_ = open_;
  if (view.asked.provisioning) {
    const std::vector<std::uint32_t> by_looks = order_of(rows_.hosts);
    twins_ = first_alike(rows_.hosts, by_looks);
    service_ = WaitingService(load_, space_, figures_, groups_, by_looks, twins_, order_);
    power_rows_.emplace(load_, figures_);
    switched_.assign(groups_.size(), 0);
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
      question_.hosts[which] ? switch_hosts_like(*question_.hosts[which]) : end_power();
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
  FloatRows& answers = answers_for(Head::kPower, 1 + groups_.size());
  power_rows_->begin(open_);
  power_rows_->write_stop(row_of(answers, 0));
  question_.hosts.assign(1, std::nullopt);
  last_offered_.assign(groups_.size(), kNone);
  offered_before_.assign(1, kNone);
  for (std::uint32_t group = 0; group < groups_.size(); ++group) {
    const int count = count_of_switch(group);
    if (count == 0) continue;
    const HostLoad& host = load_.at(groups_.members(group)[switched_[group]]);
    const double gain = host.can_get_work() ? service_.gain_of_closing(group, count)
                                            : service_.gain_of_opening(group, count);
    const std::size_t next = question_.hosts.size();
    power_rows_->write_switch(row_of(answers, next), host, count, gain);
    // Of hosts that look the same one is offered.
    std::uint32_t other = last_offered_[twins_[group]];
    while (other != kNone && !std::ranges::equal(row_of(answers, other), row_of(answers, next))) {
      other = offered_before_[other];
    }
    if (other != kNone) continue;
    offered_before_.push_back(
        std::exchange(last_offered_[twins_[group]], static_cast<std::uint32_t>(next)));
    question_.hosts.push_back(host.id());
  }
  if (question_.hosts.size() == 1) return false;
  answers.conservativeResize(std::ssize(question_.hosts), Eigen::NoChange);
  hide_predictions();
  return true;
}

// How many hosts of the group an answer switches; 0: none can be.
int DecisionWalk::count_of_switch(std::size_t group) const {
  const std::span<const HostId> members = groups_.members(group);
  const std::size_t left = members.size() - switched_[group];
  const HostLoad& host = load_.at(members.front());
  if (left == 0 || host.state == HostState::kFailed || !host.view->linked) return 0;
  const int count = static_cast<int>(std::min(static_cast<double>(left), figures_.crowd));
  if (!accepts_work(host.state)) return count;
  return std::min(count, open_.hosts - 1);  // work has to be served
}

void DecisionWalk::switch_hosts_like(HostId id) {
  const std::size_t group = groups_.group_of(id);
  const bool turns_on = !accepts_work(load_.at(id).state);
  const int count = count_of_switch(group);
  for (int i = 0; i < count; ++i) {
    const HostLoad& host = load_.at(groups_.members(group)[switched_[group]++]);
    turns_on ? open_.add(host, figures_, view_->weights)
             : open_.remove(host, figures_, view_->weights);
    decision_.on[host.id().value] = turns_on;
  }
  (turns_on ? open_.switched_on : open_.switched_off) += count;
  turns_on ? service_.open(group, count) : service_.close(group, count);
}

void DecisionWalk::end_power() {
  stage_ = Stage::kStrategy;
  if (view_->asked.provisioning && settings_.heads_see_earlier) {
    Plan plan;
    for (const HostId id : space_.switchable()) {
      const bool was_on = accepts_work(view_->host(id).state);
      if (decision_.on[id.value] != was_on) plan.power.push_back({id, !was_on});
    }
    keep_work_served(plan.power, *view_);
    load_.set_states(states_after(plan, *view_));
  }
  if (is_grouped_) offers_.emplace(groups_, hosts_to_offer());
  begin_workload();
}

// By HostId: whether fragments can be sent there.
std::vector<bool> DecisionWalk::hosts_to_offer() const {
  std::vector<bool> can_be_sent_to;
  for (const HostLoad& host : load_.hosts()) {
    can_be_sent_to.push_back(view_->asked.placement ? host.can_get_work()
                                                    : host.state != HostState::kFailed);
  }
  return can_be_sent_to;
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
    if (auto outlook = outlook_of(load_, space_, i, id, figures_, offers())) {
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
  for (const HostId id : offers_ ? offers_->hosts_for(*view_, what, {}) : space_.hosts_for(what)) {
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
  if (offers_) offers_->send_to(host);
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
