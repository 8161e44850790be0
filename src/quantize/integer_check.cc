#include "quantize/integer_check.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <variant>

#include "serving/cpu_time.h"
#include "split/runtime_profile.h"

namespace scinet {
namespace {

std::size_t place_of_largest(std::span<const float> row) {
  return static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
}

// A row is what lies along the last axis: the scores of one answer.
void compare_answers(const Tensor& before, const Tensor& after, QuantizedModel& quantized) {
  const auto* expected = std::get_if<std::vector<float>>(&before.values);
  const auto* found = std::get_if<std::vector<float>>(&after.values);
  if (!expected || !found || before.shape.empty() || before.shape.back() < 1) return;
  const auto length = static_cast<std::size_t>(before.shape.back());
  for (std::size_t at = 0; at + length <= expected->size(); at += length) {
    ++quantized.answers;
    quantized.same_answers += place_of_largest(std::span(*expected).subspan(at, length)) ==
                              place_of_largest(std::span(*found).subspan(at, length));
  }
}

void compare_numbers(const Tensor& before, const Tensor& after, QuantizedModel& quantized) {
  const auto* expected = std::get_if<std::vector<float>>(&before.values);
  const auto* found = std::get_if<std::vector<float>>(&after.values);
  if (!expected || !found) return;
  for (std::size_t i = 0; i < expected->size(); ++i) {
    const double a = (*expected)[i];
    const double b = (*found)[i];
    if (!std::isfinite(a) || !std::isfinite(b)) continue;
    quantized.largest_difference = std::max(quantized.largest_difference, std::abs(a - b));
    quantized.largest_number = std::max(quantized.largest_number, std::abs(a));
  }
}

// In turns, so that whatever else the machine does slows both alike.
Status time_both(const OnnxSession& before, const OnnxSession& after, const CalibrationInput& input,
                 QuantizedModel& quantized) {
  constexpr int kMostRounds = 101;
  constexpr int kFewestRounds = 5;
  constexpr Seconds kEnough{2.0};
  const auto tensors = in_order_of(before.input_names(), input);
  if (!tensors) return tensors.error();
  std::vector<Seconds> times[2];
  const Seconds begin = thread_cpu_time();
  for (int round = 0; round < kMostRounds; ++round) {
    for (const int turn : {0, 1}) {
      const Seconds start = thread_cpu_time();
      const auto outputs = (turn == 0 ? before : after).run(tensors.value());
      if (!outputs) return outputs.error();
      times[turn].push_back(thread_cpu_time() - start);
    }
    if (round + 1 >= kFewestRounds && thread_cpu_time() - begin > kEnough) break;
  }
  for (std::vector<Seconds>& samples : times) std::ranges::sort(samples);
  quantized.time_before = times[0][times[0].size() / 2];
  quantized.time_after = times[1][times[1].size() / 2];
  return ok_status();
}

}  // namespace

Status compare_models(const std::filesystem::path& library, const std::filesystem::path& before,
                      const std::filesystem::path& after,
                      const std::vector<CalibrationInput>& inputs, QuantizedModel& quantized) {
  const Result<OnnxRuntime> runtime = OnnxRuntime::load(library);
  if (!runtime) return runtime.error();
  const Result<OnnxSession> exact = runtime.value().open(before);
  const Result<OnnxSession> integer = runtime.value().open(after);
  if (!exact) return exact.error();
  if (!integer) return integer.error();
  for (const CalibrationInput& input : inputs) {
    const auto tensors = in_order_of(exact.value().input_names(), input);
    if (!tensors) return tensors.error();
    const auto expected = exact.value().run(tensors.value());
    const auto found = integer.value().run(tensors.value());
    if (!expected) return expected.error();
    if (!found) return found.error();
    for (std::size_t i = 0; i < expected.value().size(); ++i) {
      const Tensor& wanted = expected.value()[i];
      if (wanted.shape != found.value()[i].shape) {
        return Error{ErrorCode::kInternal, "an output has another shape than before"};
      }
      if (i == 0) compare_answers(wanted, found.value()[i], quantized);
      compare_numbers(wanted, found.value()[i], quantized);
    }
  }
  return time_both(exact.value(), integer.value(), inputs.front(), quantized);
}

}  // namespace scinet
