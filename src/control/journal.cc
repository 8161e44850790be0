#include "control/journal.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "model/json.h"
#include "model/json_domain.h"

namespace scinet {

void describe(auto& field, Of<RefusedPlan> auto& refused) {
  field("policy", refused.policy);
  field("violations", refused.violations);
  field("plan", refused.plan);
}

void describe(auto& field, Of<JournalEntry> auto& entry) {
  field("step", entry.step);
  field("time_s", entry.time);
  field("asked", entry.asked);
  field("hosts", entry.hosts);
  field("utilisation", entry.utilisation);
  field("tasks", entry.tasks);
  field("unfinished", entry.unfinished);
  field("waiting", entry.waiting);
  field("policy", entry.policy);
  field("plan", entry.plan);
  field("refused", entry.refused);
  field("error", entry.error);
  field("review", entry.review);
}

namespace {

bool has_something_to_place(const WorkloadView& entry) {
  return !entry.strategy || std::ranges::any_of(entry.tasks, [](const TaskView& task) {
    return task.state == TaskState::kUnplaced;
  });
}

double microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

Result<std::ofstream> open_file(const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (out) return out;
  return Error{
      ErrorCode::kUnavailable,
      fmt::format("{} cannot be written; name a directory that can be written to", file.string())};
}

}  // namespace

JournalEntry entry_for(std::uint64_t step, const ClusterView& view) {
  JournalEntry entry;
  entry.step = step;
  entry.time = view.now;
  entry.asked = view.asked;
  for (const HostView& host : view.hosts) {
    entry.hosts.push_back(host.state);
    entry.utilisation.push_back(std::round(host.utilisation * 1e4) / 1e4);
  }
  entry.tasks = tasks_per_host(view);
  entry.unfinished = std::ssize(view.workloads);
  entry.waiting = std::ranges::count_if(view.workloads, has_something_to_place);
  return entry;
}

Result<Journal> Journal::open(const std::filesystem::path& directory) {
  Result<std::ofstream> decisions = open_file(directory / "decisions.jsonl");
  if (!decisions) return decisions.error();
  Result<std::ofstream> timing = open_file(directory / "timing.csv");
  if (!timing) return timing.error();

  Journal journal;
  journal.directory_ = directory;
  journal.decisions_ = std::move(decisions).value();
  journal.timing_ = std::move(timing).value();
  *journal.timing_ << "step,time_s,policy,decision_us,foresight_us\n" << std::flush;
  return journal;
}

Status Journal::record(const JournalEntry& entry, const DecisionTimes& times) {
  if (!decisions_) return ok_status();
  // A policy may put any bytes into its reasons; what is not UTF-8 becomes U+FFFD.
  *decisions_ << to_json_value(entry).dump(-1, ' ', false, Json::error_handler_t::replace) << '\n'
              << std::flush;
  *timing_ << fmt::format("{},{},{},{},{}\n", entry.step, to_seconds(entry.time).count(),
                          entry.policy.value_or(""), microseconds(times.policy),
                          microseconds(times.foresight))
           << std::flush;
  if (*decisions_ && *timing_) return ok_status();
  return Error{ErrorCode::kUnavailable,
               fmt::format("the journal in {} cannot be written any more; free some space",
                           directory_.string())};
}

Result<JournalContents> read_journal(const std::filesystem::path& decisions_file) {
  std::ifstream in(decisions_file, std::ios::binary);
  if (!in) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("{} cannot be read; name a decisions.jsonl", decisions_file.string())};
  }
  JournalContents contents;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    contents.torn = in.eof();  // the line has no line end
    if (contents.torn) break;
    const std::string source = fmt::format("{}:{}", decisions_file.string(), number);
    const Result<Json> json = parse_json(line, source);
    if (!json) return json.error();
    Result<JournalEntry> entry = from_json<JournalEntry>(json.value(), source);
    if (!entry) return entry.error();
    contents.entries.push_back(std::move(entry).value());
  }
  return contents;
}

}  // namespace scinet
