// Which strategies served the requests of a run, and how: for people who want to see that the
// choice is made, and that the twin foresaw what came of it.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "report/accuracy.h"
#include "report/run_record.h"

namespace scinet {

struct StrategyUse {
  std::string application;
  std::string strategy;
  std::int64_t requests = 0;     // that it was chosen for
  std::int64_t answered = 0;     // of these
  double mean_response_s = 0.0;  // of those answered; NaN where none was
};

// Of all strategies that were chosen, by application and strategy in the order of the catalogue.
std::vector<StrategyUse> strategy_use(const RunRecord& record);

// Right answers to labelled requests, by application and strategy.
using RightAnswers = std::map<std::pair<std::string, std::string>, Accuracy>;

// One row for each strategy that was chosen in either run. Without rows where none was.
std::string strategy_table(const std::vector<StrategyUse>& measured,
                           const std::vector<StrategyUse>& predicted, const RightAnswers& right);
nlohmann::ordered_json strategies_json(const std::vector<StrategyUse>& uses,
                                       const RightAnswers& right);

}  // namespace scinet
