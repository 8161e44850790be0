#include "quantize/value_ranges.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <set>
#include <span>

#include "quantize/integer_scale.h"
#include "split/runtime_profile.h"

namespace scinet {
namespace {

constexpr std::size_t kBins = 2048;
constexpr double kNothing = 1e-25;  // a range as small as this is taken as it is

// How often which numbers were seen, in steps of equal width over a range.
struct Histogram {
  ValueRange range;
  std::vector<double> counts = std::vector<double>(kBins, 0.0);

  double width() const { return (range.high - range.low) / kBins; }
  void add(float value) {
    const auto bin = static_cast<std::ptrdiff_t>((value - range.low) / width());
    counts[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(bin, 0, kBins - 1))] += 1.0;
  }
};

void widen(ValueRange& range, std::span<const float> values) {
  for (const float value : values) {
    if (!(std::abs(value) <= kLargestReal)) range.fits = false;
    range.low = std::min(range.low, static_cast<double>(value));
    range.high = std::max(range.high, static_cast<double>(value));
  }
}

double squared_error(const Histogram& histogram, double low, double high) {
  const ValueScale scale = scale_for(low, high);
  double error = 0.0;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    if (histogram.counts[bin] == 0.0) continue;
    const double real = histogram.range.low + (static_cast<double>(bin) + 0.5) * histogram.width();
    const double difference = to_real(to_integer(real, scale), scale) - real;
    error += histogram.counts[bin] * difference * difference;
  }
  return error;
}

// First the upper end comes nearer to 0, then the lower one.
ValueRange least_error_range(const Histogram& histogram) {
  constexpr int kSteps = 50;
  ValueRange best = histogram.range;
  double least = squared_error(histogram, best.low, best.high);
  for (double ValueRange::*const end : {&ValueRange::high, &ValueRange::low}) {
    ValueRange tried = best;
    for (int step = kSteps - 1; step > 0; --step) {
      tried.*end = histogram.range.*end * step / kSteps;
      const double error = squared_error(histogram, tried.low, tried.high);
      if (error < least) least = error, best = tried;
    }
  }
  return best;
}

// The model with these values as outputs too.
std::string with_outputs(onnx::ModelProto model, const std::set<std::string>& values) {
  std::set<std::string> present;
  for (const auto& output : model.graph().output()) present.insert(output.name());
  for (const auto& input : model.graph().input()) present.insert(input.name());
  for (const std::string& name : values) {
    if (present.contains(name)) continue;
    onnx::ValueInfoProto& output = *model.mutable_graph()->add_output();
    output.set_name(name);
    output.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  }
  return model.SerializeAsString();
}

using Look = std::function<void(const std::string& name, std::span<const float> numbers)>;

// Runs the model on each input and shows every wanted float value.
Status look_at_runs(const OnnxSession& session, const std::set<std::string>& wanted,
                    const std::vector<CalibrationInput>& inputs, const Look& look) {
  const auto show = [&](const std::string& name, const Tensor& tensor) {
    const auto* numbers = std::get_if<std::vector<float>>(&tensor.values);
    if (numbers && wanted.contains(name)) look(name, *numbers);
  };
  for (const CalibrationInput& input : inputs) {
    const Result<std::vector<Tensor>> tensors = in_order_of(session.input_names(), input);
    if (!tensors) return tensors.error();
    const Result<std::vector<Tensor>> outputs = session.run(tensors.value());
    if (!outputs) return outputs.error();
    for (const SampleInput& given : input) show(given.name, given.tensor);
    for (std::size_t i = 0; i < outputs.value().size(); ++i) {
      show(session.output_names()[i], outputs.value()[i]);
    }
  }
  return ok_status();
}

}  // namespace

Result<std::map<std::string, ValueRange>> measure_ranges(
    const OnnxRuntime& runtime, const onnx::ModelProto& model,
    const std::vector<std::string>& values, const std::vector<CalibrationInput>& inputs,
    RangeRule rule, const std::filesystem::path& scratch) {
  const std::set<std::string> wanted(values.begin(), values.end());
  const std::filesystem::path file = scratch / "observed.onnx";
  std::ofstream(file, std::ios::binary) << with_outputs(model, wanted);
  const Result<OnnxSession> session = runtime.open(file);
  if (!session) return session.error();

  std::map<std::string, ValueRange> ranges;
  for (const std::string& name : values) ranges[name];
  const Status widened = look_at_runs(session.value(), wanted, inputs,
                                      [&](const std::string& name, std::span<const float> numbers) {
                                        widen(ranges[name], numbers);
                                      });
  if (!widened) return widened.error();
  if (rule == RangeRule::kWidest) return ranges;

  std::map<std::string, Histogram> histograms;
  for (const auto& [name, range] : ranges) {
    if (range.fits && range.high - range.low > kNothing) histograms[name].range = range;
  }
  const Status counted = look_at_runs(session.value(), wanted, inputs,
                                      [&](const std::string& name, std::span<const float> numbers) {
                                        const auto histogram = histograms.find(name);
                                        if (histogram == histograms.end()) return;
                                        for (const float number : numbers)
                                          histogram->second.add(number);
                                      });
  if (!counted) return counted.error();
  for (const auto& [name, histogram] : histograms) ranges[name] = least_error_range(histogram);
  return ranges;
}

}  // namespace scinet
