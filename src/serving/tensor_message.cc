#include "serving/tensor_message.h"

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/text.h"

namespace scinet {
namespace {

using Json = nlohmann::json;

// Values are copied as they lie in memory.
static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMostHeaderBytes = std::size_t{1} << 20;
constexpr std::size_t kMostDimensions = 16;
constexpr const char* kMetadata = "__metadata__";  // texts, which the format allows

Error wrong(std::string_view what) {
  return {ErrorCode::kInvalidInput, fmt::format("the message is not a safetensors file: {}", what)};
}

template <class Value>
std::string_view bytes_of(const std::vector<Value>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value)};
}

std::string_view bytes_of(const Tensor& tensor) {
  return std::visit([](const auto& values) { return bytes_of(values); }, tensor.values);
}

template <class Value>
std::vector<Value> values_of(std::string_view bytes) {
  std::vector<Value> values(bytes.size() / sizeof(Value));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

// The number of values, if that many fit in `most` bytes.
Result<std::size_t> count_of(const std::vector<std::int64_t>& shape, std::size_t size,
                             std::size_t most) {
  std::size_t count = 1;
  for (const std::int64_t length : shape) {
    if (length < 0) return wrong("a length is negative");
    if (length == 0) return std::size_t{0};
  }
  for (const std::int64_t length : shape) {
    if (static_cast<std::size_t>(length) > most / size / count) {
      return wrong("a tensor has more values than the message has bytes");
    }
    count *= static_cast<std::size_t>(length);
  }
  return count;
}

struct Entry {
  Tensor tensor;
  std::size_t begin = 0;
  std::size_t end = 0;
};

Result<Entry> read_entry(const std::string& name, const Json& entry, std::string_view data) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets")) {
    return wrong(fmt::format("tensor {} lacks dtype, shape or data_offsets", in_quotes(name)));
  }
  const Json& type = entry["dtype"];
  if (type != "F32" && type != "I64") {
    return wrong(fmt::format("tensor {} has the type {}; F32 and I64 are taken", in_quotes(name),
                             type.dump(-1, ' ', true, Json::error_handler_t::replace)));
  }
  Entry read;
  read.tensor.shape = entry["shape"].get<std::vector<std::int64_t>>();
  const auto offsets = entry["data_offsets"].get<std::vector<std::size_t>>();
  if (read.tensor.shape.size() > kMostDimensions || offsets.size() != 2 ||
      offsets[0] > offsets[1] || offsets[1] > data.size()) {
    return wrong(fmt::format("tensor {} lies outside of the message", in_quotes(name)));
  }
  read.begin = offsets[0];
  read.end = offsets[1];
  const std::size_t value_size = type == "F32" ? sizeof(float) : sizeof(std::int64_t);
  const Result<std::size_t> count = count_of(read.tensor.shape, value_size, data.size());
  if (!count) return count.error();
  const std::string_view bytes = data.substr(read.begin, read.end - read.begin);
  if (bytes.size() != count.value() * value_size) {
    return wrong(fmt::format("tensor {} has {} values and {} bytes", in_quotes(name), count.value(),
                             bytes.size()));
  }
  if (type == "F32") {
    read.tensor.values = values_of<float>(bytes);
  } else {
    read.tensor.values = values_of<std::int64_t>(bytes);
  }
  return read;
}

Result<NamedTensors> read_all(const Json& header, std::string_view data) {
  NamedTensors tensors;
  std::map<std::size_t, std::size_t> ends;  // by begin: pieces must follow each other
  for (const auto& [name, entry] : header.items()) {
    if (name == kMetadata) continue;
    Result<Entry> read = read_entry(name, entry, data);
    if (!read) return read.error();
    if (read.value().begin < read.value().end &&
        !ends.emplace(read.value().begin, read.value().end).second) {
      return wrong("two tensors share their bytes");
    }
    tensors.emplace(name, std::move(read).value().tensor);
  }
  std::size_t position = 0;
  for (const auto& [begin, end] : ends) {
    if (begin != position) return wrong("there are bytes between its tensors");
    position = end;
  }
  if (position != data.size()) return wrong("there are bytes behind its tensors");
  return tensors;
}

}  // namespace

std::string to_message(const NamedTensors& tensors) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  std::size_t position = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t end = position + bytes_of(tensor).size();
    const bool is_float = std::holds_alternative<std::vector<float>>(tensor.values);
    header[name] = {{"dtype", is_float ? "F32" : "I64"},
                    {"shape", tensor.shape},
                    {"data_offsets", {position, end}}};
    position = end;
  }
  std::string text = header.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that values are aligned

  const auto length = static_cast<std::uint64_t>(text.size());
  std::string message;
  message.reserve(kLengthBytes + text.size() + position);
  message.append(reinterpret_cast<const char*>(&length), kLengthBytes);
  message += text;
  for (const auto& [name, tensor] : tensors) message += bytes_of(tensor);
  return message;
}

Result<NamedTensors> tensors_of(std::string_view message) {
  if (message.size() < kLengthBytes) return wrong("it has less than 8 bytes");
  std::uint64_t length = 0;
  std::memcpy(&length, message.data(), kLengthBytes);
  message.remove_prefix(kLengthBytes);
  if (length > message.size() || length > kMostHeaderBytes) {
    return wrong(fmt::format("its header would have {} bytes", length));
  }
  const std::string_view text = message.substr(0, length);
  const Json header = Json::parse(text, nullptr, false);
  if (!header.is_object()) return wrong("its header is not a JSON object");
  try {
    return read_all(header, message.substr(length));
  } catch (const Json::exception&) {
    return wrong("a shape or data_offsets is not a list of whole numbers");
  }
}

}  // namespace scinet
