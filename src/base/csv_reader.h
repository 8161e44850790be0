// Reads a CSV file record by record (RFC 4180: quoted fields, which may hold commas, doubled
// quotes and line ends), in memory that does not grow with the file. The first problem ends the
// reading; its sentence names file, line and column:
//
//   CsvReader csv(file, "host,start_s");
//   while (csv.next()) rows.push_back({csv.number<int>("host", 0, 99), csv.time("start_s")});
//   if (!csv.status()) return csv.status().error();
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/result.h"
#include "base/text.h"
#include "base/time.h"

namespace scinet {

class CsvReader {
 public:
  // `columns`, separated by commas, must all be named in the first line, in any order and among
  // any others; of `optional_columns`, those that are missing read as empty fields. A file that
  // cannot be read is kNotFound, everything else kInvalidInput.
  CsvReader(const std::filesystem::path& file, std::string_view columns,
            std::string_view optional_columns = {});

  bool has(std::string_view column) const;  // whether the first line names it

  // The next record, if there is one and all was well so far. Empty lines are passed over.
  bool next();
  Status status() const;
  int line() const { return line_; }  // where the record begins, from 1

  // Of the present record, in the order of the wanted columns; valid until next().
  std::span<const std::string_view> fields() const { return fields_; }
  std::string_view text(std::string_view column) const;
  bool is_empty(std::string_view column) const { return text(column).empty(); }

  // What is no number, or not in [least, most], is refused and reads as `least`.
  template <class Number>
  Number number(std::string_view column, Number least = std::numeric_limits<Number>::lowest(),
                Number most = std::numeric_limits<Number>::max());
  // None where the field is empty.
  template <class Number>
  std::optional<Number> number_if_any(std::string_view column,
                                      Number least = std::numeric_limits<Number>::lowest(),
                                      Number most = std::numeric_limits<Number>::max());
  // Seconds, to the nanosecond. Beyond the limit of 4e6 (46 days) a double does not hold them all.
  SimTime time(std::string_view column);
  std::optional<SimTime> time_if_any(std::string_view column);

  // The present record is wrong. The first complaint stays.
  void refuse(std::string_view column, std::string_view expected);
  void refuse(std::string_view sentence);

 private:
  void read_header(std::string_view columns, std::string_view optional_columns);
  std::size_t index_of(std::string_view column) const;  // among the wanted ones
  bool read_record();
  bool read_line();
  bool split();

  std::string file_;
  std::ifstream in_;
  std::optional<Error> error_;
  int line_ = 1;  // of the present record
  int lines_read_ = 0;

  std::string buffer_;  // the record is its first `length_` bytes
  std::size_t length_ = 0;
  std::vector<std::string_view> record_;               // all its fields
  std::vector<std::string> names_;                     // of the wanted columns
  std::vector<std::optional<std::size_t>> positions_;  // where they stand in a record, if they do
  std::size_t record_size_ = 0;                        // fields of the first line
  std::vector<std::string_view> fields_;               // the wanted ones
};

template <class Number>
Number CsvReader::number(std::string_view column, Number least, Number most) {
  const auto number = parse_number<Number>(text(column));
  if (number && *number >= least && *number <= most) return *number;
  const bool is_bounded =
      least != std::numeric_limits<Number>::lowest() || most != std::numeric_limits<Number>::max();
  const std::string_view kind = std::is_integral_v<Number> ? "a whole number" : "a number";
  if (!is_bounded) {
    refuse(column, kind);
  } else if (most == std::numeric_limits<Number>::max()) {
    refuse(column, fmt::format("{} of at least {}", kind, least));
  } else {
    refuse(column, fmt::format("{} from {} to {}", kind, least, most));
  }
  return least;
}

template <class Number>
std::optional<Number> CsvReader::number_if_any(std::string_view column, Number least, Number most) {
  if (is_empty(column)) return std::nullopt;
  return number<Number>(column, least, most);
}

}  // namespace scinet
