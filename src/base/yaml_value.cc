#include "base/yaml_value.h"

#include <fmt/format.h>

#include <algorithm>

namespace scinet {

void YamlPlace::fail(std::string_view sentence) const {
  if (*problem) return;
  const std::string at = path.empty() ? "" : path + ": ";
  *problem =
      Error{ErrorCode::kInvalidInput, fmt::format("{}:{}: {}{}", *file, node->line, at, sentence)};
}

void YamlPlace::fail_expecting(std::string_view expected) const {
  std::string found;
  switch (node->kind) {
    case YamlNode::Kind::kNothing:
      found = "nothing";
      break;
    case YamlNode::Kind::kWord:
      found = in_quotes(node->text);
      break;
    case YamlNode::Kind::kList:
      found = "a list";
      break;
    case YamlNode::Kind::kMap:
      found = "a map";
      break;
  }
  fail(fmt::format("found {}, expected {}", found, expected));
}

YamlPlace YamlPlace::item(std::size_t index) const {
  return {&node->items[index], fmt::format("{}[{}]", path, index), file, problem};
}

namespace yaml_detail {
namespace {

// Names the units where it is the unit that is wrong, as in "4 Gb".
std::string expected_quantity(std::string_view text, const UnitNames& units) {
  std::vector<std::string> names;
  for (const UnitName& unit : units.names) names.emplace_back(unit.name);
  const std::size_t space = text.rfind(' ');
  if (space == std::string_view::npos ||
      std::find(names.begin(), names.end(), text.substr(space + 1)) != names.end()) {
    return fmt::format("a quantity with a unit, e.g. {}", units.example);
  }
  return fmt::format("a quantity in {}, e.g. {}", joined(names), units.example);
}

}  // namespace

bool check_range(const YamlPlace& place, double value, const Range& range, std::string_view unit) {
  if (range.contains(value)) return true;
  const std::string suffix = unit.empty() ? "" : " " + std::string(unit);
  const std::string_view least = range.above_min ? "more than" : "at least";
  if (range.max == Range{}.max) {
    place.fail_expecting(fmt::format("{} {:g}{}", least, range.min, suffix));
  } else if (range.min == Range{}.min) {
    place.fail_expecting(fmt::format("at most {:g}{}", range.max, suffix));
  } else {
    place.fail_expecting(
        fmt::format("{} {:g} and at most {:g}{}", least, range.min, range.max, suffix));
  }
  return false;
}

double read_quantity(const YamlPlace& place, const UnitNames& units, double largest,
                     const Range& range) {
  const bool is_word = place.node->kind == YamlNode::Kind::kWord;
  const std::optional<double> value =
      is_word ? parse_quantity(place.node->text, units) : std::nullopt;
  if (!value) {
    place.fail_expecting(expected_quantity(place.node->text, units));
    return 0.0;
  }
  const std::string_view unit = units.names.front().name;
  const bool allowed = check_range(place, *value, range, unit) &&
                       check_range(place, *value, Range::at_least(0), unit) &&
                       check_range(place, *value, Range{.max = largest}, unit);
  return allowed ? *value : 0.0;
}

void read_word(const YamlPlace& place, std::string& field) {
  if (place.node->kind != YamlNode::Kind::kWord || place.node->text.empty()) {
    place.fail_expecting("a word");
  } else {
    field = place.node->text;
  }
}

void read_bool(const YamlPlace& place, bool& field) {
  if (place.node->kind == YamlNode::Kind::kWord &&
      (place.node->text == "true" || place.node->text == "false")) {
    field = place.node->text == "true";
  } else {
    place.fail_expecting("true or false");
  }
}

bool check_list(const YamlPlace& place) {
  if (place.node->kind == YamlNode::Kind::kList) return true;
  place.fail_expecting("a list");
  return false;
}

}  // namespace yaml_detail
}  // namespace scinet
