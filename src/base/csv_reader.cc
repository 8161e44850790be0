#include "base/csv_reader.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/ensure.h"

namespace scinet {
namespace {

constexpr std::size_t kLongestRecord = 1024 * 1024;
constexpr double kLongestSeconds = 4e6;

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  while (true) {
    const std::size_t comma = list.find(',');
    names.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return names;
    list.remove_prefix(comma + 1);
  }
}

// Both move `at` behind the field.
std::string_view take_plain(char*& at, char* end) {
  char* const begin = at;
  at = std::find(at, end, ',');
  return {begin, at};
}

// Doubled quotes become single ones in place.
std::string_view take_quoted(char*& at, char* end) {
  char* const begin = ++at;
  char* out = begin;
  while (at != end) {
    if (*at == '"' && ++at != end && *at != '"') break;
    if (at == end) break;
    *out++ = *at++;
  }
  return {begin, out};
}

}  // namespace

CsvReader::CsvReader(const std::filesystem::path& file, std::string_view columns,
                     std::string_view optional_columns)
    : file_(file.string()), names_(names_in(columns)) {
  std::error_code problem;
  if (std::filesystem::is_regular_file(file, problem)) in_.open(file, std::ios::binary);
  if (!in_.is_open()) {
    error_ = Error{ErrorCode::kNotFound,
                   fmt::format("{} cannot be read; name a CSV file with the columns {}", file_,
                               joined(names_))};
    return;
  }
  buffer_.resize(kLongestRecord + 1);
  read_header(columns, optional_columns);
}

void CsvReader::read_header(std::string_view columns, std::string_view optional_columns) {
  if (!read_record()) {
    line_ = 1;
    if (!error_) refuse(fmt::format("found no line, expected the columns {}", columns));
    return;
  }
  record_size_ = record_.size();
  for (const std::string& name : names_) {
    const auto found = std::ranges::find(record_, std::string_view(name));
    if (found == record_.end()) {
      const std::string_view whole(buffer_.data(), length_);
      return refuse(fmt::format("found {}, which has no column '{}'; expected {}", in_quotes(whole),
                                name, columns));
    }
    positions_.emplace_back(static_cast<std::size_t>(found - record_.begin()));
  }
  if (!optional_columns.empty()) {
    for (std::string& name : names_in(optional_columns)) {
      const auto found = std::ranges::find(record_, std::string_view(name));
      const auto position = static_cast<std::size_t>(found - record_.begin());
      positions_.push_back(found == record_.end() ? std::nullopt : std::optional(position));
      names_.push_back(std::move(name));
    }
  }
  fields_.resize(names_.size());
}

bool CsvReader::next() {
  if (error_ || !read_record()) return false;
  if (record_.size() != record_size_) {
    refuse(fmt::format("found {} fields, expected {} as in the first line", record_.size(),
                       record_size_));
    return false;
  }
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    fields_[i] = positions_[i] ? record_[*positions_[i]] : std::string_view();
  }
  return true;
}

Status CsvReader::status() const {
  if (error_) return *error_;
  return ok_status();
}

bool CsvReader::has(std::string_view column) const {
  return !error_ && positions_[index_of(column)].has_value();
}

std::string_view CsvReader::text(std::string_view column) const {
  return fields_[index_of(column)];
}

std::size_t CsvReader::index_of(std::string_view column) const {
  const auto found = std::ranges::find(names_, column);
  ensure(found != names_.end(), "only columns that were asked for are read");
  return static_cast<std::size_t>(found - names_.begin());
}

SimTime CsvReader::time(std::string_view column) {
  const auto seconds = parse_number<double>(text(column));
  if (seconds && std::abs(*seconds) <= kLongestSeconds) return to_sim_time(Seconds(*seconds));
  refuse(column, "seconds, at most 4e6");
  return SimTime{0};
}

std::optional<SimTime> CsvReader::time_if_any(std::string_view column) {
  if (is_empty(column)) return std::nullopt;
  return time(column);
}

void CsvReader::refuse(std::string_view column, std::string_view expected) {
  refuse(fmt::format("{}: found {}, expected {}", column, in_quotes(text(column)), expected));
}

void CsvReader::refuse(std::string_view sentence) {
  if (error_) return;
  error_ = Error{ErrorCode::kInvalidInput, fmt::format("{}:{}: {}", file_, line_, sentence)};
}

// A record ends with the line in which all its quotes are closed: one with an odd number of quotes
// leaves a quote open.
bool CsvReader::read_record() {
  do {
    length_ = 0;
    line_ = lines_read_ + 1;
    bool is_open = false;
    do {
      const std::size_t begin = length_;
      if (begin > 0) buffer_[length_++] = '\n';
      if (!read_line()) {
        if (is_open) refuse("found a quote that is never closed, expected another '\"'");
        return false;
      }
      const auto appended = std::string_view(buffer_).substr(begin, length_ - begin);
      is_open ^= std::ranges::count(appended, '"') % 2 != 0;
    } while (is_open);
    if (length_ > 0 && buffer_[length_ - 1] == '\r') --length_;
  } while (length_ == 0);
  return split();
}

// Appends the next line to the record, without its line end.
bool CsvReader::read_line() {
  in_.getline(buffer_.data() + length_, static_cast<std::streamsize>(buffer_.size() - length_));
  const auto taken = static_cast<std::size_t>(in_.gcount());
  if (taken == 0 && in_.eof()) return false;
  ++lines_read_;
  if (in_.fail()) {
    refuse(
        fmt::format("found a record of more than {} bytes, expected a shorter one; is a quote "
                    "missing?",
                    kLongestRecord));
    return false;
  }
  length_ += in_.eof() ? taken : taken - 1;  // the line end was taken, too
  return true;
}

bool CsvReader::split() {
  record_.clear();
  char* at = buffer_.data();
  char* const end = at + length_;
  while (true) {
    const bool is_quoted = at != end && *at == '"';
    const std::string_view field = is_quoted ? take_quoted(at, end) : take_plain(at, end);
    if (at != end && *at != ',') {
      refuse(fmt::format("found {} behind a quoted field, expected a comma",
                         in_quotes(std::string_view(at, end))));
      return false;
    }
    record_.push_back(field);
    if (at == end) return true;
    ++at;
  }
}

}  // namespace scinet
