// What the published network learns from: views of its testbed at many loads, and what the oracle
// decided there, in slots.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "learn/imitation_2023/published_network.h"
#include "workload/scenario.h"

namespace scinet {

// The oracle's answer for one request.
struct PublishedAnswer {
  Matrix request;
  bool is_chosen = true;  // whether its strategy was part of the decision
  std::array<bool, kSlotStrategies> possible{};
  std::size_t strategy = 0;
  std::vector<PublishedFragment> fragments;
  std::vector<std::size_t> slots = {};  // of each of them
};

struct PublishedLesson {
  PublishedInput input;
  std::array<HostId, kSlots> hosts{};
  std::array<bool, kSlots> switchable{};
  Matrix on;                              // [1, kSlots]: open after the oracle's decision
  std::vector<PublishedAnswer> requests;  // those that it serves now, in the order of decisions
  Matrix next = {};                       // [1, kSlots]: utilisation over the beat that followed
};

// Of hosts that look alike, the first slots are the ones that the plan opens or uses first: which
// of them it was says nothing. `plan` is sound and answers all three questions.
PublishedLesson published_lesson(const ClusterView& view, const Plan& plan);

struct PublishedLessons {
  int runs = 140;
  int beats = 60;  // of each
};

// Runs of the scenario at loads from the published one to 16 requests a beat, half of them decided
// by the oracle itself, the others by operator's policies. Played on all processors; the same
// arguments give the same lessons, in order of runs.
std::vector<PublishedLesson> make_published_lessons(const Scenario& testbed,
                                                    const PublishedLessons& settings,
                                                    const RandomStreams& streams,
                                                    const std::function<void(double)>& on_share);

}  // namespace scinet
