#include "learn/classifier_training.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "learn/torch/module.h"

namespace scinet {
namespace {

// Beside the program when it is installed, else where the build left it.
std::filesystem::path module_file() {
  std::error_code ignored;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const std::filesystem::path beside = program.parent_path() / "libscinet_torch.so";
  if (std::filesystem::exists(beside, ignored)) return beside;
  return SCINET_TORCH_MODULE;
}

Result<TorchModule> load_torch_module() {
  const std::filesystem::path file = module_file();
  if (file.empty()) {
    return Error{ErrorCode::kUnavailable,
                 "training needs libtorch, which this program was built without; install the "
                 "Debian package libtorch-dev and build again"};
  }
  // Read once, when the linear algebra library is loaded. More threads would change the order
  // of sums, and with it the trained numbers.
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  setenv("OMP_NUM_THREADS", "1", 1);
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* entry = library ? dlsym(library, kTorchModuleEntry) : nullptr;
  if (!entry) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("training needs {}, which could not be loaded ({}); build it with the "
                             "Debian package libtorch-dev",
                             file.string(), dlerror())};
  }
  TorchModule module;
  reinterpret_cast<TorchModuleEntry*>(entry)(&module);
  return module;
}

Status check(const TrainingData& data, const ClassifierTraining& settings) {
  const auto unfit = [](std::string message) {
    return Error{ErrorCode::kInvalidInput, std::move(message)};
  };
  if (settings.epochs < 1 || settings.epochs > 1000) {
    return unfit(fmt::format("epochs is {}, it must be between 1 and 1000", settings.epochs));
  }
  if (settings.batch < 2) {
    return unfit(fmt::format("batch is {}, it must be at least 2 images", settings.batch));
  }
  if (data.train.count() < static_cast<std::size_t>(settings.batch) || data.test.count() == 0) {
    return unfit(
        fmt::format("there are {} images to train on and {} to test on, at least a batch "
                    "of {} and one are needed",
                    data.train.count(), data.test.count(), settings.batch));
  }
  for (const ClassifierShape& shape : {settings.whole, settings.student}) {
    if (data.train.size == shape.size && data.test.size == shape.size) continue;
    return unfit(fmt::format("images have {} and {} pixels a side, a classifier reads {}",
                             data.train.size, data.test.size, shape.size));
  }
  if (settings.teacher &&
      (!is_consistent(*settings.teacher) || settings.teacher->shape != settings.whole)) {
    return unfit("the model to learn from has not the shape of `whole`; train that one again");
  }
  const int classes = settings.whole.classes;
  if (classes > kMostGroupedClasses) {
    return unfit(fmt::format("there are {} classes, at most {} can be divided into groups", classes,
                             kMostGroupedClasses));
  }
  if (settings.groups < 2 || settings.groups > classes) {
    return unfit(fmt::format("groups is {}, {} classes can be divided into 2 to {}",
                             settings.groups, classes, classes));
  }
  return ok_status();
}

}  // namespace

Result<TrainedClassifiers> train_classifiers(const TrainingData& data,
                                             const ClassifierTraining& settings,
                                             const OnProgress& on_progress) {
  if (Status status = check(data, settings); !status) return status.error();
  const Result<TorchModule> module = load_torch_module();
  if (!module) return module.error();
  return module.value().train_classifiers(data, settings, on_progress);
}

Result<std::string> libtorch_version() {
  const Result<TorchModule> module = load_torch_module();
  if (!module) return module.error();
  return module.value().version;
}

}  // namespace scinet
