// Result files that only runs on real workers have. docs/results.md describes every column.
#pragma once

#include <string>

#include "model/catalogue.h"
#include "platform/local/direct_run.h"
#include "platform/local/load_generator.h"
#include "report/strategy_use.h"

namespace scinet {

// clients.csv: one line per request as its client saw it.
std::string clients_csv(const LoadReport& load, const Catalogue& catalogue,
                        const std::vector<std::vector<LoadInput>>& inputs);

// Of the requests with a label, by application and strategy.
RightAnswers right_answers(const LoadReport& load, const Catalogue& catalogue);

// work.csv: one line per fragment as the direct run measured it.
std::string work_csv(const DirectRun& run, const Catalogue& catalogue);

}  // namespace scinet
