// What the training module offers to the program that loads it. Both are built together, so
// the types agree; only names must be plain, hence extern "C" and results by pointer.
#pragma once

#include "learn/classifier_training.h"

namespace scinet {

struct TorchModule {
  std::string version;  // of libtorch
  // Settings and data have been checked. No exception leaves it.
  Result<TrainedClassifiers> (*train_classifiers)(const TrainingData&, const ClassifierTraining&,
                                                  const OnProgress&) = nullptr;
};

inline constexpr const char* kTorchModuleEntry = "scinet_torch_module";
using TorchModuleEntry = void(TorchModule* module);

}  // namespace scinet
