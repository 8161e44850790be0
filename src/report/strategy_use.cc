#include "report/strategy_use.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace scinet {
namespace {

const StrategyUse* find(const std::vector<StrategyUse>& uses, const StrategyUse& like) {
  const auto found = std::ranges::find_if(uses, [&](const StrategyUse& use) {
    return use.application == like.application && use.strategy == like.strategy;
  });
  return found == uses.end() ? nullptr : &*found;
}

std::string milliseconds(const StrategyUse* use) {
  if (!use || !std::isfinite(use->mean_response_s)) return "-";
  return fmt::format("{:.1f}", 1e3 * use->mean_response_s);
}

std::string requests(const StrategyUse* use) { return fmt::to_string(use ? use->requests : 0); }

}  // namespace

std::vector<StrategyUse> strategy_use(const RunRecord& record) {
  struct Sum {
    std::int64_t requests = 0;
    std::int64_t answered = 0;
    double response_s = 0.0;
  };
  std::map<std::pair<ApplicationId, StrategyId>, Sum> sums;
  for (const WorkloadOutcome& outcome : record.workloads) {
    if (!outcome.strategy) continue;
    Sum& sum = sums[{outcome.workload.application, *outcome.strategy}];
    ++sum.requests;
    if (!outcome.finish) continue;
    ++sum.answered;
    sum.response_s += to_seconds(*outcome.finish - outcome.workload.arrival).count();
  }
  std::vector<StrategyUse> uses;
  for (const auto& [chosen, sum] : sums) {
    const auto& [application, strategy] = chosen;
    uses.push_back({.application = record.catalogue.at(application).name,
                    .strategy = record.catalogue.at(application, strategy).name,
                    .requests = sum.requests,
                    .answered = sum.answered,
                    .mean_response_s = sum.answered > 0
                                           ? sum.response_s / static_cast<double>(sum.answered)
                                           : std::numeric_limits<double>::quiet_NaN()});
  }
  return uses;
}

std::string strategy_table(const std::vector<StrategyUse>& measured,
                           const std::vector<StrategyUse>& predicted, const RightAnswers& right) {
  std::vector<StrategyUse> rows = measured;
  for (const StrategyUse& use : predicted) {
    if (!find(rows, use)) rows.push_back(use);
  }
  if (rows.empty()) return {};
  std::ranges::stable_sort(rows, {}, &StrategyUse::application);
  std::string text = fmt::format("{:<12} {:<12} {:>9} {:>9} {:>9} {:>9} {:>16}\n", "", "strategy",
                                 "requests", "twin", "mean ms", "twin", "right of labelled");
  for (const StrategyUse& row : rows) {
    const StrategyUse* const served = find(measured, row);
    const StrategyUse* const foreseen = find(predicted, row);
    const auto answers = right.find({row.application, row.strategy});
    text += fmt::format(
        "{:<12} {:<12} {:>9} {:>9} {:>9} {:>9} {:>17}\n", row.application, row.strategy,
        requests(served), requests(foreseen), milliseconds(served), milliseconds(foreseen),
        answers == right.end()
            ? "-"
            : fmt::format("{} of {}", answers->second.correct, answers->second.samples));
  }
  return text;
}

nlohmann::ordered_json strategies_json(const std::vector<StrategyUse>& uses,
                                       const RightAnswers& right) {
  auto list = nlohmann::ordered_json::array();
  for (const StrategyUse& use : uses) {
    nlohmann::ordered_json item{{"application", use.application},
                                {"strategy", use.strategy},
                                {"requests", use.requests},
                                {"answered", use.answered},
                                {"mean_response_s", nullptr}};
    if (use.answered > 0) item["mean_response_s"] = use.mean_response_s;
    const auto answers = right.find({use.application, use.strategy});
    if (answers != right.end()) {
      item["right"] = answers->second.correct;
      item["labelled"] = answers->second.samples;
    }
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace scinet
