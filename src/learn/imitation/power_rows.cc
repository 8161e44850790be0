#include "learn/imitation/power_rows.h"

#include <algorithm>
#include <cmath>

#include "learn/imitation/row_writer.h"
#include "oracle/lateness.h"

namespace scinet {
namespace {

// Mean wait of a queue with this many servers, in service times (Sakasegawa 1977).
double wait_at(double utilisation, double servers) {
  const double r = std::clamp(utilisation, 0.0, 0.98);
  const double c = std::max(servers, 1.0);
  return std::pow(r, std::sqrt(2.0 * (c + 1.0)) - 1.0) / (c * (1.0 - r));
}

double strain(double work, double speed) {
  return squashed(work / std::max(speed, 1e-3 * std::max(work, 1.0)));
}

}  // namespace

void OpenCapacity::add(const HostLoad& host, const ClusterFigures& figures,
                       const QosWeights& weights, int count) {
  speed += count * host.total_speed().value();
  cores += count * host.cores();
  burden += count * burden_of(host, figures, weights);
  backlog += count * host.outstanding.value();
  hosts += count;
}

void OpenCapacity::remove(const HostLoad& host, const ClusterFigures& figures,
                          const QosWeights& weights, int count) {
  add(host, figures, weights, -count);
}

PowerRows::PowerRows(const ClusterLoad& load, const ClusterFigures& figures)
    : load_(&load), figures_(&figures), fixed_(load.hosts().size()) {}

void PowerRows::begin(const OpenCapacity& now) {
  now_ = now;
  backlog_ = backlog_in(now);
  switched_on_ = squashed(now.switched_on / figures_->crowd);
  switched_off_ = squashed(now.switched_off / figures_->crowd);
  open_ = squashed(now.hosts / figures_->crowd);
  before_ = service_of(now);
  last_ = before_;
}

void PowerRows::write_stop(std::span<float> row) { write(row, now_, before_, {}); }

void PowerRows::write_switch(std::span<float> row, const HostLoad& host, int count, double gain) {
  const QosWeights& weights = load_->view().weights;
  const bool turns_on = !host.can_get_work();
  OpenCapacity then = now_;
  turns_on ? then.add(host, *figures_, weights, count)
           : then.remove(host, *figures_, weights, count);
  if (then.speed != last_.speed || then.cores != last_.cores) last_ = service_of(then);
  write(row, then, last_,
        {.turns_on = turns_on,
         .turns_off = !turns_on,
         .gain = gain,
         .speed = count * host.total_speed().value(),
         .fixed = fixed_of(host, turns_on)});
}

PowerRows::Service PowerRows::service_of(const OpenCapacity& open) const {
  const ClusterFigures& figures = *figures_;
  const QosWeights& weights = load_->view().weights;
  const double wait = wait_at(ratio(figures.arriving, std::max(open.speed, 1e-9)),
                              open.cores / std::max(figures.request_cores, 1e-3));
  const double core = ratio(open.speed, std::max(open.cores, 1e-9));
  const double alone = ratio(figures.request_path, std::max(core, 1e-9));
  const double response = alone * (1.0 + wait);
  return {.speed = open.speed,
          .cores = open.cores,
          .arriving = strain(figures.arriving, open.speed),
          .due = strain(figures.due, open.speed),
          .share = ratio(open.speed, figures.speed),
          .wait = squashed(wait),
          .loss = weights.response * std::min(response / (2.0 * figures.slo), 1.0) +
                  weights.violation * chance_above(figures.slo, response, 0.5)};
}

double PowerRows::backlog_in(const OpenCapacity& open) const {
  const double work = open.backlog + figures_->waiting_work;
  return strain(work / load_->view().beat.count(), open.speed);
}

const PowerRows::Fixed& PowerRows::fixed_of(const HostLoad& host, bool turns_on) {
  std::optional<Fixed>& fixed = fixed_[host.id().value];
  if (fixed) return *fixed;
  const bool has_to_boot = turns_on && host.view->state == HostState::kOff;
  const Seconds ready = has_to_boot ? host.type->boot_time : host.ready;
  fixed = Fixed{.ready = squashed(ready.count() / figures_->slo),
                .prepaid = prepaid_share(host, load_->view().now),
                .tasks = squashed(static_cast<double>(host.backlog.size()))};
  return *fixed;
}

void PowerRows::write(std::span<float> row, const OpenCapacity& then, const Service& after,
                      const Switch& change) const {
  const ClusterFigures& figures = *figures_;
  const OpenCapacity& now = now_;
  const bool is_stop = !change.turns_on && !change.turns_off;
  RowWriter to(row);
  to.add({is_stop ? 1.0 : 0.0, change.turns_on ? 1.0 : 0.0, change.turns_off ? 1.0 : 0.0});
  to.add({before_.arriving, after.arriving, backlog_, backlog_in(then), before_.due, after.due});
  to.add({before_.share, after.share});
  to.add((then.burden - now.burden) * 20.0);
  to.add({switched_on_, switched_off_, open_});
  to.add(change.fixed.ready);
  to.add({before_.wait, after.wait});
  to.add(((now.burden + before_.loss) - (then.burden + after.loss)) * 20.0);
  to.add(change.fixed.prepaid);
  // In QoS as a rollout has it: of the window's cost, of the waiting workloads, of those to come.
  constexpr double kHundredths = 100.0;
  const double cost = (then.burden - now.burden) * figures.window / figures.scale;
  const double waiting = change.gain / figures.requests;
  const double coming =
      (before_.loss - after.loss) * figures.rate * figures.window / figures.requests;
  to.add({cost * kHundredths, waiting * kHundredths, coming * kHundredths,
          (waiting + coming - cost) * kHundredths});
  to.add(change.fixed.tasks);
  to.add(is_stop ? 0.0 : std::min(ratio(change.speed, now.speed), 4.0));
}

}  // namespace scinet
