#include "base/text.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace scinet {
namespace {

constexpr double kMebi = 1024.0 * 1024.0;

constexpr UnitName kWatts[] = {{"W", 1.0}, {"mW", 1e-3}, {"kW", 1e3}};
constexpr UnitName kDollarsPerHour[] = {{"USD/h", 1.0}};
constexpr UnitName kBytes[] = {{"B", 1.0},    {"kB", 1e3},    {"MB", 1e6},          {"GB", 1e9},
                               {"KiB", 1024}, {"MiB", kMebi}, {"GiB", 1024 * kMebi}};
constexpr UnitName kBytesPerSecond[] = {{"B/s", 1.0},        {"kB/s", 1e3},
                                        {"MB/s", 1e6},       {"kbit/s", 1e3 / 8},
                                        {"Mbit/s", 1e6 / 8}, {"Gbit/s", 1e9 / 8}};
constexpr UnitName kMebibytes[] = {{"MiB", 1.0},        {"KiB", 1.0 / 1024},
                                   {"GiB", 1024.0},     {"TiB", 1024.0 * 1024.0},
                                   {"MB", 1e6 / kMebi}, {"GB", 1e9 / kMebi}};
constexpr UnitName kMi[] = {{"MI", 1.0}};
constexpr UnitName kMips[] = {{"MIPS", 1.0}};
constexpr UnitName kSeconds[] = {{"s", 1.0},  {"ms", 1e-3},  {"us", 1e-6},
                                 {"min", 60}, {"h", 3600.0}, {"d", 86400.0}};

}  // namespace

Result<std::string> read_text_file(const std::filesystem::path& file, std::size_t limit) {
  const auto unreadable = [&](std::string_view reason) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("{}: cannot be read: {}", file.string(), reason)};
  };
  std::error_code error;
  const auto kind = std::filesystem::status(file, error).type();
  if (kind == std::filesystem::file_type::not_found) return unreadable("no such file");
  // Devices and pipes may never end.
  if (kind != std::filesystem::file_type::regular) return unreadable("not a regular file");

  std::ifstream in(file, std::ios::binary);
  if (!in) return unreadable(std::generic_category().message(errno));
  std::string text;
  std::vector<char> block(64 * 1024);
  while (in && text.size() <= limit) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return unreadable("reading failed");
  if (text.size() > limit) {
    return Error{ErrorCode::kTooLarge,
                 fmt::format("{}: larger than {} KiB, the most that is read of such a file",
                             file.string(), limit / 1024)};
  }
  return text;
}

template <>
UnitNames unit_names<Watts>() {
  return {"300 W", kWatts};
}
template <>
UnitNames unit_names<DollarsPerHour>() {
  return {"0.047 USD/h", kDollarsPerHour};
}
template <>
UnitNames unit_names<Bytes>() {
  return {"40 kB", kBytes};
}
template <>
UnitNames unit_names<BytesPerSecond>() {
  return {"1 Gbit/s", kBytesPerSecond};
}
template <>
UnitNames unit_names<Mebibytes>() {
  return {"4 GiB", kMebibytes};
}
template <>
UnitNames unit_names<Mi>() {
  return {"12 MI", kMi};
}
template <>
UnitNames unit_names<Mips>() {
  return {"2014 MIPS", kMips};
}
template <>
UnitNames unit_names<Seconds>() {
  return {"5 s", kSeconds};
}

std::optional<double> parse_quantity(std::string_view text, const UnitNames& units) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::optional<double> number = parse_number<double>(text.substr(0, space));
  const std::string_view unit =
      text.substr(std::min(text.find_first_not_of(' ', space), text.size()));
  for (const UnitName& known : units.names) {
    if (number && unit == known.name && std::isfinite(*number * known.worth)) {
      return *number * known.worth;
    }
  }
  return std::nullopt;
}

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string shown(text.substr(0, kLongest));
  if (text.size() > kLongest) {
    // Cut between characters, not inside one: UTF-8 continues with 10xxxxxx.
    while (!shown.empty() && (static_cast<unsigned char>(text[shown.size()]) & 0xc0) == 0x80) {
      shown.pop_back();
    }
    shown += "...";
  }
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return shown;
}

std::string in_quotes(std::string_view text) { return "'" + printable(text) + "'"; }

std::string joined(std::span<const std::string> words) {
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace scinet
