// Trains the classifiers of an application that knows images: `whole`, the narrower `student`,
// which learns from the answers of the first (Hinton, Vinyals, Dean, "Distilling the knowledge in
// a neural network", 2015), and `semantic`: small networks for groups of classes, which run side
// by side, and whose answers join to those of a single classifier.
//
// The training itself needs libtorch and lies in a module that is loaded when it is first asked
// for: linked in, libtorch would cost every start of the program 0.4 s and 160 MB.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/class_groups.h"
#include "learn/conv_classifier.h"
#include "learn/labelled_images.h"
#include "report/accuracy.h"

namespace scinet {

struct ClassifierTraining {
  std::string only;                       // the one to train; empty: all three
  std::optional<ConvClassifier> teacher;  // used as `whole`, which is then not trained
  std::uint64_t seed = 1;
  ClassifierShape whole;
  ClassifierShape student;
  std::vector<ConvShape> branch;  // of every branch of `semantic`
  int groups = 2;                 // of classes, hence branches
  int epochs = 12;                // of each
  int batch = 100;                // images a step
  double learning_rate = 0.1;
  double weight_decay = 5e-4;
  Variations variations;
  double temperature = 4.0;  // that softens the answers of `whole` for the other two
  double soft_share = 0.9;   // of their loss that comes from these answers; the rest from labels

  // A branch answers with a number for each class of its group, and a last one for all others.
  ClassifierShape branch_for(const std::vector<int>& group) const {
    return {whole.size, static_cast<int>(group.size()) + 1, branch};
  }
};

struct TrainingProgress {
  std::string_view model;  // its strategy: whole, student or semantic
  int epoch = 1;           // from 1
  int epochs = 1;
  double loss = 0.0;  // mean over the epoch so far
  double done = 0.0;  // share of all the work, estimated; in 0..1
};

// Called after every step, on the thread that trains.
using OnProgress = std::function<void(const TrainingProgress&)>;

struct TrainedClassifier {
  ConvClassifier classifier;
  Accuracy accuracy;          // of `classifier` on all test images
  std::vector<float> logits;  // [test images, classes], of the network before folding
};

// The answer for class c of group g is the branch's answer for c less that for all others: how
// much more it speaks for c than for any class outside of the group.
struct TrainedBranches {
  ClassGroups groups;
  std::vector<ConvClassifier> branches;  // one per group
  Accuracy accuracy;                     // of the joined answers
  std::vector<float> logits;             // joined, as above
};

// Those that were to be trained.
struct TrainedClassifiers {
  std::optional<TrainedClassifier> whole;
  std::optional<TrainedClassifier> student;
  std::optional<TrainedBranches> semantic;
};

// Runs on one thread. The same data, settings, kind of processor and libtorch give the same
// numbers to the last bit. Groups come from what `whole` confuses among images to train on.
// kUnavailable where the program was built without libtorch, kInvalidInput for settings that no
// training can follow.
Result<TrainedClassifiers> train_classifiers(const TrainingData& data,
                                             const ClassifierTraining& settings,
                                             const OnProgress& on_progress);

// Version of the libtorch that trains, e.g. "1.13.1"; kUnavailable as above.
Result<std::string> libtorch_version();

}  // namespace scinet
