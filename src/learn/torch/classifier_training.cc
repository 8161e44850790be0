// The training of image classifiers, and the only source of the program that sees libtorch.
#include <malloc.h>
#include <torch/torch.h>

#include <algorithm>
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
  // Takes over a classifier of this shape, to answer like it.
  void unfold(const ConvClassifier& classifier);

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

// Normalisation that changes nothing but adds the biases.
void NetworkImpl::unfold(const ConvClassifier& classifier) {
  torch::NoGradGuard no_grad;
  const auto fill = [](Tensor& tensor, const std::vector<float>& values) {
    tensor.copy_(torch::tensor(values).view(tensor.sizes()));
  };
  for (std::size_t i = 0; i < convs_.size(); ++i) {
    torch::nn::BatchNorm2d& norm = norms_[i];
    fill(convs_[i]->weight, classifier.convs[i].weights);
    norm->weight.fill_(1.0);
    fill(norm->bias, classifier.convs[i].biases);
    norm->running_mean.zero_();
    norm->running_var.fill_(1.0 - norm->options.eps());
  }
  fill(head_->weight, classifier.head.weights);
  fill(head_->bias, classifier.head.biases);
}

// ---- The branches of `semantic` and what joins their answers, trained as one.

class BranchesImpl final : public torch::nn::Module {
 public:
  BranchesImpl(const ClassifierTraining& settings, const ClassGroups& groups,
               const RandomStreams& streams)
      : groups_(groups) {
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const RandomStreams own(streams.stream("branch", g).next());
      branches_.push_back(register_module("branch" + std::to_string(g),
                                          Network(settings.branch_for(groups[g]), own)));
    }
    places_ = torch::tensor(places_of_classes(groups));
  }

  // [N, 1, size, size] in 0..1 to [N, classes].
  Tensor forward(const Tensor& images) {
    std::vector<Tensor> answers;
    for (std::size_t g = 0; g < branches_.size(); ++g) {
      const auto classes = std::ssize(groups_[g]);
      const Tensor logits = branches_[g](images);
      answers.push_back(logits.slice(1, 0, classes) - logits.slice(1, classes, classes + 1));
    }
    return torch::cat(answers, 1).index_select(1, places_);
  }

  std::vector<ConvClassifier> folded() const {
    std::vector<ConvClassifier> branches;
    for (const Network& branch : branches_) branches.push_back(branch->folded());
    return branches;
  }

 private:
  ClassGroups groups_;
  std::vector<Network> branches_;
  Tensor places_;
};
TORCH_MODULE(Branches);

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
Loss loss_from_teacher(Network teacher, const ClassifierTraining& settings) {
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
template <class AnyNetwork, class OnStep>
void train(AnyNetwork& network, const LabelledImages& data, const ClassifierTraining& settings,
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
                     [&] { return random_variation(variations, settings.variations); });
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

// Of a network that no longer trains, for images varied as `vary` says: [images, classes].
template <class AnyNetwork, class Vary>
std::vector<float> logits_of(AnyNetwork& network, const LabelledImages& data, Vary vary) {
  constexpr std::size_t kBatch = 250;
  torch::NoGradGuard no_grad;
  const std::vector<std::size_t> order = in_order(data.count());
  std::vector<float> logits;
  for (std::size_t begin = 0; begin < data.count(); begin += kBatch) {
    const std::size_t count = std::min(kBatch, data.count() - begin);
    const Batch batch = make_batch(data, std::span(order).subspan(begin, count), vary);
    const std::vector<float> part = numbers_of(network(batch.images));
    logits.insert(logits.end(), part.begin(), part.end());
  }
  return logits;
}

// Calls see(truth, answer) for every image.
template <class See>
void for_each_answer(std::span<const float> logits, const LabelledImages& data, See see) {
  const std::size_t classes = logits.size() / data.count();
  for (std::size_t i = 0; i < data.count(); ++i) {
    const std::span<const float> row = logits.subspan(i * classes, classes);
    const auto answer = std::max_element(row.begin(), row.end()) - row.begin();
    see(int{data.labels[i]}, static_cast<int>(answer));
  }
}

Accuracy accuracy_of(std::span<const float> logits, const LabelledImages& data) {
  Accuracy accuracy;
  for_each_answer(logits, data, [&accuracy](int truth, int answer) {
    accuracy.correct += answer == truth ? 1 : 0;
    ++accuracy.samples;
  });
  return accuracy;
}

template <class Trained, class AnyNetwork>
void judge(Trained& trained, AnyNetwork& network, const LabelledImages& test) {
  trained.logits = logits_of(network, test, [] { return Variation{}; });
  trained.accuracy = accuracy_of(trained.logits, test);
}

// Images to train on, but varied anew: those to test on must not shape a model.
Confusion confusion_of(Network& whole, const LabelledImages& data,
                       const ClassifierTraining& settings, RandomStream variations) {
  const std::vector<float> logits =
      logits_of(whole, data, [&] { return random_variation(variations, settings.variations); });
  Confusion confusion(settings.whole.classes);
  for_each_answer(logits, data,
                  [&confusion](int truth, int answer) { confusion.count(truth, answer); });
  return confusion;
}

// ---- The three, one after the other.

class Trainer {
 public:
  Trainer(const TrainingData& data, const ClassifierTraining& settings,
          const OnProgress& on_progress)
      : data_(data), settings_(settings), on_progress_(on_progress) {}

  TrainedClassifiers train_all() {
    TrainedClassifiers trained;
    const RandomStreams streams(settings_.seed);
    Network whole(settings_.whole, streams);
    if (settings_.teacher) {
      whole->unfold(*settings_.teacher);
      whole->eval();
    } else {
      train_one(whole, "whole", streams, loss_from_labels);
    }
    if (wants("whole") && !settings_.teacher) {
      trained.whole.emplace().classifier = whole->folded();
      judge(*trained.whole, whole, data_.test);
    }

    if (wants("student")) {
      // The name of the stream is older than that of the model; another gives other weights.
      const RandomStreams own(streams.stream("compression").next());
      Network student(settings_.student, own);
      train_one(student, "student", own, loss_from_teacher(whole, settings_));
      trained.student.emplace().classifier = student->folded();
      judge(*trained.student, student, data_.test);
    }

    if (wants("semantic")) {
      const RandomStreams own(streams.stream("semantic").next());
      TrainedBranches& semantic = trained.semantic.emplace();
      semantic.groups = balanced_groups(
          confusion_of(whole, data_.train, settings_, own.stream("confusion")), settings_.groups);
      Branches branches(settings_, semantic.groups, own);
      train_one(branches, "semantic", own, loss_from_teacher(whole, settings_));
      semantic.branches = branches->folded();
      judge(semantic, branches, data_.test);
    }
    return trained;
  }

 private:
  bool wants(std::string_view name) const {
    return settings_.only.empty() || settings_.only == name;
  }

  template <class AnyNetwork>
  void train_one(AnyNetwork& network, std::string_view name, const RandomStreams& streams,
                 const Loss& loss) {
    const double work = work_of(name);
    train(network, data_.train, settings_, streams, loss,
          [&](int epoch, double epoch_loss, double done) {
            on_progress_({name, epoch, settings_.epochs, epoch_loss,
                          (work_before_ + work * done) / all_work_});
          });
    work_before_ += work;
  }

  // In multiplications per image and epoch. A step costs a forward pass and, for the gradients,
  // about two more; all but `whole` also ask that for its answers.
  double work_of(std::string_view name) const {
    const auto work = [](const ClassifierShape& shape) {
      return static_cast<double>(count_multiply_adds(shape));
    };
    const double whole = work(settings_.whole);
    if (name == "whole") return settings_.teacher ? 0.0 : 3.0 * whole;
    if (!wants(name)) return 0.0;
    if (name == "student") return whole + 3.0 * work(settings_.student);
    // It does not depend on which classes go together.
    double branches = 0.0;
    for (const std::vector<int>& group :
         balanced_groups(Confusion(settings_.whole.classes), settings_.groups)) {
      branches += work(settings_.branch_for(group));
    }
    return whole + 3.0 * branches;
  }

  const TrainingData& data_;
  const ClassifierTraining& settings_;
  const OnProgress& on_progress_;
  const double all_work_ = work_of("whole") + work_of("student") + work_of("semantic");
  double work_before_ = 0.0;
};

// libtorch allocates and frees a few megabytes per operation. By default glibc returns such
// blocks to the kernel each time, and page faults make a training about 6 times slower.
void keep_freed_memory() {
  constexpr int kOneGibibyte = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kOneGibibyte);
  mallopt(M_TRIM_THRESHOLD, kOneGibibyte);
}

Result<TrainedClassifiers> train_with_torch(const TrainingData& data,
                                            const ClassifierTraining& settings,
                                            const OnProgress& on_progress) {
  keep_freed_memory();
  at::set_num_threads(1);
  try {
    return Trainer(data, settings, on_progress).train_all();
  } catch (const std::exception& failure) {
    return Error{ErrorCode::kInternal, std::string("libtorch could not train: ") + failure.what()};
  }
}

}  // namespace

extern "C" void scinet_torch_module(TorchModule* module) {
  module->version = TORCH_VERSION;
  module->train_classifiers = train_with_torch;
}

}  // namespace scinet
