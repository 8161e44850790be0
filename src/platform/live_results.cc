#include "platform/live_results.h"

#include <iterator>

#include <fmt/format.h>

#include "report/csv.h"
#include "report/statistics.h"

namespace scinet {
namespace {

std::string yes_or_no(bool known, bool yes) { return known ? (yes ? "1" : "0") : ""; }

std::string number_or_nothing(const std::optional<std::uint64_t>& number) {
  return number ? fmt::format("{}", *number) : std::string();
}

}  // namespace

std::string clients_csv(const LoadReport& load, const Catalogue& catalogue,
                        const std::vector<std::vector<LoadInput>>& inputs) {
  std::string csv =
      "request,workload,application,input,arrival_s,sent_s,response_s,status,strategy,hosts,"
      "same_as_direct,right,problem,trace\n";
  for (const LoadRecord& record : load.records) {
    const ApplicationId application = record.workload.application;
    const std::string response =
        record.answered ? fmt::format("{}", to_seconds(*record.answered - record.sent).count())
                        : std::string();
    fmt::format_to(std::back_inserter(csv), "{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                   record.workload.id.value, number_or_nothing(record.gateway_id),
                   csv_field(catalogue.at(application).name),
                   csv_field(inputs[application.value][record.input].name),
                   to_seconds(record.workload.arrival).count(), to_seconds(record.sent).count(),
                   response, record.status, csv_field(record.strategy), csv_field(record.hosts),
                   yes_or_no(record.compared, !record.wrong),
                   yes_or_no(record.right.has_value(), record.right.value_or(false)),
                   csv_field(record.problem), csv_field(record.trace));
  }
  return csv;
}

RightAnswers right_answers(const LoadReport& load, const Catalogue& catalogue) {
  RightAnswers answers;
  for (const LoadRecord& record : load.records) {
    if (!record.right) continue;
    Accuracy& accuracy = answers[{catalogue.at(record.workload.application).name, record.strategy}];
    accuracy.correct += *record.right ? 1 : 0;
    ++accuracy.samples;
  }
  return answers;
}

std::string work_csv(const DirectRun& run, const Catalogue& catalogue) {
  std::string csv =
      "application,strategy,fragment,samples,cpu_mean_s,cpu_p50_s,cpu_p95_s,load_s,output_bytes\n";
  for (const auto& [model, measured] : run.fragments) {
    const Distribution cpu = distribution_of(measured.cpu_s);
    fmt::format_to(std::back_inserter(csv), "{},{},{},{},{},{},{},{},{}\n",
                   csv_field(catalogue.at(model.application).name),
                   csv_field(catalogue.at(model.application, model.strategy).name),
                   csv_field(catalogue.at(model).name), measured.cpu_s.size(), cpu.mean, cpu.p50,
                   cpu.p95, measured.load.count(), measured.output.value());
  }
  return csv;
}

}  // namespace scinet
