#include "calibration/input_sizes.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace scinet {
namespace {

struct Mean {
  double sum = 0.0;
  double count = 0.0;
  double value() const { return sum / count; }
};

struct OfInput {
  ApplicationId application;
  std::string input;
  double count = 0.0;
  double log_size = 0.0;
};

// Effects of inputs and kinds, fitted in turn until they agree.
class TwoWayMeans {
 public:
  explicit TwoWayMeans(std::span<const InputSample> samples) : samples_(samples) {
    std::map<std::pair<ApplicationId, std::string_view>, std::size_t> places;
    for (const InputSample& sample : samples) {
      const auto [place, is_new] =
          places.insert({{sample.application, sample.input}, inputs_.size()});
      if (is_new) inputs_.push_back({sample.application, std::string(sample.input)});
      input_of_.push_back(place->second);
      inputs_[place->second].count += 1.0;
    }
    constexpr int kSweeps = 20;
    for (int sweep = 0; sweep < kSweeps; ++sweep) improve();
  }

  std::vector<OfInput>& inputs() { return inputs_; }

  // Of one sample, beside the effects.
  double variance() const {
    double squares = 0.0;
    for (std::size_t i = 0; i < samples_.size(); ++i) squares += std::pow(rest(i), 2.0);
    const auto parameters = static_cast<double>(inputs_.size() + kinds_.size());
    return squares / std::max(static_cast<double>(samples_.size()) - parameters, 1.0);
  }

 private:
  void improve() {
    kinds_.clear();
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      Mean& kind = kinds_[samples_[i].kind];
      kind.sum += samples_[i].log_work - inputs_[input_of_[i]].log_size;
      kind.count += 1.0;
    }
    std::vector<double> sums(inputs_.size(), 0.0);
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      sums[input_of_[i]] += samples_[i].log_work - kinds_.at(samples_[i].kind).value();
    }
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      inputs_[k].log_size = sums[k] / inputs_[k].count;
    }
  }

  double rest(std::size_t i) const {
    return samples_[i].log_work - inputs_[input_of_[i]].log_size -
           kinds_.at(samples_[i].kind).value();
  }

  std::span<const InputSample> samples_;
  std::vector<OfInput> inputs_;
  std::vector<std::size_t> input_of_;  // of each sample
  std::map<std::size_t, Mean> kinds_;
};

// The variance of the true effects of an application: what they vary beyond chance.
double variance_between(std::span<const OfInput* const> inputs, double variance_of_sample) {
  Mean squares;
  Mean chance;
  for (const OfInput* input : inputs) {
    squares.sum += input->count * input->log_size * input->log_size;
    squares.count += input->count;
    chance.sum += variance_of_sample;
    chance.count += input->count;
  }
  return std::max(squares.value() - chance.value(), 0.0);
}

}  // namespace

InputSizes::InputSizes(std::span<const InputSample> samples) {
  TwoWayMeans means(samples);
  const double variance = means.variance();
  std::map<ApplicationId, std::vector<const OfInput*>> by_application;
  for (const OfInput& input : means.inputs()) by_application[input.application].push_back(&input);
  for (const auto& [application, inputs] : by_application) {
    const double between = variance_between(inputs, variance);
    Mean mean;
    for (const OfInput* input : inputs) {
      const double share = between > 0.0 ? between / (between + variance / input->count) : 0.0;
      const double size = std::exp(share * input->log_size);
      sizes_[application][input->input] = size;
      mean.sum += input->count * size;
      mean.count += input->count;
    }
    Mean squares;
    for (const OfInput* input : inputs) {
      double& size = sizes_[application][input->input];
      size /= mean.value();
      squares.sum += input->count * (size - 1.0) * (size - 1.0);
      squares.count += input->count;
    }
    variations_[application] = std::sqrt(squares.value());
  }
}

double InputSizes::of(ApplicationId application, std::string_view input) const {
  const auto inputs = sizes_.find(application);
  if (inputs == sizes_.end()) return 1.0;
  const auto found = inputs->second.find(input);
  return found == inputs->second.end() ? 1.0 : found->second;
}

double InputSizes::variation(ApplicationId application) const {
  const auto found = variations_.find(application);
  return found == variations_.end() ? 0.0 : found->second;
}

// Size and chance are independent factors: 1 + v^2 = (1 + v_size^2) (1 + v_chance^2).
double InputSizes::with_sizes(ApplicationId application, double variation) const {
  const double of_sizes = this->variation(application);
  return std::sqrt((1.0 + of_sizes * of_sizes) * (1.0 + variation * variation) - 1.0);
}

Catalogue InputSizes::without_sizes(Catalogue catalogue) const {
  for (const auto& [application, of_sizes] : variations_) {
    for (Strategy& strategy : catalogue.applications[application.value].strategies) {
      for (Fragment& fragment : strategy.fragments) {
        double& variation = fragment.work.variation;
        const double square = (1.0 + variation * variation) / (1.0 + of_sizes * of_sizes) - 1.0;
        variation = std::sqrt(std::max(square, 0.0));
      }
    }
  }
  return catalogue;
}

}  // namespace scinet
