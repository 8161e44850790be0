// Labelled inputs to measure an application with.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "profile/profiling.h"

namespace scinet {

// The first of: `folder`, where it is given; the images of the data set that the application was
// trained on, kept for testing, where this machine has it; data/labelled, data/inputs, and the
// examples that lie with its models. kNotFound where there are none.
Result<ProfileInputs> labelled_inputs(const std::string& application,
                                      const std::filesystem::path& folder,
                                      const std::filesystem::path& data,
                                      const std::filesystem::path& models);

}  // namespace scinet
