// One value of a YAML document: where it stands, what its field allows, and how words, numbers and
// quantities are read. yaml_fields.h builds on it to read whole structs.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "base/units.h"
#include "base/yaml.h"

namespace scinet {

// The numbers that a field allows; of a quantity, in the first of its unit_names().
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool above_min = false;  // min itself is not allowed

  static constexpr Range at_least(double min) { return {.min = min}; }
  static constexpr Range above(double min) { return {.min = min, .above_min = true}; }
  static constexpr Range between(double min, double max) { return {.min = min, .max = max}; }

  bool contains(double value) const {
    return (above_min ? value > min : value >= min) && value <= max;
  }
};

// A word that stands for a value, as in enums.
template <class Value>
struct Choice {
  std::string_view word;
  Value value;
};

// A value, where it stands, and where its problems go.
struct YamlPlace {
  const YamlNode* node;
  std::string path;  // "host_types[2].memory"; empty for the whole document
  const std::string* file;
  std::optional<Error>* problem;  // of the document; only the first is kept

  void fail(std::string_view sentence) const;
  void fail_expecting(std::string_view expected) const;  // "found 'X', expected Y"
  YamlPlace item(std::size_t index) const;               // of a list
};

namespace yaml_detail {

// Large enough for any cluster, small enough that sums stay finite and times fit in SimTime.
inline constexpr double kLargestQuantity = 1e15;
inline constexpr double kLongestSeconds = 1e9;

template <class T>
inline constexpr bool is_quantity = std::is_same_v<T, Seconds>;
template <class Unit>
inline constexpr bool is_quantity<Quantity<Unit>> = true;

template <class T>
inline constexpr bool is_vector = false;
template <class Item>
inline constexpr bool is_vector<std::vector<Item>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class Value>
inline constexpr bool is_optional<std::optional<Value>> = true;

// What a value of the type looks like, for messages.
template <class T>
std::string expected() {
  if constexpr (is_optional<T>) {
    return expected<typename T::value_type>();
  } else if constexpr (is_vector<T>) {
    return "a list";
  } else if constexpr (is_quantity<T>) {
    return "a quantity with a unit, e.g. " + std::string(unit_names<T>().example);
  } else if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else if constexpr (std::is_integral_v<T>) {
    return "a whole number";
  } else if constexpr (std::is_floating_point_v<T>) {
    return "a number";
  } else {
    return std::is_enum_v<T> || std::is_same_v<T, std::string> ? "a word" : "a map";
  }
}

// Tells why a number is refused; false when it is.
bool check_range(const YamlPlace& place, double value, const Range& range, std::string_view unit);
double read_quantity(const YamlPlace& place, const UnitNames& units, double largest,
                     const Range& range);
void read_word(const YamlPlace& place, std::string& field);
void read_bool(const YamlPlace& place, bool& field);
bool check_list(const YamlPlace& place);  // false, with its problem, when it is none

template <class Number>
void read_number(const YamlPlace& place, Number& field, const Range& range) {
  const std::optional<Number> number = parse_number<Number>(place.node->text);
  if (place.node->kind != YamlNode::Kind::kWord || !number) {
    place.fail_expecting(expected<Number>());
  } else if (check_range(place, static_cast<double>(*number), range, "")) {
    field = *number;
  }
}

}  // namespace yaml_detail
}  // namespace scinet
