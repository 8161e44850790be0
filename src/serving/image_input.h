// How a picture becomes the input of a model.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serving/onnx_runtime.h"

namespace scinet {

enum class ChannelOrder { kGray, kRgb, kBgr };

// What happens to a picture whose sides are not in the proportion of the model's.
enum class ImageFit {
  kPad,      // centred on a canvas that is, so nothing is lost or bent
  kStretch,  // each side is scaled by itself
};

enum class TensorLayout { kChannelsFirst, kChannelsLast };

// A level of 0..255 becomes (level / 255 - mean) / deviation.
struct ImageInput {
  std::string name;  // of the model's input
  int width = 0;
  int height = 0;
  ChannelOrder channels = ChannelOrder::kRgb;
  TensorLayout layout = TensorLayout::kChannelsFirst;
  ImageFit fit = ImageFit::kStretch;
  int background = 0;                  // level of what is padded
  std::vector<double> mean = {};       // one for each channel, or none: 0
  std::vector<double> deviation = {};  // one for each channel, or none: 1

  int channel_count() const { return channels == ChannelOrder::kGray ? 1 : 3; }
  friend bool operator==(const ImageInput&, const ImageInput&) = default;
};

// [1, channels, height, width] or [1, height, width, channels].
std::vector<std::int64_t> image_shape(const ImageInput& input);

// A tensor of that shape from a PNG or JPEG file. Errors as decode_image (image_bytes.h).
Result<Tensor> image_tensor(const ImageInput& input, std::string_view bytes);

// From now on no picture is worked on by other threads than the one that asks.
void work_on_one_thread();

}  // namespace scinet
