// The training of the fashion classifiers, and the only source of the program that sees libtorch.
#include <malloc.h>
#include <torch/torch.h>

#include <cmath>
#include <exception>
#include <numbers>
#include <numeric>
#include <utility>

#include "learn/torch/module.h"

namespace scinet {
namespace {

using torch::Tensor;

// ---- The network as it trains: batch normalisation still apart.

class NetworkImpl final : public torch::nn::Module {
 public:
  NetworkImpl(const ClassifierShape& shape, const RandomStreams& streams) : shape_(shape) {
    for (std::size_t i = 0; i < shape.convs.size(); ++i) {
      const int outputs = shape.convs[i].outputs;
      const auto options =
          torch::nn::Conv2dOptions(shape.inputs_of(i), outputs, 3).padding(1).bias(false);
      convs_.push_back(register_module("conv" + std::to_string(i), torch::nn::Conv2d(options)));
      norms_.push_back(
          register_module("norm" + std::to_string(i), torch::nn::BatchNorm2d(outputs)));
      draw_weights(convs_[i]->weight, streams.stream("weights", i));
    }
    head_ = register_module("head", torch::nn::Linear(shape.convs.back().outputs, shape.classes));
    draw_weights(head_->weight, streams.stream("weights", shape.convs.size()));
    torch::NoGradGuard no_grad;
    head_->bias.zero_();
  }

  // [N, 1, size, size] in 0..1 to [N, classes].
  Tensor forward(Tensor images) {
    for (std::size_t i = 0; i < convs_.size(); ++i) {
      images = torch::relu(norms_[i](convs_[i](images)));
      if (shape_.convs[i].pool) images = torch::max_pool2d(images, 2);
    }
    return head_(images.mean({2, 3}));
  }

  ConvClassifier folded() const;
  const ClassifierShape& shape() const { return shape_; }

 private:
  // Normal with variance 2 / inputs of a neuron (He et al., ICCV 2015). Drawn from our own
  // streams, so that the start does not depend on libtorch's generator.
  static void draw_weights(Tensor& weights, RandomStream random) {
    torch::NoGradGuard no_grad;
    const double inputs = static_cast<double>(weights.numel() / weights.size(0));
    const double deviation = std::sqrt(2.0 / inputs);
    float* const values = weights.data_ptr<float>();
    for (std::int64_t i = 0; i < weights.numel(); ++i) {
      values[i] = static_cast<float>(deviation * random.normal());
    }
  }

