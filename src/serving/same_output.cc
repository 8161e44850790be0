#include "serving/same_output.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "serving/tensor_message.h"

namespace scinet {
namespace {

using Json = nlohmann::json;

bool close(double a, double b, double tolerance) {
  return std::abs(a - b) <= tolerance * std::max({1.0, std::abs(a), std::abs(b)});
}

bool same(const Tensor& a, const Tensor& b, double tolerance) {
  if (a.shape != b.shape || a.values.index() != b.values.index()) return false;
  if (std::holds_alternative<std::vector<std::int64_t>>(a.values)) return a.values == b.values;
  return std::ranges::equal(std::get<std::vector<float>>(a.values),
                            std::get<std::vector<float>>(b.values), [&](float x, float y) {
                              return close(static_cast<double>(x), static_cast<double>(y),
                                           tolerance);
                            });
}

bool same(const NamedTensors& a, const NamedTensors& b, double tolerance) {
  return std::ranges::equal(a, b, [&](const auto& one, const auto& other) {
    return one.first == other.first && same(one.second, other.second, tolerance);
  });
}

bool same(const Json& a, const Json& b, double tolerance) {
  if (a.is_number() && b.is_number()) return close(a, b, tolerance);
  if (a.type() != b.type() || !a.is_structured()) return a == b;
  if (a.size() != b.size()) return false;
  if (a.is_array()) {
    return std::ranges::equal(
        a, b, [&](const Json& one, const Json& other) { return same(one, other, tolerance); });
  }
  for (auto member = a.begin(); member != a.end(); ++member) {
    const auto other = b.find(member.key());
    if (other == b.end() || !same(member.value(), other.value(), tolerance)) return false;
  }
  return true;
}

}  // namespace

bool same_output(std::string_view a, std::string_view b, double tolerance) {
  if (a == b) return true;
  const Result<NamedTensors> tensors_a = tensors_of(a);
  const Result<NamedTensors> tensors_b = tensors_of(b);
  if (tensors_a && tensors_b) return same(tensors_a.value(), tensors_b.value(), tolerance);
  const Json json_a = Json::parse(a, nullptr, false);
  const Json json_b = Json::parse(b, nullptr, false);
  return !json_a.is_discarded() && !json_b.is_discarded() && same(json_a, json_b, tolerance);
}

}  // namespace scinet
