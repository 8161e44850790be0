// The real inputs and models that the tests of this module use.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace scinet {

inline const std::filesystem::path kSourceDirectory = SCINET_SOURCE_DIR;
inline const std::filesystem::path kModelDirectory = kSourceDirectory / "build/models";
// ONNX Runtime's.
inline const std::filesystem::path kLibrary = kModelDirectory / "onnxruntime/libonnxruntime.so.1";
inline const std::filesystem::path kInputDirectory = kSourceDirectory / "data/inputs";

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream.good()) << path;
  return {std::istreambuf_iterator<char>(stream), {}};
}

struct LabelledInput {
  std::string file;
  std::string label;
  std::string bytes;
};

// The inputs of one application, from its folder and the labels.csv (file,label) in it.
inline std::vector<LabelledInput> labelled_inputs(const std::string& folder) {
  std::ifstream labels(kInputDirectory / folder / "labels.csv");
  std::vector<LabelledInput> inputs;
  std::string line;
  std::getline(labels, line);
  EXPECT_EQ(line, "file,label");
  while (std::getline(labels, line)) {
    const std::size_t comma = line.find(',');
    const std::string file = line.substr(0, comma);
    inputs.push_back({file, line.substr(comma + 1), read_file(kInputDirectory / folder / file)});
  }
  EXPECT_FALSE(inputs.empty()) << folder;
  return inputs;
}

}  // namespace scinet
