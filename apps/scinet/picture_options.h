// Options of verbs that take a model of somebody's: how a picture becomes its input.
#pragma once

#include <CLI/CLI.hpp>

#include "quantize/calibration_images.h"

namespace scinet {

// --size, --bgr, --mean and --deviation. `picture` must live as long as the verb.
void add_picture_options(CLI::App& verb, PictureChoice& picture);

}  // namespace scinet
