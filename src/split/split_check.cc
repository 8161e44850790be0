#include "split/split_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "serving/cpu_time.h"

namespace scinet {
namespace {

constexpr int kRuns = 15;
constexpr int kFewestRuns = 3;
constexpr Seconds kEnough{0.5};

using Values = std::map<std::string, Tensor>;

Result<std::vector<Tensor>> in_order_of(const OnnxSession& session, const Values& values) {
  std::vector<Tensor> tensors;
  for (const std::string& name : session.input_names()) {
    const auto found = values.find(name);
    if (found == values.end()) {
      return Error{ErrorCode::kInternal, "no part before gives " + in_quotes(name)};
    }
    tensors.push_back(found->second);
  }
  return tensors;
}

// Runs one session on what is there and adds what it gives.
Status run_one(const OnnxSession& session, Values& values) {
  const Result<std::vector<Tensor>> inputs = in_order_of(session, values);
  if (!inputs) return inputs.error();
  Result<std::vector<Tensor>> outputs = session.run(inputs.value());
  if (!outputs) return outputs.error();
  for (std::size_t i = 0; i < outputs.value().size(); ++i) {
    values.insert_or_assign(session.output_names()[i], std::move(outputs.value()[i]));
  }
  return ok_status();
}

Values by_name(const std::vector<SampleInput>& inputs) {
  Values values;
  for (const SampleInput& input : inputs) values.emplace(input.name, input.tensor);
  return values;
}

// The median; the first run, which prepares, does not count.
Result<Seconds> time_of(const OnnxSession& session, const Values& values) {
  const Result<std::vector<Tensor>> inputs = in_order_of(session, values);
  if (!inputs) return inputs.error();
  std::vector<Seconds> samples;
  const Seconds begin = thread_cpu_time();
  for (int i = 0; i <= kRuns; ++i) {
    const Seconds start = thread_cpu_time();
    const Result<std::vector<Tensor>> outputs = session.run(inputs.value());
    if (!outputs) return outputs.error();
    const Seconds end = thread_cpu_time();
    if (i > 0) samples.push_back(end - start);
    if (i >= kFewestRuns && end - begin > kEnough) break;
  }
  std::ranges::sort(samples);
  return samples[samples.size() / 2];
}

// Sessions are opened and timed one by one, so that a large model is in memory once.
Result<Seconds> run_and_time(const OnnxRuntime& runtime, const std::filesystem::path& file,
                             Values& values) {
  const Result<OnnxSession> session = runtime.open(file);
  if (!session) return session.error();
  const Status ran = run_one(session.value(), values);
  if (!ran) return ran.error();
  return time_of(session.value(), values);
}

}  // namespace

Result<Values> run_chain(std::span<const OnnxSession> parts,
                         const std::vector<SampleInput>& brought) {
  Values values = by_name(brought);
  for (const OnnxSession& part : parts) {
    const Status ran = run_one(part, values);
    if (!ran) return ran.error();
  }
  return values;
}

double largest_difference(const Tensor& expected, const Tensor& found) {
  constexpr double kUnlike = std::numeric_limits<double>::infinity();
  if (expected.shape != found.shape || expected.values.index() != found.values.index()) {
    return kUnlike;
  }
  return std::visit(
      [&found](const auto& wanted) {
        const auto& values = std::get<std::decay_t<decltype(wanted)>>(found.values);
        double largest = 0.0;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
          const auto a = static_cast<double>(wanted[i]);
          const auto b = static_cast<double>(values[i]);
          if (a == b || (std::isnan(a) && std::isnan(b))) continue;
          const double difference = std::abs(a - b) / std::max(1.0, std::abs(a));
          largest = std::isnan(difference) ? kUnlike : std::max(largest, difference);
        }
        return largest;
      },
      expected.values);
}

Result<SplitCheck> check_split(const std::filesystem::path& library,
                               const std::filesystem::path& whole,
                               const std::vector<std::filesystem::path>& parts,
                               const std::vector<SampleInput>& inputs) {
  const Result<OnnxRuntime> runtime = OnnxRuntime::load(library);
  if (!runtime) return runtime.error();
  SplitCheck check;
  Values expected = by_name(inputs);
  const Result<Seconds> whole_time = run_and_time(runtime.value(), whole, expected);
  if (!whole_time) return whole_time.error();
  check.whole_time = whole_time.value();

  Values found = by_name(inputs);
  for (const std::filesystem::path& part : parts) {
    const Result<Seconds> time = run_and_time(runtime.value(), part, found);
    if (!time) return time.error();
    check.part_time.push_back(time.value());
  }
  for (const auto& [name, tensor] : expected) {
    const auto same = found.find(name);
    if (same == found.end()) {
      return Error{ErrorCode::kInternal, "the chain does not give " + in_quotes(name)};
    }
    check.largest_difference =
        std::max(check.largest_difference, largest_difference(tensor, same->second));
  }
  return check;
}

}  // namespace scinet
