#include "report/summary.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

#include <nlohmann/json.hpp>

namespace scinet {
namespace {

Seconds powered_time(const std::vector<HostAccount>& hosts) {
  return std::accumulate(hosts.begin(), hosts.end(), Seconds{0},
                         [](Seconds sum, const HostAccount& host) { return sum + host.powered; });
}

double share(double part, std::int64_t whole) {
  return whole > 0 ? part / static_cast<double>(whole) : std::numeric_limits<double>::quiet_NaN();
}

void count_workloads(Summary& summary, const RunRecord& record, const ClientFindings& clients) {
  std::vector<double> responses;
  std::int64_t late = 0;
  for (const WorkloadOutcome& outcome : record.workloads) {
    if (outcome.attempts > 1) ++summary.retried;
    if (!outcome.finish) continue;
    const Seconds response = to_seconds(*outcome.finish - outcome.workload.arrival);
    responses.push_back(response.count());
    if (response > outcome.workload.slo) ++late;
  }
  const std::int64_t answered = std::ssize(responses);
  summary.workloads = std::ssize(record.workloads) + clients.refused;
  summary.lost = std::max(summary.workloads - answered, clients.unanswered);
  summary.completed = summary.workloads - summary.lost;
  summary.response_s = distribution_of(responses);
  const std::int64_t missed = std::min(late + summary.lost, summary.workloads);
  summary.slo_violation_ratio = share(static_cast<double>(missed), summary.workloads);
}

// Of the strategies chosen.
double expected_accuracy(const RunRecord& record) {
  std::int64_t deployed = 0;
  double sum = 0.0;
  for (const WorkloadOutcome& outcome : record.workloads) {
    if (!outcome.strategy) continue;
    ++deployed;
    sum += record.catalogue.at(outcome.workload.application, *outcome.strategy).accuracy;
  }
  return share(sum, deployed);
}

// JSON has no NaN; what does not exist is null.
Json number(double value) { return std::isnan(value) ? Json(nullptr) : Json(value); }

Distribution decision_microseconds(const DecisionTotals& decisions) {
  std::vector<double> values;
  for (const std::chrono::nanoseconds time : decisions.times) {
    values.push_back(std::chrono::duration<double, std::micro>(time).count());
  }
  return distribution_of(values);
}

}  // namespace

Summary summarise(const RunRecord& record, const DecisionTotals& decisions, const RunLabel& label,
                  const ClientFindings& clients) {
  Summary summary;
  summary.label = label;
  summary.horizon = to_seconds(record.horizon);
  summary.clients = clients;
  count_workloads(summary, record, clients);
  summary.accuracy = clients.accuracy ? *clients.accuracy : expected_accuracy(record);
  summary.accuracy_source = clients.accuracy ? "labelled answers" : "strategy table";

  summary.energy = record.window.energy;
  summary.cost = record.window.cost;
  if (summary.horizon > Seconds{0}) {
    summary.hosts_on_mean = powered_time(record.hosts_in_window) / summary.horizon;
  }
  summary.qos_terms = qos_terms(record.window);
  summary.qos = qos_score(summary.qos_terms, record.weights);

  summary.decisions = decisions.decisions;
  summary.unsound_plans = decisions.unsound_plans;
  summary.fallbacks = decisions.fallbacks;
  summary.deferrals = decisions.deferrals;
  summary.decision_us = decision_microseconds(decisions);
  summary.prediction = prediction_errors(record.predictions);
  summary.next_utilisation = utilisation_errors(record.utilisation);
  return summary;
}

Json json_of(const Summary& summary) {
  const auto& [mean, p50, p95, p99] = summary.response_s;
  Json json = Json::object();
  json["scenario"] = summary.label.scenario;
  json["policy"] = summary.label.policy;
  json["seed"] = summary.label.seed;
  json["horizon_s"] = summary.horizon.count();
  json["workloads"] = summary.workloads;
  json["completed"] = summary.completed;
  json["lost"] = summary.lost;
  json["refused"] = summary.clients.refused;
  json["duplicated"] = summary.clients.duplicated;
  if (summary.clients.wrong_answers) json["wrong_answers"] = *summary.clients.wrong_answers;
  json["retried"] = summary.retried;
  json["energy_j"] = summary.energy.value();
  json["cost_usd"] = summary.cost.value();
  json["hosts_on_mean"] = summary.hosts_on_mean;
  json["response_s"] = {
      {"mean", number(mean)}, {"p50", number(p50)}, {"p95", number(p95)}, {"p99", number(p99)}};
  json["slo_violation_ratio"] = number(summary.slo_violation_ratio);
  json["accuracy"] = number(summary.accuracy);
  json["accuracy_source"] = summary.accuracy_source;
  json["qos"] = summary.qos;
  json["qos_terms"] = json_of(summary.qos_terms);
  json["decisions"] = summary.decisions;
  json["violations"] = summary.unsound_plans;
  json["fallbacks"] = summary.fallbacks;
  json["deferrals"] = summary.deferrals;
  json["decision_us"] = {{"p50", number(summary.decision_us.p50)},
                         {"p95", number(summary.decision_us.p95)}};
  json["prediction"] = json_of(summary.prediction);
  if (const UtilisationErrors& errors = summary.next_utilisation; errors.count > 0) {
    json["next_utilisation_rmse"] = {{"policy", errors.policy},
                                     {"last_value", errors.last_value},
                                     {"mean_of_3", errors.mean_of_3}};
  }
  return json;
}

}  // namespace scinet
