#include "learn/idx.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <memory>
#include <string>

namespace scinet {
namespace {

constexpr std::size_t kPrefixBytes = 4;  // two zeros, element type, number of dimensions
constexpr std::uint8_t kUnsignedByte = 0x08;
constexpr std::size_t kMostDimensions = 8;
constexpr std::size_t kMostFileBytes = kMostIdxValues + kPrefixBytes + 4 * kMostDimensions;

std::uint8_t byte_at(std::string_view bytes, std::size_t position) {
  return static_cast<std::uint8_t>(bytes[position]);
}

std::size_t big_endian_32(std::string_view bytes, std::size_t position) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | byte_at(bytes, position + i);
  return value;
}

Error damaged(std::string_view name, std::string_view what) {
  return {ErrorCode::kInvalidInput, fmt::format("{}: {}", name, what)};
}

Result<std::string> read_gzip(const std::filesystem::path& file) {
  const std::string name = file.string();
  std::unique_ptr<gzFile_s, int (*)(gzFile)> input(gzopen(name.c_str(), "rb"), gzclose);
  if (!input || !std::filesystem::is_regular_file(file)) {
    return Error{ErrorCode::kNotFound, fmt::format("{}: there is no such readable file", name)};
  }
  std::string bytes;
  std::array<char, 1 << 16> chunk;
  for (;;) {
    const int got = gzread(input.get(), chunk.data(), static_cast<unsigned>(chunk.size()));
    if (got <= 0) break;
    bytes.append(chunk.data(), static_cast<std::size_t>(got));
    if (bytes.size() > kMostFileBytes) {
      return Error{ErrorCode::kTooLarge, fmt::format("{}: unpacks to more than {} bytes, the most "
                                                     "that is read",
                                                     name, kMostFileBytes)};
    }
  }
  // zlib reports a stream that ends too early or fails its checksum only here.
  int code = Z_OK;
  const std::string reason = gzerror(input.get(), &code);
  if (code != Z_OK) return damaged(name, fmt::format("its gzip stream is damaged ({})", reason));
  return bytes;
}

}  // namespace

Result<IdxArray> parse_idx(std::string_view bytes, std::string_view name) {
  if (bytes.size() < kPrefixBytes) {
    return damaged(
        name, fmt::format("has {} bytes, an IDX file has at least {}", bytes.size(), kPrefixBytes));
  }
  if (byte_at(bytes, 0) != 0 || byte_at(bytes, 1) != 0) {
    return damaged(name, fmt::format("begins with bytes {:#04x} {:#04x}, an IDX file with two "
                                     "zeros",
                                     byte_at(bytes, 0), byte_at(bytes, 1)));
  }
  if (byte_at(bytes, 2) != kUnsignedByte) {
    return damaged(name, fmt::format("element type is {:#04x}, only unsigned bytes ({:#04x}) are "
                                     "read",
                                     byte_at(bytes, 2), kUnsignedByte));
  }
  const std::size_t dimensions = byte_at(bytes, 3);
  if (dimensions < 1 || dimensions > kMostDimensions) {
    return damaged(name, fmt::format("has {} dimensions, between 1 and {} are read", dimensions,
                                     kMostDimensions));
  }
  const std::size_t header = kPrefixBytes + 4 * dimensions;
  if (bytes.size() < header) {
    return damaged(name,
                   fmt::format("ends inside its header: {} bytes of {}", bytes.size(), header));
  }

  IdxArray array;
  std::size_t values = 1;
  for (std::size_t d = 0; d < dimensions; ++d) {
    const std::size_t length = big_endian_32(bytes, kPrefixBytes + 4 * d);
    if (length == 0)
      return damaged(name, fmt::format("dimension {} is 0, at least 1 is needed", d));
    if (length > kMostIdxValues / values) {
      return Error{ErrorCode::kTooLarge, fmt::format("{}: announces more than {} values, the most "
                                                     "that is read",
                                                     name, kMostIdxValues)};
    }
    values *= length;
    array.shape.push_back(length);
  }
  const std::string_view content = bytes.substr(header);
  if (content.size() != values) {
    return damaged(name,
                   fmt::format("has {} values, its header announces {}", content.size(), values));
  }
  array.values.assign(content.begin(), content.end());
  return array;
}

Result<IdxArray> read_idx(const std::filesystem::path& file) {
  const Result<std::string> bytes = read_gzip(file);
  if (!bytes) return bytes.error();
  return parse_idx(bytes.value(), file.string());
}

}  // namespace scinet
