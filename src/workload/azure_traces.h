// Readers of public traces of production services (AzurePublicDataset, CC-BY 4.0): who called what
// and when. They know functions, not our applications, and no SLOs; docs/traces.md says how they
// become requests. Errors name file, line, column, what was found and what would have worked.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "base/result.h"
#include "workload/trace.h"

namespace scinet {

// The application that plays each function. The functions are taken by their number of invocations,
// most first (of equal ones in the given order), and each goes to the application whose share
// would then be smallest for its weight, so that the shares of the invocations come near the
// weights. `weights`, above 0, is one per ApplicationId; a tie goes to the lower id.
std::vector<ApplicationId> share_out(std::span<const double> invocations,
                                     std::span<const double> weights);

// Azure Functions 2019 (Shahrad et al., Serverless in the Wild, ATC 2020): a line per function,
// HashOwner,HashApp,HashFunction,Trigger,1,2,...,1440: its invocations in each minute of a day,
// which are spread over that minute. There are no durations: every size is 1.
Result<RecordedTrace> read_azure_functions_2019(const std::filesystem::path& file,
                                                std::span<const double> weights,
                                                const TracePart& part);

// Azure Functions 2021 (Zhang et al., Faster and Cheaper Serverless Computing on Harvested
// Resources, SOSP 2021): a line per invocation in any order, app,func,end_timestamp,duration, in
// seconds. An invocation arrives at its end less its duration (at 0 if that is before), and its
// size is its duration / the mean duration of its application.
Result<RecordedTrace> read_azure_functions_2021(const std::filesystem::path& file,
                                                std::span<const double> weights,
                                                const TracePart& part);

// Azure LLM inference 2023 (Patel et al., Splitwise, ISCA 2024): a line per request in order of
// time, TIMESTAMP,ContextTokens,GeneratedTokens, all of one month. Time counts from the first
// request. With w = generated_weight, the size is (ContextTokens + w GeneratedTokens) / the mean of
// that.
Result<RecordedTrace> read_azure_llm_2023(const std::filesystem::path& file,
                                          double generated_weight, const TracePart& part);

// The arrival times of the same format. They count from the midnight before the first, so that
// traces of the same day can be merged.
Result<std::vector<SimTime>> read_azure_llm_arrivals(const std::filesystem::path& file);

}  // namespace scinet
