// What `scinet run` says on standard error while it goes on: one line that is rewritten on a
// terminal, a line every ten seconds elsewhere.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "platform/live_run.h"

namespace scinet {

class RunProgress {
 public:
  explicit RunProgress(bool quiet);

  void notice(const std::string& sentence) const;

  void begin_direct_run(std::size_t runs);
  void direct_answer();
  void started(const std::string& url, const std::vector<std::string>& notices);
  void report(const LiveProgress& now);
  void end();

 private:
  void show(const std::string& line);
  void finish_line();

  bool quiet_;
  bool on_terminal_;
  bool line_is_open_ = false;
  std::size_t direct_runs_ = 0;
  std::size_t direct_answers_ = 0;
  Seconds next_report_{0};
};

}  // namespace scinet