  ClassifierShape shape_;
  std::vector<torch::nn::Conv2d> convs_;
  std::vector<torch::nn::BatchNorm2d> norms_;
  torch::nn::Linear head_ = nullptr;
};
TORCH_MODULE(Network);

std::vector<float> numbers_of(const Tensor& tensor) {
  const Tensor plain = tensor.detach().to(torch::kFloat).contiguous();
  const float* const begin = plain.data_ptr<float>();
  return {begin, begin + plain.numel()};
}

// norm(conv(x)) = scale * (conv(x) - mean) + shift with scale = gain / sqrt(variance + epsilon),
// which is a convolution with weights scale * w and biases shift - scale * mean.
ConvClassifier NetworkImpl::folded() const {
  ConvClassifier classifier{.shape = shape_, .convs = {}, .head = {}};
  for (std::size_t i = 0; i < convs_.size(); ++i) {
    const torch::nn::BatchNorm2d& norm = norms_[i];
    const Tensor variance = norm->running_var.to(torch::kDouble);
    const Tensor scale =
        norm->weight.to(torch::kDouble) / torch::sqrt(variance + norm->options.eps());
    const Tensor weights = convs_[i]->weight.to(torch::kDouble) * scale.view({-1, 1, 1, 1});
    const Tensor biases = norm->bias.to(torch::kDouble) - scale * norm->running_mean;
    classifier.convs.push_back({numbers_of(weights), numbers_of(biases)});
  }
  classifier.head = {numbers_of(head_->weight), numbers_of(head_->bias)};
  return classifier;
}

// ---- Batches.

struct Batch {
  Tensor images;  // [N, 1, size, size]
  Tensor labels;  // [N]
};

// `vary` gives the variation of the next image.
template <class Vary>
Batch make_batch(const LabelledImages& data, std::span<const std::size_t> chosen, Vary vary) {
  const auto count = static_cast<std::int64_t>(chosen.size());
  const auto area = static_cast<std::size_t>(data.size * data.size);
  Batch batch{torch::empty({count, 1, data.size, data.size}), torch::empty({count}, torch::kLong)};
  const std::span pixels(batch.images.data_ptr<float>(), chosen.size() * area);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    write_varied(data.image(chosen[i]), data.size, vary(), pixels.subspan(i * area, area));
    batch.labels.data_ptr<std::int64_t>()[i] = data.labels[chosen[i]];
  }
  return batch;
}

std::vector<std::size_t> in_order(std::size_t count) {
  std::vector<std::size_t> indices(count);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return indices;
}

// Fisher and Yates.
std::vector<std::size_t> shuffled(std::size_t count, RandomStream random) {
  std::vector<std::size_t> indices = in_order(count);
  for (std::size_t i = count; i > 1; --i) std::swap(indices[i - 1], indices[random.below(i)]);
  return indices;
}

// ---- Training.

// Of one batch, given the network's logits for it.
using Loss = std::function<Tensor(const Batch&, const Tensor& logits)>;

Tensor loss_from_labels(const Batch& batch, const Tensor& logits) {
  return torch::nn::functional::cross_entropy(logits, batch.labels);
}

// Soft answers say more than labels: a shirt is more like a coat than like a bag. The factor
// temperature^2 keeps their gradients as large as those of the labels.
Loss loss_from_teacher(Network teacher, const FashionTraining& settings) {
  return [teacher, settings](const Batch& batch, const Tensor& logits) mutable {
    const double temperature = settings.temperature;
    Tensor soft;
    {
      torch::NoGradGuard no_grad;
      soft = torch::softmax(teacher(batch.images) / temperature, 1);
    }
    const Tensor log_answers = torch::log_softmax(logits / temperature, 1);
    const Tensor imitation = -(soft * log_answers).sum(1).mean() * temperature * temperature;
    return settings.soft_share * imitation +
           (1.0 - settings.soft_share) * loss_from_labels(batch, logits);
  };
}

// Rises over the first twentieth of the training, then falls to nothing along a half cosine.
double learning_rate_at(double share_done, double peak) {
  constexpr double kRise = 0.05;
  if (share_done < kRise) return peak * (share_done + 0.001) / kRise;
  return peak * 0.5 * (1.0 + std::cos(std::numbers::pi * (share_done - kRise) / (1.0 - kRise)));
}

void set_learning_rate(torch::optim::SGD& optimizer, double rate) {
  for (torch::optim::OptimizerParamGroup& group : optimizer.param_groups()) {
    static_cast<torch::optim::SGDOptions&>(group.options()).lr(rate);
  }
}

// `on_step(epoch, mean loss of the epoch so far, share done)`. A last batch that is not full is
// left out; the shuffle makes it another one each epoch.
template <class OnStep>
void train(Network& network, const LabelledImages& data, const FashionTraining& settings,
           const RandomStreams& streams, const Loss& loss, OnStep on_step) {
  torch::optim::SGD optimizer(network->parameters(),
                              torch::optim::SGDOptions(settings.learning_rate)
                                  .momentum(0.9)
                                  .nesterov(true)
                                  .weight_decay(settings.weight_decay));
  const auto batch_size = static_cast<std::size_t>(settings.batch);
  const std::size_t steps = data.count() / batch_size;
  const double all_steps = static_cast<double>(steps) * settings.epochs;
  double steps_done = 0.0;
  network->train();
  for (int epoch = 0; epoch < settings.epochs; ++epoch) {
    const auto order =
        shuffled(data.count(), streams.stream("shuffle", static_cast<std::uint64_t>(epoch)));
    RandomStream variations = streams.stream("variations", static_cast<std::uint64_t>(epoch));
    double loss_sum = 0.0;
    for (std::size_t step = 0; step < steps; ++step) {
      const Batch batch =
          make_batch(data, std::span(order).subspan(step * batch_size, batch_size),
                     [&] { return random_variation(variations, settings.most_shift); });
      set_learning_rate(optimizer,
                        learning_rate_at(steps_done / all_steps, settings.learning_rate));
      const Tensor value = loss(batch, network(batch.images));
      optimizer.zero_grad();
      value.backward();
      optimizer.step();
      loss_sum += value.item<double>();
      steps_done += 1.0;
      on_step(epoch + 1, loss_sum / static_cast<double>(step + 1), steps_done / all_steps);
    }
  }
  network->eval();
}

// ---- Evaluation.

// Of a network that no longer trains: [images, classes].
std::vector<float> logits_of(Network& network, const LabelledImages& data) {
  constexpr std::size_t kBatch = 250;
  torch::NoGradGuard no_grad;
  const std::vector<std::size_t> order = in_order(data.count());
  std::vector<float> logits;
  for (std::size_t begin = 0; begin < data.count(); begin += kBatch) {
    const std::size_t count = std::min(kBatch, data.count() - begin);
    const Batch batch =
        make_batch(data, std::span(order).subspan(begin, count), [] { return Variation{}; });
    const std::vector<float> part = numbers_of(network(batch.images));
    logits.insert(logits.end(), part.begin(), part.end());
  }
  return logits;
}

Accuracy accuracy_of(std::span<const float> logits, const LabelledImages& data, int classes) {
  const auto width = static_cast<std::size_t>(classes);
  Accuracy accuracy;
  for (std::size_t i = 0; i < data.count(); ++i) {
    const std::span<const float> row = logits.subspan(i * width, width);
    const auto answer = std::max_element(row.begin(), row.end()) - row.begin();
    accuracy.correct += answer == data.labels[i] ? 1 : 0;
    ++accuracy.samples;
  }
  return accuracy;
}

TrainedClassifier trained(Network& network, const LabelledImages& test) {
  TrainedClassifier result;
  result.classifier = network->folded();
  result.logits = logits_of(network, test);
  result.accuracy = accuracy_of(result.logits, test, network->shape().classes);
  return result;
}

// ---- The two classifiers, one after the other.

// Share of the whole work that training `whole` takes. A step costs a forward pass and, for the
// gradients, about two more; `compression` also asks `whole` for its answers.
double share_of_whole(const FashionTraining& settings) {
  const auto whole = static_cast<double>(count_multiply_adds(settings.whole));
  const auto narrow = static_cast<double>(count_multiply_adds(settings.compression));
  return 3.0 * whole / (4.0 * whole + 3.0 * narrow);
}

FashionClassifiers train_both(const TrainingData& data, const FashionTraining& settings,
                              const OnProgress& on_progress) {
  const RandomStreams streams(settings.seed);
  const double first_share = share_of_whole(settings);
  Network whole(settings.whole, streams);
  train(whole, data.train, settings, streams, loss_from_labels,
        [&](int epoch, double loss, double done) {
          on_progress({"whole", epoch, settings.epochs, loss, first_share * done});
        });

  const RandomStreams narrow_streams(streams.stream("compression").next());
  Network compression(settings.compression, narrow_streams);
  train(compression, data.train, settings, narrow_streams, loss_from_teacher(whole, settings),
        [&](int epoch, double loss, double done) {
          on_progress({"compression", epoch, settings.epochs, loss,
                       first_share + (1.0 - first_share) * done});
        });
  return {trained(whole, data.test), trained(compression, data.test)};
}

// libtorch allocates and frees a few megabytes per operation. By default glibc returns such
// blocks to the kernel each time, and page faults make a training about 6 times slower.
void keep_freed_memory() {
  constexpr int kOneGibibyte = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kOneGibibyte);
  mallopt(M_TRIM_THRESHOLD, kOneGibibyte);
}

Result<FashionClassifiers> train_fashion_with_torch(const TrainingData& data,
                                                    const FashionTraining& settings,
                                                    const OnProgress& on_progress) {
  keep_freed_memory();
  at::set_num_threads(1);
  try {
    return train_both(data, settings, on_progress);
  } catch (const std::exception& failure) {
    return Error{ErrorCode::kInternal, std::string("libtorch could not train: ") + failure.what()};
  }
}

}  // namespace

extern "C" void scinet_torch_module(TorchModule* module) {
  module->version = TORCH_VERSION;
  module->train_fashion = train_fashion_with_torch;
}

}  // namespace scinet
