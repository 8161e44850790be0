// What `scinet compare` says on standard error while it goes on: a bar that is redrawn on a
// terminal, a line every ten seconds elsewhere.
#pragma once

#include <string>

#include "platform/comparison_runs.h"

namespace scinet {

class CompareProgress {
 public:
  explicit CompareProgress(bool quiet);

  void report(const ComparisonProgress& now);
  void end();

 private:
  bool quiet_;
  bool on_terminal_;
  bool line_is_open_ = false;
  bool was_over_ = false;  // the last line has been shown
  Seconds next_report_{0};
};

// "[#####---------------]  26 %  195 of 750 runs, 120 of them before   2:31 left"
std::string progress_line(const ComparisonProgress& now);

}  // namespace scinet
