// Recorded requests as CSV, one a line, in order of arrival:
//
//   arrival_s,application,slo_s,input_bytes
//   0.25,ocr,14,180000
//
// Seconds since the start of the run; fields are not quoted.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/catalogue.h"
#include "model/workload.h"

namespace scinet {

// Ids count from 0 in order of arrival. Errors name file, line, column, what was found and what
// would have worked. At most 256 MiB.
Result<std::vector<Workload>> read_trace(const std::filesystem::path& file,
                                         const Catalogue& catalogue);

// What read_trace() reads back as the same requests, to the nanosecond.
Status write_trace(const std::filesystem::path& file, std::span<const Workload> workloads,
                   const Catalogue& catalogue);

// Arrival times in the format of the Azure LLM inference traces (AzurePublicDataset, 2023):
// TIMESTAMP,ContextTokens,GeneratedTokens with timestamps of one month. Times count from the
// midnight before the first, so that traces of the same day can be merged.
Result<std::vector<SimTime>> read_azure_llm_arrivals(const std::filesystem::path& file);

// How many of `arrivals`, which are in order, fall into each of `steps` equal parts of the time
// from the first arrival on: the rates of SeriesArrivals.
std::vector<double> arrivals_per_step(std::span<const SimTime> arrivals, SimTime step,
                                      std::size_t steps);

}  // namespace scinet
