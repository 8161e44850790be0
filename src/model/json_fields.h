// Structs to JSON and back from one list of fields. A struct lists its fields once, in an
// overload of `describe`; writer and reader follow that list, so they cannot drift apart.
// Keys carry the unit of a quantity; SimTime and Seconds are both written in seconds, which
// brings SimTime back to the nanosecond for runs of up to 20 days.
#pragma once

#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/id.h"
#include "base/result.h"
#include "base/text.h"
#include "base/units.h"

namespace scinet {

using Json = nlohmann::ordered_json;  // keys stay in the order written: same value, same bytes

// `Of<Host> auto&` takes a Host to read and a const Host to write.
template <class Self, class Struct>
concept Of = std::same_as<std::remove_const_t<Self>, Struct>;

namespace json_detail {

// What the reader found wrong. Thrown only between here and from_json().
struct Problem {
  std::string message;
};

template <class T>
struct Shape {};  // a struct with `describe`, or an enum with `enum_values` and `to_string`
template <class Unit>
struct Shape<Quantity<Unit>> {
  static constexpr bool is_quantity = true;
};
template <class Tag, class Number>
struct Shape<Id<Tag, Number>> {
  static constexpr bool is_id = true;
};
template <class T>
struct Shape<std::vector<T>> {
  static constexpr bool is_vector = true;
};
template <class T>
struct Shape<std::optional<T>> {
  static constexpr bool is_optional = true;
};

template <class T>
concept AnyQuantity = Shape<T>::is_quantity;
template <class T>
concept AnyId = Shape<T>::is_id;
template <class T>
concept AnyVector = Shape<T>::is_vector;
template <class T>
concept AnyOptional = Shape<T>::is_optional;
template <class T>
concept AnyDuration = std::same_as<T, SimTime> || std::same_as<T, Seconds>;
template <class T>
concept Plain = std::is_arithmetic_v<T> || std::same_as<T, std::string>;

}  // namespace json_detail

class JsonWriter;
class JsonReader;

template <class T>
Json to_json_value(const T& value);

class JsonWriter {
 public:
  // An optional without a value is left out.
  template <class T>
  void operator()(std::string_view name, const T& field) {
    if constexpr (json_detail::AnyOptional<T>) {
      if (field) object[std::string(name)] = to_json_value(*field);
    } else {
      object[std::string(name)] = to_json_value(field);
    }
  }

  Json object = Json::object();
};

template <class T>
Json to_json_value(const T& value) {
  using namespace json_detail;
  if constexpr (Plain<T>) {
    return value;
  } else if constexpr (AnyQuantity<T>) {
    return value.value();
  } else if constexpr (AnyId<T>) {
    return value.value;
  } else if constexpr (AnyDuration<T>) {
    return std::chrono::duration_cast<Seconds>(value).count();
  } else if constexpr (AnyVector<T>) {
    Json array = Json::array();
    for (const auto& element : value) array.push_back(to_json_value(element));
    return array;
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(to_string(value));
  } else {
    JsonWriter writer;
    describe(writer, value);
    return std::move(writer.object);
  }
}

// Reads one object; every key must be asked for, and every field but an optional must be there.
class JsonReader {
 public:
  JsonReader(const Json& object, const std::string& path) : object_(object), path_(path) {
    if (!object.is_object()) {
      throw json_detail::Problem{fmt::format("{} is {}, not an object", path, object.type_name())};
    }
  }

  template <class T>
  void operator()(std::string_view name, T& field) {
    known_ += fmt::format("{}{}", known_.empty() ? "" : ", ", name);
    const auto found = object_.find(name);
    const bool absent = found == object_.end();
    if (!absent) ++found_;
    if constexpr (json_detail::AnyOptional<T>) {
      field.reset();
      if (!absent && !found->is_null()) read(*found, field_path(name), field.emplace());
    } else {
      if (absent) throw json_detail::Problem{fmt::format("{} has no '{}'", path_, name)};
      read(*found, field_path(name), field);
    }
  }

  void refuse_unknown_keys() const {
    if (found_ == object_.size()) return;
    const std::string listed = ", " + known_ + ",";
    for (const auto& [key, value] : object_.items()) {
      if (listed.find(", " + key + ",") == std::string::npos) {
        throw json_detail::Problem{
            fmt::format("{} has the unknown key '{}'; known keys: {}", path_, key, known_)};
      }
    }
  }

