// Trains the two classifiers of the application `fashion`: `whole`, and the narrower
// `compression`, which learns from the answers of the first (Hinton, Vinyals, Dean, "Distilling
// the knowledge in a neural network", 2015).
//
// The training itself needs libtorch and lies in a module that is loaded when it is first asked
// for: linked in, libtorch would cost every start of the program 0.4 s and 160 MB.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/accuracy.h"
#include "learn/conv_classifier.h"
#include "learn/labelled_images.h"

namespace scinet {

ClassifierShape fashion_whole_shape();
ClassifierShape fashion_compression_shape();

struct FashionTraining {
  std::uint64_t seed = 1;
  ClassifierShape whole = fashion_whole_shape();
  ClassifierShape compression = fashion_compression_shape();
  int epochs = 12;  // of each classifier
  int batch = 100;  // images a step
  double learning_rate = 0.1;
  double weight_decay = 5e-4;
  int most_shift = 1;        // pixels that images are moved by, each way
  double temperature = 4.0;  // that softens the answers of `whole` for `compression`
  double soft_share = 0.9;   // of the loss that comes from these answers; the rest from labels
};

struct TrainingProgress {
  std::string_view model;  // its strategy: whole or compression
  int epoch = 1;           // from 1
  int epochs = 1;
  double loss = 0.0;  // mean over the epoch so far
  double done = 0.0;  // share of the work of both classifiers, estimated; in 0..1
};

// Called after every step, on the thread that trains.
using OnProgress = std::function<void(const TrainingProgress&)>;

struct TrainedClassifier {
  ConvClassifier classifier;
  Accuracy accuracy;          // of `classifier` on all test images
  std::vector<float> logits;  // [test images, classes], of the network before folding
};

struct FashionClassifiers {
  TrainedClassifier whole;
  TrainedClassifier compression;
};

// Runs on one thread. The same data, settings, kind of processor and libtorch give the same
// numbers to the last bit. kUnavailable where the program was built without libtorch,
// kInvalidInput for settings that no training can follow.
Result<FashionClassifiers> train_fashion(const TrainingData& data, const FashionTraining& settings,
                                         const OnProgress& on_progress);

// Version of the libtorch that trains, e.g. "1.13.1"; kUnavailable as above.
Result<std::string> libtorch_version();

}  // namespace scinet
