#include "workload/random_catalogue.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace scinet {
namespace {

constexpr const char* kSource = "made up";

// Idle to peak over ten steps of load, bent either way.
PowerCurve power_curve(std::string name, Watts idle, Watts peak, double bend) {
  constexpr int kSteps = 10;
  PowerCurve curve{std::move(name), {}, kSource};
  for (int i = 0; i <= kSteps; ++i) {
    curve.points.push_back(idle + (peak - idle) * std::pow(static_cast<double>(i) / kSteps, bend));
  }
  return curve;
}

// A machine of a data centre: what it costs and burns grows with its size, but not in step.
void make_server(HostType& type, RandomDraws& random) {
  type.cores = static_cast<int>(std::lround(random.log_between(1, 16)));
  type.speed = Mips(random.log_between(1000, 5000));
  const double pace = type.speed.value() / 2000;
  type.memory = Mebibytes(1024 * type.cores * random.log_between(1, 8));
  type.price = DollarsPerHour(0.04 * type.cores * pace * random.around_one(0.4));
  const Watts peak(80 * std::sqrt(type.cores * pace) * random.around_one(0.3));
  const Watts idle = peak * random.between(0.1, 0.65);
  type.power = power_curve(type.name, idle, peak, random.around_one(0.4));
  if (random.chance(0.3)) type.background = type.cores * random.between(0.01, 0.15);
  if (random.chance(0.25)) {
    const double baseline = random.between(0.2, 0.5) * type.cores;
    const double minutes_at_full_speed = random.between(0, 10);
    const double hourly = 60 * baseline;
    type.burst = BurstCredits{.baseline = baseline,
                              .credits_per_hour = hourly,
                              .initial_credits = minutes_at_full_speed * type.cores,
                              .maximum_credits = 24 * hourly};
  }
}

// A board of some watts, slow and nearly free.
void make_board(HostType& type, RandomDraws& random) {
  type.cores = random.whole(1, 4);
  type.speed = Mips(random.log_between(250, 900));
  type.memory = Mebibytes(1024 * random.log_between(0.5, 4));
  type.price = DollarsPerHour(random.log_between(0.001, 0.01));
  const Watts idle(random.log_between(0.3, 3));
  const Watts peak = idle * random.between(1.5, 4);
  type.power = power_curve(type.name, idle, peak, random.around_one(0.4));
}

WorkDistribution random_shape(RandomDraws& random) {
  const double kind = random.share();
  if (kind < 0.25) return {WorkShape::kConstant, {}, 0.0};
  if (kind < 0.75) return {WorkShape::kLognormal, {}, random.between(0.1, 1.2)};
  if (kind < 0.9) return {WorkShape::kExponential, {}, 1.0};
  return {WorkShape::kHyperexponential, {}, random.between(1.1, 2.5)};
}

// Makes the strategies of one application, which share what the application is like.
class ApplicationMaker {
 public:
  ApplicationMaker(Mi work, const TypicalHost& host, RandomDraws& random)
      : host_(host),
        random_(random),
        work_(work),
        alone_(work / host.speed),
        shape_(random.chance(0.5) ? random_shape(random) : WorkDistribution{}),
        cores_(random.chance(0.6)   ? 1.0
               : random.chance(0.5) ? random.between(0.4, 1.0)
                                    : random.between(1.0, 4.0)),
        memory_(most_memory() * random.log_between(0.005, 0.5)),
        model_(random.chance(0.3) ? Mebibytes(0) : most_memory() * random.log_between(0.005, 0.5)),
        load_(model_ > Mebibytes(0) ? alone_ * random.log_between(0.02, 1.5) : Seconds(0)),
        share_of_load_that_is_work_(random.chance(0.3) ? random.share() : 0.0),
        answer_(bytes_in(random.log_between(1e-5, 0.05))),
        accuracy_(random.between(0.65, 0.99)) {}

  Strategy whole() { return strategy("whole", accuracy_, {fragment("all", 1.0, 1.0, answer_)}); }

  Strategy compression() {
    const double size = random_.between(0.1, 0.7);
    return strategy("compression", accuracy_ * random_.between(0.6, 0.995),
                    {fragment("all", random_.between(0.05, 0.8), size, answer_)});
  }

