// A fork as a search uses it: copy the twin of a cluster in mid-run, apply a plan, roll forward,
// read the score.
#pragma once

#include <cstdint>

#include "bench/anchor_job.h"

namespace scinet {

class ForkCase {
 public:
  // `running` tasks of 20 s in the mean are at work on hosts of the anchor job, spread evenly. The
  // plan places one more for every ten of them, and the roll takes `intervals` beats.
  ForkCase(std::uint32_t hosts, std::uint32_t running, int intervals);
  ForkCase(const ForkCase&) = delete;
  ForkCase& operator=(const ForkCase&) = delete;

  double score() const;

  const ClusterView& view() const { return view_; }
  const Twin& base() const { return base_; }  // made from the view

 private:
  ClusterView situation(std::uint32_t hosts, std::uint32_t running);

  Catalogue catalogue_;
  Plan plan_;
  ClusterView view_;
  Twin base_;
  SimTime end_;
};

}  // namespace scinet
