#include "apps/scinet/picture_options.h"

#include <functional>
#include <vector>

namespace scinet {
namespace {

constexpr int kMostPixels = 20'000;  // of a side

}  // namespace

void add_picture_options(CLI::App& verb, PictureChoice& picture) {
  const std::function<void(const std::vector<int>&)> set_size =
      [&picture](const std::vector<int>& sides) {
        picture.width = sides[0];
        picture.height = sides[1];
      };
  verb.add_option_function("--size", set_size,
                           "Width and height of its input where it leaves them open, as 320x240")
      ->delimiter('x')
      ->expected(2)
      ->check(CLI::Range(1, kMostPixels))
      ->type_name("WxH");
  verb.add_flag("--bgr", picture.is_bgr, "Its channels are blue, green, red");
  verb.add_option("--mean", picture.mean, "Subtracted from levels of 0 to 1, per channel")
      ->delimiter(',')
      ->type_name("X,..");
  verb.add_option("--deviation", picture.deviation, "What is left is divided by it, per channel")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->type_name("X,..");
}

}  // namespace scinet
