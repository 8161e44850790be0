// Grey levels as a PNG file: how the images of a data set become what a client sends.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace scinet {

// `levels` row by row, 0 black; `width` x `height` of them.
std::string gray_png(std::span<const std::uint8_t> levels, int width, int height);

}  // namespace scinet