  template <class T>
  static void read(const Json& json, const std::string& path, T& out);

 private:
  std::string field_path(std::string_view name) const {
    return fmt::format("{}{}{}", path_, path_.ends_with(':') ? " " : ".", name);
  }

  const Json& object_;
  const std::string& path_;
  std::string known_;
  std::size_t found_ = 0;
};

namespace json_detail {

[[noreturn]] inline void refuse(const std::string& path, const Json& found,
                                std::string_view wanted) {
  const std::string shown = found.is_structured() ? found.type_name() : in_quotes(found.dump());
  throw Problem{fmt::format("{} is {}, expected {}", path, shown, wanted)};
}

template <class Number>
Number read_integer(const Json& json, const std::string& path) {
  using Limits = std::numeric_limits<Number>;
  const bool fits = json.is_number_unsigned()
                        ? json.get<std::uint64_t>() <= static_cast<std::uint64_t>(Limits::max())
                        : json.is_number_integer() && std::is_signed_v<Number> &&
                              json.get<std::int64_t>() >= static_cast<std::int64_t>(Limits::min());
  if (!fits) {
    refuse(path, json, fmt::format("a whole number from {} to {}", Limits::min(), Limits::max()));
  }
  return json.get<Number>();
}

inline double read_number(const Json& json, const std::string& path) {
  if (!json.is_number()) refuse(path, json, "a number");
  return json.get<double>();
}

inline void read_duration(const Json& json, const std::string& path, Seconds& out) {
  out = Seconds(read_number(json, path));
}

inline void read_duration(const Json& json, const std::string& path, SimTime& out) {
  constexpr double kMostSeconds = 9e9;  // a SimTime ends at 2^63 ns
  const double seconds = read_number(json, path);
  if (std::abs(seconds) > kMostSeconds) refuse(path, json, "a time of at most 9e9 seconds");
  out = to_sim_time(Seconds(seconds));
}

template <class Enum>
Enum read_enum(const Json& json, const std::string& path) {
  std::string names;
  for (const Enum value : enum_values(Enum{})) {
    if (json.is_string() && json.get_ref<const std::string&>() == to_string(value)) return value;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", to_string(value));
  }
  refuse(path, json, "one of " + names);
}

}  // namespace json_detail

template <class T>
void JsonReader::read(const Json& json, const std::string& path, T& out) {
  using namespace json_detail;
  if constexpr (std::same_as<T, bool>) {
    if (!json.is_boolean()) refuse(path, json, "true or false");
    out = json.get<bool>();
  } else if constexpr (std::integral<T>) {
    out = read_integer<T>(json, path);
  } else if constexpr (std::floating_point<T>) {
    out = read_number(json, path);
  } else if constexpr (std::same_as<T, std::string>) {
    if (!json.is_string()) refuse(path, json, "a text");
    out = json.get<std::string>();
  } else if constexpr (AnyQuantity<T>) {
    out = T(read_number(json, path));
  } else if constexpr (AnyId<T>) {
    out.value = read_integer<decltype(out.value)>(json, path);
  } else if constexpr (AnyDuration<T>) {
    read_duration(json, path, out);
  } else if constexpr (AnyVector<T>) {
    if (!json.is_array()) refuse(path, json, "a list");
    out.clear();
    for (const Json& element : json) {
      const std::string element_path = fmt::format("{}[{}]", path, out.size());
      read(element, element_path, out.emplace_back());
    }
  } else if constexpr (std::is_enum_v<T>) {
    out = read_enum<T>(json, path);
  } else {
    JsonReader reader(json, path);
    describe(reader, out);
    reader.refuse_unknown_keys();
  }
}

// `source` is what messages call the document, e.g. "plan.json" or "decisions.jsonl:12".
template <class T>
Result<T> from_json(const Json& json, const std::string& source) {
  try {
    T value;
    JsonReader::read(json, source + ":", value);
    return value;
  } catch (const json_detail::Problem& problem) {
    return Error{ErrorCode::kInvalidInput, problem.message};
  }
}

// Text to JSON; `source` is what messages call it, usually the path of a file.
Result<Json> parse_json(std::string_view text, const std::string& source);

}  // namespace scinet
