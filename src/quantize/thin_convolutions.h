// Convolutions of a picture's one or three channels, made fit for integers.
#pragma once

#include "split/onnx_graph.h"

namespace onnx {
class ModelProto;
}

namespace scinet {

// The same model, where every ungrouped convolution of one to three channels with constant weights
// has four: the others are zeros times zeros. Processors multiply four bytes at once; with fewer
// channels an integer convolution is slower than one with real numbers.
onnx::ModelProto with_four_channels(const OnnxGraph& graph);

}  // namespace scinet
