// Reads structs from a YAML document, field by field. A reader names every key once, with the
// field that it fills and the values that it allows; the checks and the messages follow from that:
//
//   void read_burst(YamlFields& fields, BurstCredits& burst) {
//     fields.required("baseline", burst.baseline, Range::above(0));
//     fields.optional("initial_credits", burst.initial_credits, Range::at_least(0));
//   }
//   Result<BurstCredits> burst = read_yaml<BurstCredits>(document, read_burst);
//
// A key that no reader names is refused, and so are quantities without a unit, numbers that are
// not finite and negative quantities. The first problem of a document is the one that is reported:
// "FILE:LINE: PATH: found 'X', expected Y". A settings struct may bring its reader as a member,
// `void visit_fields(YamlFields& fields)`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "base/yaml_value.h"

namespace scinet {

class YamlFields {
 public:
  explicit YamlFields(YamlPlace map);

  // `how` is a Range for numbers and quantities, an array of Choice for enums, or a reader
  // `void(YamlFields&, Field&)` for structs. A std::vector takes it for each of its items; lists
  // of structs are not empty. A std::optional field is filled when the key is there.
  template <class Field, class How = Range>
  void required(std::string_view key, Field& field, const How& how = {});
  template <class Field, class How = Range>
  void optional(std::string_view key, Field& field, const How& how = {});

  // For values that may be written in two ways.
  bool is_map(std::string_view key) const;

  // What only the caller can judge: "FILE:LINE: PATH.KEY: sentence".
  void fail(std::string_view key, std::string_view sentence);
  void fail(std::string_view key, std::size_t item, std::string_view sentence);  // of a list
  void fail(Error error);                         // of another file, which says itself where
  std::string where(std::string_view key) const;  // "FILE:LINE"

  // Refuses keys that were not read. read_yaml() and nested readers call it.
  void finish();

 private:
  const YamlNode* find(std::string_view key) const;
  YamlPlace place_of(std::string_view key) const;
  void note_missing(std::string_view key, std::string_view expected);

  YamlPlace map_;
  std::vector<std::string> known_;
  std::string missing_;  // a sentence; a misspelt key is the better explanation, so it waits
};

// The whole document as a T; `how` as above.
template <class T, class How = Range>
Result<T> read_yaml(const YamlDocument& document, const How& how = {});

namespace yaml_detail {

template <class Value, std::size_t N>
void read_value(const YamlPlace& place, Value& field, const Choice<Value> (&choices)[N]) {
  std::vector<std::string> words;
  for (const Choice<Value>& choice : choices) {
    if (place.node->kind == YamlNode::Kind::kWord && place.node->text == choice.word) {
      field = choice.value;
      return;
    }
    words.emplace_back(choice.word);
  }
  place.fail_expecting("one of " + joined(words));
}

template <class Field, class How>
void read_value(const YamlPlace& place, Field& field, const How& how) {
  if constexpr (is_optional<Field>) {
    read_value(place, field.emplace(), how);
  } else if constexpr (is_vector<Field>) {
    if (!check_list(place)) return;
    if constexpr (std::is_invocable_v<How, YamlFields&, typename Field::value_type&>) {
      if (place.node->items.empty()) place.fail("found an empty list, expected at least one item");
    }
    field.resize(place.node->items.size());
    for (std::size_t i = 0; i < field.size(); ++i) read_value(place.item(i), field[i], how);
  } else if constexpr (std::is_invocable_v<How, YamlFields&, Field&>) {
    YamlFields fields(place);
    how(fields, field);
    fields.finish();
  } else if constexpr (std::is_same_v<Field, std::string>) {
    read_word(place, field);
  } else if constexpr (std::is_same_v<Field, bool>) {
    read_bool(place, field);
  } else if constexpr (std::is_arithmetic_v<Field>) {
    read_number(place, field, how);
  } else if constexpr (is_quantity<Field>) {
    constexpr double largest = std::is_same_v<Field, Seconds> ? kLongestSeconds : kLargestQuantity;
    field = Field(read_quantity(place, unit_names<Field>(), largest, how));
  } else {
    YamlFields fields(place);
    field.visit_fields(fields);
    fields.finish();
  }
}

}  // namespace yaml_detail

template <class Field, class How>
void YamlFields::required(std::string_view key, Field& field, const How& how) {
  if (find(key)) {
    optional(key, field, how);
  } else {
    known_.emplace_back(key);
    note_missing(key, yaml_detail::expected<Field>());
  }
}

template <class Field, class How>
void YamlFields::optional(std::string_view key, Field& field, const How& how) {
  known_.emplace_back(key);
  if (find(key) && !*map_.problem) yaml_detail::read_value(place_of(key), field, how);
}

template <class T, class How>
Result<T> read_yaml(const YamlDocument& document, const How& how) {
  std::optional<Error> problem;
  T value{};
  yaml_detail::read_value(YamlPlace{&document.root, "", &document.file, &problem}, value, how);
  if (problem) return *std::move(problem);
  return value;
}

}  // namespace scinet
