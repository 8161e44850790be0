// The result tables as CSV text (RFC 4180 quoting, one header line, "\n" line ends). Numbers are
// written in the fewest digits that read back to the same value; what does not exist is empty.
// report/read_results.h reads them back.
#pragma once

#include <ostream>
#include <span>
#include <string>
#include <string_view>

#include "report/host_change.h"
#include "report/probe_time.h"
#include "report/run_record.h"

namespace scinet {

void write_workloads_csv(std::ostream& out, const RunRecord& record);
void write_tasks_csv(std::ostream& out, const RunRecord& record);
void write_hosts_csv(std::ostream& out, const RunRecord& record);
void write_intervals_csv(std::ostream& out, const RunRecord& record);
void write_predictions_csv(std::ostream& out, const RunRecord& record);
void write_events_csv(std::ostream& out, std::span<const HostChange> changes);
void write_probes_csv(std::ostream& out, std::span<const ProbeTime> probes);

// The header lines of the tables that are read back.
inline constexpr std::string_view kWorkloadColumns =
    "workload,application,arrival_s,slo_s,input_bytes,strategy,accuracy,deployed_s,hosts,finish_s,"
    "response_s,slo_met,attempts";
inline constexpr std::string_view kTaskColumns =
    "workload,fragment,host,queued_s,start_s,finish_s,cpu_core_s,load_s";
inline constexpr std::string_view kHostColumns =
    "start_s,end_s,host,type,state,utilisation,memory_mib,tasks,energy_j,cost_usd,cpu_core_s,"
    "powered_s";
inline constexpr std::string_view kEventColumns = "time_s,host,state,fault,length_s,speed_factor";
inline constexpr std::string_view kProbeColumns = "time_s,probe,cpu_s";

// Quoted where it must be.
std::string csv_field(std::string_view text);

}  // namespace scinet
