#include "report/predictions.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "base/ensure.h"

namespace scinet {
namespace {

// JSON has no NaN; what does not exist is null.
Json number(double value) { return std::isnan(value) ? Json(nullptr) : Json(value); }

PredictionError error_of(const std::vector<PredictionRecord>& records, PredictedQuantity quantity) {
  PredictionError error;
  double predicted = 0.0;
  double observed = 0.0;
  double deviation = 0.0;
  for (const PredictionRecord& record : records) {
    if (record.quantity != quantity || !record.is_observed()) continue;
    ++error.count;
    predicted += record.predicted;
    observed += record.observed;
    deviation += std::abs(record.predicted - record.observed);
  }
  if (error.count == 0) return error;
  const auto count = static_cast<double>(error.count);
  error.mean_predicted = predicted / count;
  error.mean_observed = observed / count;
  if (observed > 0.0) {
    error.bias = (predicted - observed) / observed;
    error.mean_absolute_error = deviation / observed;
  }
  return error;
}

Json json_of(const PredictionError& error) {
  return {{"count", error.count},
          {"mean_predicted", number(error.mean_predicted)},
          {"mean_observed", number(error.mean_observed)},
          {"bias", number(error.bias)},
          {"mean_absolute_error", number(error.mean_absolute_error)}};
}

}  // namespace

std::string_view to_string(PredictedQuantity quantity) {
  switch (quantity) {
    case PredictedQuantity::kResponse:
      return "response_s";
    case PredictedQuantity::kEnergy:
      return "energy_j";
    case PredictedQuantity::kCost:
      return "cost_usd";
    case PredictedQuantity::kCpu:
      return "cpu_core_s";
  }
  return "unknown";
}

void PredictionLedger::begin_beat(const std::vector<HostAccount>& hosts) {
  if (beat_) {
    ensure(hosts.size() == hosts_at_beat_.size(), "a run keeps its hosts");
    PredictionRecord* const beat = &records_[*beat_];
    Joules energy;
    Dollars cost;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      energy += hosts[i].energy - hosts_at_beat_[i].energy;
      cost += hosts[i].cost - hosts_at_beat_[i].cost;
      beat[2 + i].observed = (hosts[i].cpu - hosts_at_beat_[i].cpu).count();
    }
    beat[0].observed = energy.value();
    beat[1].observed = cost.value();
    beat_.reset();
  }
  hosts_at_beat_ = hosts;
}

void PredictionLedger::add(std::uint64_t step, SimTime time, const Prediction& prediction) {
  const auto record = [&](PredictedQuantity quantity, std::uint64_t subject, double predicted) {
    records_.push_back({.step = static_cast<std::uint32_t>(step),
                        .quantity = quantity,
                        .time = time,
                        .subject = subject,
                        .predicted = predicted});
  };
  for (const auto& [workload, response] : prediction.responses) {
    record(PredictedQuantity::kResponse, workload.value, response.count());
  }
  if (!prediction.beat) return;
  ensure(prediction.beat->cpu.size() == hosts_at_beat_.size(),
         "a beat begins before what it will use is predicted");
  beat_ = records_.size();
  record(PredictedQuantity::kEnergy, 0, prediction.beat->energy.value());
  record(PredictedQuantity::kCost, 0, prediction.beat->cost.value());
  for (std::size_t i = 0; i < prediction.beat->cpu.size(); ++i) {
    record(PredictedQuantity::kCpu, i, prediction.beat->cpu[i].count());
  }
}

std::vector<PredictionRecord> PredictionLedger::finish(
    const std::vector<WorkloadOutcome>& workloads) && {
  const auto id = [](const WorkloadOutcome& outcome) { return outcome.workload.id; };
  for (PredictionRecord& record : records_) {
    if (record.quantity != PredictedQuantity::kResponse) continue;
    const auto found = std::ranges::lower_bound(workloads, WorkloadId{record.subject}, {}, id);
    if (found == workloads.end() || id(*found).value != record.subject || !found->finish) continue;
    record.observed = to_seconds(*found->finish - found->workload.arrival).count();
  }
  return std::move(records_);
}

PredictionErrors prediction_errors(const std::vector<PredictionRecord>& records) {
  return {.response = error_of(records, PredictedQuantity::kResponse),
          .energy = error_of(records, PredictedQuantity::kEnergy),
          .cost = error_of(records, PredictedQuantity::kCost),
          .cpu = error_of(records, PredictedQuantity::kCpu)};
}

Json json_of(const PredictionErrors& errors) {
  Json json = Json::object();
  json[std::string(to_string(PredictedQuantity::kResponse))] = json_of(errors.response);
  json[std::string(to_string(PredictedQuantity::kEnergy))] = json_of(errors.energy);
  json[std::string(to_string(PredictedQuantity::kCost))] = json_of(errors.cost);
  json[std::string(to_string(PredictedQuantity::kCpu))] = json_of(errors.cpu);
  return json;
}

}  // namespace scinet
