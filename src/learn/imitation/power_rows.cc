#include "learn/imitation/power_rows.h"

#include <algorithm>
#include <cmath>

#include "learn/imitation/row_writer.h"
#include "oracle/lateness.h"
#include "oracle/oracle_policies.h"

namespace scinet {
namespace {

// Mean wait of a queue with this many servers, in service times (Sakasegawa 1977).
double wait_at(double utilisation, double servers) {
  const double r = std::clamp(utilisation, 0.0, 0.98);
  const double c = std::max(servers, 1.0);
  return std::pow(r, std::sqrt(2.0 * (c + 1.0)) - 1.0) / (c * (1.0 - r));
}

// What a request meets that comes, if hosts with so much speed (MIPS) and so many cores serve it.
struct Queue {
  double alone = 0.0;  // s
  // In times that it takes alone: if arrivals went on so for ever, and on average over a window
  // that begins without a queue. Where too much comes for ever has no mean: the first is then that
  // of a load of 0.98 and what the window adds.
  double wait = 0.0;
  double wait_in_window = 0.0;
  double accuracy_lost = 0.0;  // by strategies that take less work, for want of speed
};

// Beyond this utilisation requests go by their lightest strategies, as many of them as it needs.
constexpr double kMuchUsed = 0.9;

// Within a window the queue grows by what is too much, and by chance as the root of what arrives.
Queue queue_at(double speed, double cores, const ClusterFigures& figures) {
  const double usual = figures.arriving / std::max(speed, 1e-9);
  const double least = figures.least_arriving / std::max(speed, 1e-9);
  const double light =
      std::clamp(ratio(usual - kMuchUsed, std::max(usual - least, 1e-9)), 0.0, 1.0);
  const double used = std::lerp(usual, least, light);
  const double path = std::lerp(figures.request_path, figures.least_path, light);
  const double servers = std::max(cores / std::max(figures.request_cores, 1e-3), 1.0);
  const double core = ratio(speed, std::max(cores, 1e-9));
  Queue queue{.alone = ratio(path, std::max(core, 1e-9))};
  queue.accuracy_lost = light * figures.accuracy_at_stake;
  const double alone = std::max(queue.alone, 1e-9);
  const double steady = wait_at(used, servers);
  const double by_chance = 0.4 * std::sqrt(figures.rate * figures.window) / servers;
  const double by_excess = ratio(std::max(used - 1.0, 0.0) * figures.window / 2.0, alone);
  queue.wait = steady + by_excess;
  queue.wait_in_window = std::min(steady, by_chance) + by_excess;
  return queue;
}

// Of a request to come that waits so many times as long as it takes alone, and then so long, s.
double loss_of(const Queue& queue, double wait, double delay, const ClusterFigures& figures,
               const QosWeights& weights) {
  const double response = queue.alone * (1.0 + wait) + delay;
  return loss_of_response(0.0, response, figures.slo, 0.5, weights) +
         weights.inaccuracy * queue.accuracy_lost;
}

// Whether all that a Service follows from is the same.
bool serves_alike(const OpenCapacity& one, const OpenCapacity& other) {
  return one.speed == other.speed && one.cores == other.cores && one.spare == other.spare &&
         one.spare_cores == other.spare_cores && one.backlog == other.backlog;
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
  const double core = host.speed().value();
  const double ready = host.ready.count() + ratio(host.outstanding.value(), core * host.cores());
  const double in_time = std::max(1.0 - ratio(ready, figures.window), 0.0);
  const double fit =
      std::min(ratio(0.5 * figures.slo * core, std::max(figures.request_path, 1e-9)), 1.0);
  spare_cores += count * host.cores() * in_time * fit;
  spare += count * host.cores() * core * in_time * fit;
  hosts += count;
}

void OpenCapacity::remove(const HostLoad& host, const ClusterFigures& figures,
                          const QosWeights& weights, int count) {
  add(host, figures, weights, -count);
}

PowerRows::PowerRows(const ClusterLoad& load, const ClusterFigures& figures)
    : load_(&load),
      figures_(&figures),
      of_usual_(static_cast<double>(load.hosts().size()) / figures.crowd / kUsualHosts),
      fixed_(load.hosts().size()) {}

void PowerRows::begin(const OpenCapacity& now) {
  now_ = now;
  backlog_ = backlog_in(now);
  switched_on_ = squashed(now.switched_on / figures_->crowd);
  switched_off_ = squashed(now.switched_off / figures_->crowd);
  open_ = squashed(now.hosts / figures_->crowd);
  before_ = service_of(now);
  last_open_ = now;
  last_ = before_;
}

void PowerRows::write_stop(std::span<float> row) { write(row, now_, before_, {}); }

void PowerRows::write_switch(std::span<float> row, const HostLoad& host, int count, double gain) {
  const QosWeights& weights = load_->view().weights;
  const bool turns_on = !host.can_get_work();
  OpenCapacity then = now_;
  turns_on ? then.add(host, *figures_, weights, count)
           : then.remove(host, *figures_, weights, count);
  if (!serves_alike(then, last_open_)) {
    last_open_ = then;
    last_ = service_of(then);
  }
  write(row, then, last_,
        {.turns_on = turns_on,
         .turns_off = !turns_on,
         .gain = gain,
         .cost = count * cost_of(host, turns_on),
         .in_time = std::max(1.0 - ratio(host.ready.count(), figures_->window), 0.0),
         .speed = count * host.total_speed().value(),
         .fixed = fixed_of(host, turns_on)});
}

// What one host takes from QoS more than if it were left as it is, and what a switch has to gain.
double PowerRows::cost_of(const HostLoad& host, bool turns_on) const {
  const ClusterFigures& figures = *figures_;
  const HostType& type = *host.type;
  const Seconds window(figures.window);
  const Watts idle = idle_power(type);
  const auto qos = [&](Joules joules, Dollars dollars) {
    return (figures.prices.joule * joules.value() + figures.prices.dollar * dollars.value()) /
           figures.requests;
  };
  const double least = least_gain_of_switch(type, window, figures.requests, figures.prices);
  if (turns_on && host.view->state == HostState::kOff) {
    const Seconds boot = std::min(type.boot_time, window);
    return qos(type.boot_power * boot + idle * (window - boot), type.price * window) + least;
  }
  const double busy = std::min(host.cores_wanted, host.cores());
  const Seconds drain = busy > 0.0 ? host.outstanding / (host.speed() * busy) : Seconds(0);
  // After the window an open host is charged for its work only, a draining one until it stops.
  const bool is_shared = figures.costs == HostCosts::kShared && drain > window;
  const Seconds stays =
      is_shared ? window + (drain - window) * (busy / static_cast<double>(type.cores)) : window;
  const Dollars prepaid =
      type.price * type.billing_increment * prepaid_share(host, load_->view().now);
  const double of_staying = qos(idle * (stays - drain), type.price * (stays - drain) - prepaid);
  return (turns_on ? of_staying : -of_staying) + least;
}

PowerRows::Service PowerRows::service_of(const OpenCapacity& open) const {
  const ClusterFigures& figures = *figures_;
  const QosWeights& weights = load_->view().weights;
  const Queue all = queue_at(open.speed, open.cores, figures);
  const double rest = open.spare - figures.waiting_work / std::max(figures.window, 1e-9);
  const Queue spare = queue_at(rest, open.spare_cores, figures);
  return {.arriving = strain(figures.arriving, open.speed),
          .due = strain(figures.due, open.speed),
          .share = ratio(open.speed, figures.speed),
          .wait = squashed(all.wait),
          .loss = loss_of(all, all.wait, 0.0, figures, weights),
          .window_loss = loss_of(all, all.wait_in_window, delay_by_backlog(open), figures, weights),
          .spare_wait = squashed(spare.wait),
          .spare_loss = loss_of(spare, spare.wait_in_window, 0.0, figures, weights)};
}

// Of a request that comes at any moment of the window, s.
double PowerRows::delay_by_backlog(const OpenCapacity& open) const {
  const double window = std::max(figures_->window, 1e-9);
  const double behind = ratio(open.backlog + figures_->waiting_work, std::max(open.speed, 1e-9));
  return behind < window ? behind * behind / (2.0 * window) : behind - window / 2.0;
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
  to.add((then.burden - now.burden) * 20.0 * of_usual_);
  to.add({switched_on_, switched_off_, open_});
  to.add(change.fixed.ready);
  to.add({before_.wait, after.wait});
  to.add(((now.burden + before_.loss) - (then.burden + after.loss)) * 20.0 * of_usual_);
  to.add(change.fixed.prepaid);
  // In QoS as a rollout has it, in hundredths as of a cluster of kUsualHosts.
  const double cost = change.cost;
  const double waiting = change.gain / figures.requests;
  const auto of_coming = [&](double before, double after_it) {
    return (before - after_it) * figures.coming / figures.requests;
  };
  const double coming = of_coming(before_.loss, after.loss);
  const double in_window = of_coming(before_.window_loss, after.window_loss) * change.in_time;
  const double spare = of_coming(before_.spare_loss, after.spare_loss);
  for (const double qos : {cost, waiting, coming, waiting + in_window - cost, in_window, spare}) {
    to.add(std::asinh(qos * 100.0 * of_usual_));
  }
  to.add({before_.spare_wait, after.spare_wait});
  to.add(change.fixed.tasks);
  to.add(is_stop ? 0.0 : std::min(ratio(change.speed, now.speed), 4.0));
}

}  // namespace scinet
