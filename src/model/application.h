// An AI function and the ways to deploy it. A strategy is a graph of fragments: `layer` is a
// chain, `semantic` parallel branches and a merge, `whole` and `compression` a single node.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/units.h"

namespace scinet {

// How the work of a fragment varies from request to request.
enum class WorkShape {
  kConstant,
  kExponential,
  kLognormal,         // `variation` is the coefficient of variation
  kHyperexponential,  // two phases with balanced means; `variation` > 1
};

struct WorkDistribution {
  WorkShape shape = WorkShape::kConstant;
  Mi mean;
  double variation = 0.0;  // standard deviation / mean; 0 for constant, 1 for exponential

  friend bool operator==(const WorkDistribution&, const WorkDistribution&) = default;
};

inline constexpr std::chrono::seconds kLongestBatchDelay{1};

// Requests of one fragment that run together on a host. The first to be ready waits at most `delay`
// for others; the batch starts when that has passed or when `limit` are there.
struct Batching {
  int limit = 1;              // most requests in one run; 1: each by itself
  Seconds delay{0};           // at most kLongestBatchDelay
  double further_work = 1.0;  // of each but the first, as a share of its work alone; in (0, 1]

  bool is_on() const { return limit > 1; }
  Seconds longest_wait() const { return is_on() ? delay : Seconds(0); }

  friend bool operator==(const Batching&, const Batching&) = default;
};

struct Fragment {
  std::string name;
  WorkDistribution work;
  double cores = 1.0;      // the most cores that it can use at once
  Mebibytes memory;        // for each running task
  Mebibytes model_memory;  // of the loaded model, shared by its tasks on a host
  // To make the model resident on a host (cold start): first a time that uses no cores, then work
  // on at most one core, which shares them with the tasks that run.
  Seconds load_time{0};
  Mi load_work = {};
  Bytes output;                    // sent to each successor, or to the client by the last fragment
  std::vector<FragmentId> inputs;  // predecessors, all of a smaller id; none: the client's input
  Batching batch = {};

  friend bool operator==(const Fragment&, const Fragment&) = default;
};

// Fragments are in topological order and the graph has exactly one last fragment, whose output
// answers the client.
struct Strategy {
  std::string name;
  double accuracy = 1.0;        // expected share of right answers, in [0, 1]
  std::string accuracy_source;  // where the number comes from
  std::vector<Fragment> fragments;
  std::string work_source = {};  // where work, memory and load times come from

  friend bool operator==(const Strategy&, const Strategy&) = default;
};

struct Application {
  std::string name;
  std::vector<Strategy> strategies;

  friend bool operator==(const Application&, const Application&) = default;
};

// One fragment of one strategy of one application: what a host keeps resident.
struct ModelId {
  ApplicationId application;
  StrategyId strategy;
  FragmentId fragment;

  friend auto operator<=>(const ModelId&, const ModelId&) = default;
};

}  // namespace scinet
