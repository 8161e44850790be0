#include "serving/worker_trace.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "base/text.h"

namespace scinet {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const std::optional<Number> parsed = parse_number<Number>(text);
  number = parsed.value_or(0);
  return parsed.has_value();
}

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Splits off what comes before `separator`, which goes too.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return part;
}

// "ocr/layer/0"
bool read_fragment(std::string_view text, FragmentTrace& trace) {
  trace.application = take_until(text, '/');
  trace.strategy = take_until(text, '/');
  return !trace.application.empty() && !trace.strategy.empty() && read_number(text, trace.fragment);
}

bool read_entry(std::string_view entry, FragmentTrace& trace) {
  std::map<std::string_view, std::string_view> values;
  while (!entry.empty()) {
    std::string_view value = take_until(entry, ';');
    const std::string_view key = take_until(value, '=');
    values[key] = value;
  }
  trace.host = values["host"];
  return !trace.host.empty() && read_fragment(values["fragment"], trace) &&
         read_number(values["fetch_us"], trace.fetch_us) &&
         read_number(values["queue_us"], trace.queue_us) &&
         read_number(values["load_us"], trace.load_us) &&
         read_number(values["run_us"], trace.run_us) &&
         read_number(values["cpu_us"], trace.cpu_us) && read_number(values["batch"], trace.batch);
}

}  // namespace

std::string format_traces(const std::vector<FragmentTrace>& traces) {
  std::string field;
  for (const FragmentTrace& trace : traces) {
    field += fmt::format(
        "{}host={};fragment={}/{}/{};fetch_us={};queue_us={};load_us={};run_us={};cpu_us={};"
        "batch={}",
        field.empty() ? "" : ", ", trace.host, trace.application, trace.strategy, trace.fragment,
        trace.fetch_us, trace.queue_us, trace.load_us, trace.run_us, trace.cpu_us, trace.batch);
  }
  return field;
}

Result<std::vector<FragmentTrace>> parse_traces(std::string_view field) {
  std::vector<FragmentTrace> traces;
  while (!field.empty()) {
    const std::string_view entry = without_blanks(take_until(field, ','));
    FragmentTrace trace;
    if (!read_entry(entry, trace)) {
      return Error{
          ErrorCode::kInvalidInput,
          fmt::format("{} {} is not host=NAME;fragment=APPLICATION/STRATEGY/INDEX; and "
                      "whole numbers for fetch_us, queue_us, load_us, run_us, cpu_us and batch",
                      kTraceField, in_quotes(entry))};
    }
    traces.push_back(std::move(trace));
  }
  return traces;
}

}  // namespace scinet