  // The same layers one after the other, with a little more work and a wide cut between.
  Strategy layer() {
    const std::vector<double> shares = random_.shares(random_.position_in(3) + 2);
    const double overhead = random_.between(1.0, 1.15);
    std::vector<Fragment> fragments;
    for (std::uint32_t i = 0; i < shares.size(); ++i) {
      const bool is_last = i + 1 == shares.size();
      const Bytes output = is_last ? answer_ : bytes_in(random_.log_between(1e-3, 0.3));
      fragments.push_back(
          fragment("part-" + std::to_string(i + 1), overhead * shares[i], shares[i], output));
      if (i > 0) fragments.back().inputs = {{i - 1}};
    }
    return strategy("layer", accuracy_, std::move(fragments));
  }

  // Branches that see all of the input and know a part of the answer.
  Strategy semantic() {
    const auto count = static_cast<std::uint32_t>(random_.whole(2, 4));
    const double work = random_.between(0.8, 2.0) / count;
    const double size = random_.between(0.8, 1.5) / count;
    std::vector<Fragment> fragments;
    std::vector<FragmentId> branches;
    for (std::uint32_t i = 0; i < count; ++i) {
      fragments.push_back(fragment("branch-" + std::to_string(i + 1), work, size, answer_));
      branches.push_back({i});
    }
    Fragment merge;
    merge.name = "merge";
    merge.work.mean = work_ * random_.log_between(1e-4, 0.05);
    merge.memory = memory_ * 0.1;
    merge.output = answer_;
    merge.inputs = std::move(branches);
    fragments.push_back(std::move(merge));
    return strategy("semantic", accuracy_ * random_.between(0.8, 0.99), std::move(fragments));
  }

 private:
  // Tasks and models have up to half of this each.
  Mebibytes most_memory() const { return host_.memory * 0.8; }

  // What the link carries in this share of the time that the work takes.
  Bytes bytes_in(double share) const {
    return Bytes(host_.bandwidth.value() * alone_.count() * share);
  }

  // `work` and `size` are shares of those of the whole model.
  Fragment fragment(std::string name, double work, double size, Bytes output) const {
    Fragment made;
    made.name = std::move(name);
    made.work = shape_;
    made.cores = cores_;
    made.work.mean = work_ * work;
    made.memory = memory_ * std::sqrt(size);  // of which a part is there whatever the model
    made.model_memory = model_ * size;
    made.load_time = load_ * (size * (1.0 - share_of_load_that_is_work_));
    made.load_work = host_.speed * (load_ * (size * share_of_load_that_is_work_));
    made.output = output;
    return made;
  }

  static Strategy strategy(std::string name, double accuracy, std::vector<Fragment> fragments) {
    return {std::move(name), accuracy, kSource, std::move(fragments), kSource};
  }

  const TypicalHost& host_;
  RandomDraws& random_;
  Mi work_;
  Seconds alone_;
  WorkDistribution shape_;
  double cores_;
  Mebibytes memory_;  // of a task of the whole model
  Mebibytes model_;
  Seconds load_;
  double share_of_load_that_is_work_;
  Bytes answer_;
  double accuracy_;
};

}  // namespace

HostType random_host_type(std::string name, RandomDraws& random) {
  HostType type;
  type.name = std::move(name);
  type.source = kSource;
  random.chance(0.25) ? make_board(type, random) : make_server(type, random);
  if (random.chance(0.4)) type.contention = random.between(0, 0.1);
  if (!random.chance(0.1)) type.bandwidth = BytesPerSecond(random.log_between(1.25e7, 1.25e9));
  type.latency = Seconds(random.log_between(1e-4, 0.01));
  const double increment = random.share();
  type.billing_increment = Seconds(increment < 0.75 ? 1 : increment < 0.95 ? 60 : 3600);
  type.boot_time = Seconds(random.chance(0.3) ? 0.0 : random.between(0.5, 60));
  type.boot_power = type.power.at(random.share());
  return type;
}

Application random_application(std::string name, Mi work, const TypicalHost& host,
                               RandomDraws& random) {
  ApplicationMaker maker(work, host, random);
  std::vector<Strategy> all{maker.whole(), maker.layer(), maker.semantic(), maker.compression()};
  random.shuffle(all);
  all.resize(1 + random.position_in(all.size()));
  return {std::move(name), std::move(all)};
}

Seconds time_alone(const Strategy& strategy, const TypicalHost& host) {
  std::vector<Seconds> finish;
  for (const Fragment& fragment : strategy.fragments) {
    Seconds start{0};
    for (const FragmentId input : fragment.inputs) {
      const Bytes sent = strategy.fragments[input.value].output;
      start = std::max(start, finish[input.value] + sent / host.bandwidth);
    }
    finish.push_back(start +
                     fragment.work.mean / (host.speed * std::min(fragment.cores, host.cores)));
  }
  return finish.back();
}

}  // namespace scinet
