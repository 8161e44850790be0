#include "learn/imitation/npy.h"

#include <fmt/format.h>

#include <bit>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <string_view>

#include "base/text.h"
#include "report/results.h"

namespace scinet {
namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian, as written");

constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);
constexpr std::size_t kAlignment = 64;       // of the first number
constexpr std::size_t kLongestHeader = 512;  // a regular expression recurses over its length

template <class Number>
constexpr std::string_view kind_of() {
  static_assert(sizeof(Number) == 4);
  return std::is_floating_point_v<Number> ? "<f4" : "<i4";
}

// Padded so that the numbers begin at a multiple of kAlignment.
std::string header_of(std::string_view kind, std::size_t rows, std::size_t columns) {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}, {}), }}",
                                   kind, rows, columns);
  const std::size_t length = kMagic.size() + 2 + header.size() + 1;
  header.append((kAlignment - length % kAlignment) % kAlignment, ' ');
  header += '\n';
  const auto size = static_cast<std::uint16_t>(header.size());
  std::string text(kMagic);
  text += static_cast<char>(size & 0xff);
  text += static_cast<char>(size >> 8);
  return text + header;
}

}  // namespace

template <class Number>
Status write_npy(const std::filesystem::path& file, const NpyArray<Number>& array) {
  return write_whole(file, [&](std::ostream& stream) {
    stream << header_of(kind_of<Number>(), array.numbers.size() / array.columns, array.columns);
    stream.write(reinterpret_cast<const char*>(array.numbers.data()),
                 static_cast<std::streamsize>(array.numbers.size() * sizeof(Number)));
  });
}

template <class Number>
Result<NpyArray<Number>> read_npy(const std::filesystem::path& file, std::size_t columns) {
  const auto wrong = [&](std::string_view problem) {
    return Error{ErrorCode::kInvalidInput, fmt::format("{}: {}", file.string(), problem)};
  };
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return Error{ErrorCode::kNotFound, file.string() + ": cannot be read"};
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + 2) {
    return wrong("is not a NumPy array of version 1.0");
  }
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
  };
  const std::size_t begin = kMagic.size() + 2;
  const std::size_t end = begin + byte(kMagic.size()) + 256 * byte(kMagic.size() + 1);
  if (end > bytes.size()) return wrong("ends within its header");
  const std::string header = bytes.substr(begin, end - begin);
  static const std::regex kHeader(
      R"(\{'descr': '([^']*)', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \}\s*)");
  std::smatch found;
  if (header.size() > kLongestHeader || !std::regex_match(header, found, kHeader)) {
    return wrong("has a header of another kind");
  }
  const auto rows = parse_number<std::size_t>(found[2].str());
  const auto width = parse_number<std::size_t>(found[3].str());
  if (found[1].str() != kind_of<Number>() || !rows || width != columns) {
    return wrong(fmt::format("is {} with rows of {}, not {} with rows of {}", found[1].str(),
                             found[3].str(), kind_of<Number>(), columns));
  }
  if ((bytes.size() - end) / sizeof(Number) / columns != *rows ||
      (bytes.size() - end) % (sizeof(Number) * columns) != 0) {
    return wrong(fmt::format("should have {} rows, which its size belies", *rows));
  }
  NpyArray<Number> array{.columns = columns, .numbers = std::vector<Number>(*rows * columns)};
  bytes.copy(reinterpret_cast<char*>(array.numbers.data()), bytes.size() - end, end);
  return array;
}

template Status write_npy(const std::filesystem::path&, const NpyArray<float>&);
template Status write_npy(const std::filesystem::path&, const NpyArray<std::int32_t>&);
template Result<NpyArray<float>> read_npy(const std::filesystem::path&, std::size_t);
template Result<NpyArray<std::int32_t>> read_npy(const std::filesystem::path&, std::size_t);

}  // namespace scinet
