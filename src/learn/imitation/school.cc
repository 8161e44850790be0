#include "learn/imitation/school.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "learn/episode.h"
#include "learn/imitation/imitation_policy.h"
#include "learn/on_all_processors.h"
#include "policy/expected_demand.h"

namespace scinet {
namespace {

// Decides a run and takes lessons on the way.
class Pupil final : public Policy {
 public:
  Pupil(std::size_t run, const SchoolSettings& settings, const Weights* network,
        const RandomStreams& streams)
      : settings_(settings), streams_(streams), random_(streams.stream("lessons")) {
    if (settings.guidance != Guidance::kTeacher) forward_.emplace(*network, settings.shape);
    if (settings.guidance != Guidance::kOwnRuns) example_ = teacher(run);
  }

  Plan decide(const ClusterView& given, DecisionContext& context) override {
    const ClusterView view = with_expected_demand(given);
    note_utilisation(view);
    const std::uint64_t decision = decisions_++;
    // What is decided first stays for long.
    const bool is_time =
        decision == 0 || random_.below(static_cast<std::uint64_t>(settings_.beats_apart)) == 0;
    if (is_time && is_teachable(view, settings_.lesson)) {
      const RandomStreams own(streams_.stream("lesson", decision).next());
      Plan taken;
      lessons_.push_back(
          teach(view, settings_.lesson, forward_ ? &*forward_ : nullptr, own, taken));
      return taken;
    }
    if (example_) return example_->decide(view, context);
    return plan_by(*forward_, view, settings_.lesson.walk);
  }

  std::vector<Lesson> take_lessons() {
    std::erase_if(lessons_, [](const Lesson& lesson) { return lesson.next_utilisation.empty(); });
    return std::move(lessons_);
  }

 private:
  // At a beat the view tells how the hosts were used since the last.
  void note_utilisation(const ClusterView& view) {
    if (!view.asked.provisioning) return;
    for (; noted_ < lessons_.size(); ++noted_) {
      for (const HostView& host : view.hosts) {
        lessons_[noted_].next_utilisation.push_back(static_cast<float>(host.utilisation));
      }
    }
  }

  const SchoolSettings& settings_;
  const RandomStreams& streams_;
  RandomStream random_;
  std::optional<ImitationForward> forward_;
  std::unique_ptr<Policy> example_;
  std::vector<Lesson> lessons_;
  std::size_t noted_ = 0;  // lessons that have their utilisation
  std::uint64_t decisions_ = 0;
};

}  // namespace

std::vector<Lesson> lessons_of_run(const Scenario& scenario, std::size_t run,
                                   const SchoolSettings& settings, const Weights* network,
                                   const RandomStreams& streams) {
  Pupil pupil(run, settings, network, streams);
  play(scenario, pupil, settings.beats, streams, [](const ClusterView&, const Plan&) {});
  return pupil.take_lessons();
}

std::vector<Lesson> lessons_of_runs(std::size_t first, std::size_t last, const ScenarioOf& scenario,
                                    const SchoolSettings& settings, const Weights* network,
                                    const RandomStreams& streams,
                                    const std::function<void(double share)>& on_share_done) {
  std::vector<std::vector<Lesson>> of_runs(last - first);
  const auto play_run = [&](std::size_t i) {
    const std::size_t run = first + i;
    const RandomStreams own(streams.stream("run", run).next());
    of_runs[i] = lessons_of_run(scenario(run), run, settings, network, own);
  };
  on_all_processors(
      of_runs.size(), [&] { return play_run; }, on_share_done);
  std::vector<Lesson> lessons;
  for (std::vector<Lesson>& of_run : of_runs) {
    std::ranges::move(of_run, std::back_inserter(lessons));
  }
  return lessons;
}

}  // namespace scinet
