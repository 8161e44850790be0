#include "learn/imitation_2023/published_lesson.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/ensure.h"
#include "learn/episode.h"
#include "learn/on_all_processors.h"
#include "oracle/oracle_policies.h"
#include "policy/canonical_order.h"

namespace scinet {
namespace {

// ---- A plan in slots.

class InSlots {
 public:
  InSlots(const ClusterView& view, const Plan& plan)
      : scene_(view), decision_(scene_.space().decision_of(plan)) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) host_at_[slot] = scene_.host_at(slot);
  }

  PublishedLesson lesson() {
    PublishedLesson lesson{.input = scene_.input(), .on = Matrix::Zero(1, kSlots), .requests = {}};
    open_first_slots();
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      lesson.switchable[slot] = scene_.is_switchable(slot);
      lesson.on(0, static_cast<Eigen::Index>(slot)) = is_on(slot) ? 1.0 : 0.0;
    }
    for (const std::size_t i : scene_.order()) {
      if (decision_.choices[i]) lesson.requests.push_back(answer(i, *decision_.choices[i]));
    }
    lesson.hosts = host_at_;
    return lesson;
  }

 private:
  bool is_on(std::size_t slot) const { return decision_.on[host_at_[slot].value]; }

  void open_first_slots() {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      for (std::size_t later = slot + 1; later < kSlots && !is_on(slot); ++later) {
        if (is_on(later) && scene_.look_alike(slot, later)) {
          std::swap(host_at_[slot], host_at_[later]);
        }
      }
    }
  }

  // Where the host of a task is, after it was exchanged for the first that looks the same.
  std::size_t slot_for(HostId host) {
    const auto found = std::ranges::find(host_at_, host);
    const auto slot = static_cast<std::size_t>(found - host_at_.begin());
    for (std::size_t first = 0; first < slot; ++first) {
      if (used_[first] || used_[slot] || is_on(first) != is_on(slot)) continue;
      if (!scene_.look_alike(first, slot)) continue;
      std::swap(host_at_[first], host_at_[slot]);
      return first;
    }
    return slot;
  }

  PublishedAnswer answer(std::size_t i, const WorkloadChoice& choice) {
    PublishedAnswer answer{.request = scene_.request(i),
                           .is_chosen = !scene_.space().waiting()[i]->strategy.has_value(),
                           .strategy = choice.strategy.value,
                           .fragments = scene_.fragments(i, choice.strategy)};
    for (const StrategyId id : scene_.space().strategies(i)) answer.possible[id.value] = true;
    for (const PublishedFragment& fragment : answer.fragments) {
      const std::size_t slot = slot_for(choice.hosts[fragment.fragment]);
      used_[slot] = true;
      answer.slots.push_back(slot);
    }
    return answer;
  }

  PublishedScene scene_;
  JointDecision decision_;
  std::array<HostId, kSlots> host_at_{};  // as the scene has them, but for hosts that look alike
  std::array<bool, kSlots> used_{};       // got a task in this decision
};

// ---- Runs.

// Plays what a teacher or the oracle decides and keeps what the oracle says.
class Recorder final : public Policy {
 public:
  Recorder(std::size_t run, std::vector<PublishedLesson>& lessons)
      : lessons_(lessons), oracle_(make_oracle()) {
    if (run % 2 == 1) example_ = teacher(run / 2);
  }

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    constexpr int kBeatsApart = 3;  // between two lessons of an operator's run
    constexpr std::size_t kMostOpen = 80;
    note_utilisation(view);
    const bool has_lesson = !example_ || decisions_ % kBeatsApart == 0;
    ++decisions_;
    if (!has_lesson || view.workloads.size() > kMostOpen) {
      return (example_ ? *example_ : *oracle_).decide(view, context);
    }
    Plan plan = oracle_->decide(view, context);
    lessons_.push_back(published_lesson(view, plan));
    return example_ ? example_->decide(view, context) : plan;
  }

 private:
  // What came of the last lesson.
  void note_utilisation(const ClusterView& view) {
    if (lessons_.empty() || lessons_.back().next.size() > 0) return;
    PublishedLesson& lesson = lessons_.back();
    lesson.next.resize(1, kSlots);
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      lesson.next(0, static_cast<Eigen::Index>(slot)) = view.host(lesson.hosts[slot]).utilisation;
    }
  }

  std::vector<PublishedLesson>& lessons_;
  std::unique_ptr<Policy> oracle_;
  std::unique_ptr<Policy> example_;  // none: the oracle decides the run
  int decisions_ = 0;
};

// A quarter as published, the others with up to 16 requests a beat.
Scenario at_some_load(Scenario scenario, RandomStream random) {
  constexpr double kMostABeat = 16.0;
  scenario.cadence = Cadence::kInterval;
  scenario.hosts_on_at_start = static_cast<int>(1 + random.below(kSlots));
  if (random.uniform() < 0.25) return scenario;
  const double a_beat = std::exp(std::log(kMostABeat) * random.uniform());
  if (random.uniform() < 0.5) {
    scenario.arrivals = IntervalArrivals{.mean = a_beat, .deviation = 0.5 + 1.5 * random.uniform()};
    return scenario;
  }
  PoissonArrivals arrivals{.rate = a_beat / scenario.beat.count(), .swing = random.uniform()};
  arrivals.swing_period = scenario.beat * (20.0 + 60.0 * random.uniform());
  arrivals.burst_start = scenario.beat * (10.0 + 30.0 * random.uniform());
  arrivals.burst_length = scenario.beat * (5.0 + 10.0 * random.uniform());
  arrivals.burst_factor = std::min(1.0 + 2.0 * random.uniform(), 1.5 * kMostABeat / a_beat);
  scenario.arrivals = arrivals;
  return scenario;
}

std::vector<PublishedLesson> lessons_of_run(const Scenario& testbed, std::size_t run, int beats,
                                            const RandomStreams& streams) {
  const Scenario scenario = at_some_load(testbed, streams.stream("load", run));
  std::vector<PublishedLesson> lessons;
  const auto policy = in_canonical_order(std::make_unique<Recorder>(run, lessons));
  play(scenario, *policy, beats, RandomStreams(streams.stream("run", run).next()),
       [](const ClusterView&, const Plan&) {});
  std::erase_if(lessons, [](const PublishedLesson& lesson) { return lesson.next.size() == 0; });
  return lessons;
}

}  // namespace

PublishedLesson published_lesson(const ClusterView& view, const Plan& plan) {
  ensure(view.asked == DecisionsAsked::all(), "a lesson is about all three decisions");
  return InSlots(view, plan).lesson();
}

std::vector<PublishedLesson> make_published_lessons(const Scenario& testbed,
                                                    const PublishedLessons& settings,
                                                    const RandomStreams& streams,
                                                    const std::function<void(double)>& on_share) {
  std::vector<std::vector<PublishedLesson>> of_runs(static_cast<std::size_t>(settings.runs));
  const auto play_run = [&](std::size_t run) {
    of_runs[run] = lessons_of_run(testbed, run, settings.beats, streams);
  };
  on_all_processors(
      of_runs.size(), [&] { return play_run; }, on_share);
  std::vector<PublishedLesson> lessons;
  for (auto& of_run : of_runs) std::ranges::move(of_run, std::back_inserter(lessons));
  return lessons;
}

}  // namespace scinet
