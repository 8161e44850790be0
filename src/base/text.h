// Text that comes from outside: files read whole within a limit, numbers, and quantities
// written with their unit ("300 W", "4 GiB"). A bare number is not a quantity.
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace scinet {

// The whole of a regular file. kNotFound when it cannot be read, kTooLarge beyond `limit` bytes.
Result<std::string> read_text_file(const std::filesystem::path& file, std::size_t limit);

// A finite number that fills the text: "0.047", "-3", "1e6". Not "nan", "0x10" or "3 ".
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || end != last) return std::nullopt;
  if constexpr (std::is_floating_point_v<Number>) {
    if (!std::isfinite(number)) return std::nullopt;
  }
  return number;
}

// How people write a unit, and how many of the unit of the type it is worth.
struct UnitName {
  std::string_view name;
  double worth;
};

struct UnitNames {
  std::string_view example;
  std::span<const UnitName> names;  // the unit of the type itself comes first
};

// The names of the unit of Q; a type of quantity that files may contain specialises this.
template <class Q>
UnitNames unit_names() = delete;
template <>
UnitNames unit_names<Watts>();
template <>
UnitNames unit_names<DollarsPerHour>();
template <>
UnitNames unit_names<Bytes>();
template <>
UnitNames unit_names<BytesPerSecond>();
template <>
UnitNames unit_names<Mebibytes>();
template <>
UnitNames unit_names<Mi>();
template <>
UnitNames unit_names<Mips>();
template <>
UnitNames unit_names<Seconds>();

// "4 GiB" as so many of the first unit of `units`: a finite number, spaces, a known unit.
std::optional<double> parse_quantity(std::string_view text, const UnitNames& units);

template <class Q>
std::optional<Q> parse_quantity(std::string_view text) {
  const std::optional<double> value = parse_quantity(text, unit_names<Q>());
  if (!value) return std::nullopt;
  return Q(*value);
}

// What a message may repeat of text from outside: one line, printable, not long.
std::string printable(std::string_view text);
std::string in_quotes(std::string_view text);  // the same in single quotes

// "a, b, c", or "none", for messages.
std::string joined(std::span<const std::string> words);

}  // namespace scinet
