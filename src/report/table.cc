#include "report/table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

namespace scinet {
namespace {

enum class RowKind { kCount, kQuantity, kShare, kScore };

struct Row {
  const char* name;
  const char* unit;
  RowKind kind;
  double (*value)(const Summary&);  // NaN: does not exist
};

template <class Number>
double number_or_nan(const std::optional<Number>& value) {
  return value ? static_cast<double>(*value) : std::numeric_limits<double>::quiet_NaN();
}

double count(std::int64_t n) { return static_cast<double>(n); }

// clang-format off
constexpr Row kRows[] = {
    {"requests", "", RowKind::kCount, [](const Summary& s) { return count(s.workloads); }},
    {"answered", "", RowKind::kCount, [](const Summary& s) { return count(s.completed); }},
    {"lost", "", RowKind::kCount, [](const Summary& s) { return count(s.lost); }},
    {"answered twice", "", RowKind::kCount, [](const Summary& s) { return count(s.clients.duplicated); }},
    {"wrong answers", "", RowKind::kCount, [](const Summary& s) { return number_or_nan(s.clients.wrong_answers); }},
    {"begun again", "", RowKind::kCount, [](const Summary& s) { return count(s.retried); }},
    {"energy", "J", RowKind::kQuantity, [](const Summary& s) { return s.energy.value(); }},
    {"cost", "USD", RowKind::kQuantity, [](const Summary& s) { return s.cost.value(); }},
    {"hosts on, mean", "", RowKind::kQuantity, [](const Summary& s) { return s.hosts_on_mean; }},
    {"response, mean", "s", RowKind::kQuantity, [](const Summary& s) { return s.response_s.mean; }},
    {"response, p50", "s", RowKind::kQuantity, [](const Summary& s) { return s.response_s.p50; }},
    {"response, p95", "s", RowKind::kQuantity, [](const Summary& s) { return s.response_s.p95; }},
    {"response, p99", "s", RowKind::kQuantity, [](const Summary& s) { return s.response_s.p99; }},
    {"past their SLO", "%", RowKind::kShare, [](const Summary& s) { return s.slo_violation_ratio; }},
    {"accuracy", "%", RowKind::kShare, [](const Summary& s) { return s.accuracy; }},
    {"QoS", "", RowKind::kScore, [](const Summary& s) { return s.qos; }},
    {"  energy term", "", RowKind::kScore, [](const Summary& s) { return s.qos_terms.energy; }},
    {"  cost term", "", RowKind::kScore, [](const Summary& s) { return s.qos_terms.cost; }},
    {"  response term", "", RowKind::kScore, [](const Summary& s) { return s.qos_terms.response; }},
    {"  violation term", "", RowKind::kScore, [](const Summary& s) { return s.qos_terms.violation; }},
    {"  inaccuracy term", "", RowKind::kScore, [](const Summary& s) { return s.qos_terms.inaccuracy; }},
    {"decisions", "", RowKind::kCount, [](const Summary& s) { return count(s.decisions); }},
    {"unsound plans", "", RowKind::kCount, [](const Summary& s) { return count(s.unsound_plans); }},
    {"fallbacks", "", RowKind::kCount, [](const Summary& s) { return count(s.fallbacks); }},
    {"deferrals", "", RowKind::kCount, [](const Summary& s) { return count(s.deferrals); }},
    {"decision time, p50", "us", RowKind::kQuantity, [](const Summary& s) { return s.decision_us.p50; }},
    {"decision time, p95", "us", RowKind::kQuantity, [](const Summary& s) { return s.decision_us.p95; }},
    {"bias of response", "%", RowKind::kShare, [](const Summary& s) { return s.prediction.response.bias; }},
    {"bias of energy", "%", RowKind::kShare, [](const Summary& s) { return s.prediction.energy.bias; }},
    {"bias of CPU time", "%", RowKind::kShare, [](const Summary& s) { return s.prediction.cpu.bias; }},
};
// Only where a policy foresees it.
constexpr Row kUtilisationRows[] = {
    {"error of next utilisation", "%", RowKind::kShare, [](const Summary& s) { return s.next_utilisation.policy; }},
    {"  of the last value", "%", RowKind::kShare, [](const Summary& s) { return s.next_utilisation.last_value; }},
    {"  of the mean of 3 beats", "%", RowKind::kShare, [](const Summary& s) { return s.next_utilisation.mean_of_3; }},
};
// clang-format on

// Four significant digits, never in exponents where people would stumble over them.
std::string quantity_text(double value) {
  const double size = std::abs(value);
  if (size == 0.0) return "0";
  if (size < 1e-4) return fmt::format("{:.3g}", value);
  const int before_point = static_cast<int>(std::floor(std::log10(size))) + 1;
  return fmt::format("{:.{}f}", value, std::max(0, 4 - before_point));
}

std::string value_text(RowKind kind, double value) {
  if (std::isnan(value)) return "-";
  switch (kind) {
    case RowKind::kCount:
      return fmt::format("{:.0f}", value);
    case RowKind::kQuantity:
      return quantity_text(value);
    case RowKind::kShare:
      return fmt::format("{:.2f}", 100.0 * value);
    case RowKind::kScore:
      return fmt::format("{:.4f}", value);
  }
  return "";
}

std::string difference_text(RowKind kind, double first, double other) {
  if (std::isnan(first) || std::isnan(other)) return "-";
  if (first == other) return "0";
  switch (kind) {
    case RowKind::kCount:
      return fmt::format("{:+.0f}", other - first);
    case RowKind::kQuantity:
      return first == 0.0 ? "-" : fmt::format("{:+.1f} %", 100.0 * (other - first) / first);
    case RowKind::kShare:
      return fmt::format("{:+.2f} pp", 100.0 * (other - first));
    case RowKind::kScore:
      return fmt::format("{:+.4f}", other - first);
  }
  return "";
}

using Cells = std::vector<std::string>;

Cells header_cells(std::span<const SummaryColumn> columns) {
  Cells cells{"", ""};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    cells.push_back(columns[i].title);
    if (i > 0) cells.push_back("difference");
  }
  return cells;
}

Cells row_cells(const Row& row, std::span<const SummaryColumn> columns) {
  Cells cells{row.name, row.unit};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const double value = row.value(columns[i].summary);
    cells.push_back(value_text(row.kind, value));
    if (i > 0) {
      cells.push_back(difference_text(row.kind, row.value(columns[0].summary), value));
    }
  }
  return cells;
}

}  // namespace

std::string summary_table(std::span<const SummaryColumn> columns) {
  std::vector<Cells> lines{header_cells(columns)};
  for (const Row& row : kRows) lines.push_back(row_cells(row, columns));
  const auto foresees = [](const SummaryColumn& column) {
    return column.summary.next_utilisation.count > 0;
  };
  if (std::ranges::any_of(columns, foresees)) {
    for (const Row& row : kUtilisationRows) lines.push_back(row_cells(row, columns));
  }

  std::vector<std::size_t> widths(lines.front().size(), 0);
  for (const Cells& cells : lines) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string table;
  for (const Cells& cells : lines) {
    // Names and units stand left, numbers right.
    table += fmt::format("{:<{}}  {:<{}}", cells[0], widths[0], cells[1], widths[1]);
    for (std::size_t i = 2; i < cells.size(); ++i) {
      table += fmt::format("  {:>{}}", cells[i], widths[i]);
    }
    table += '\n';
  }
  return table;
}

}  // namespace scinet
