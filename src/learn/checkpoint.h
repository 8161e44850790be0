// What `scinet train` leaves behind: the weights of one policy in a file that says how they were
// made. docs/training.md has the format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/weights.h"

namespace scinet {

// An error on examples that training did not see, beside that of a predictor without a network.
struct HeldOutError {
  std::string what;  // which error, of what
  double trained = 0.0;
  double baseline = 0.0;
  std::string baseline_is;  // e.g. "last value"

  friend bool operator==(const HeldOutError&, const HeldOutError&) = default;
};

// Files of this version are read. A change that makes older ones mean something else counts it up,
// as when the policy's network sees other numbers.
int checkpoint_version(std::string_view policy);

struct Checkpoint {
  std::string policy;
  std::string command;  // that made it
  std::uint64_t seed = 0;
  std::vector<HeldOutError> held_out;
  std::map<std::string, bool> settings = {};  // what was switched on or off; empty: nothing to
  std::string data = {};                      // fingerprint of what it learned from, if kept
  std::string continued_from = {};            // the checkpoint that it was fine-tuned from, if any
  std::vector<double> losses = {};            // of each epoch, if kept
  Weights weights = {};                       // of 32 bits

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// How the checkpoint of a policy is made, e.g. "scinet train gobi --seed 1 --out FILE".
std::string training_command(std::string_view policy, std::uint64_t seed,
                             const std::filesystem::path& file);

std::string to_json_text(const Checkpoint& checkpoint);

// The checkpoint of this policy, with weights of these shapes. Errors (kNotFound, kInvalidInput)
// name the file, what is wrong and the command that makes it again.
Result<Checkpoint> load_checkpoint(const std::filesystem::path& file, std::string_view policy,
                                   const std::vector<WeightShape>& shapes);

// The same, read when it is first asked for and not again: a comparison makes a policy for every
// run. Copies share it, and may be asked concurrently.
class CheckpointFile {
 public:
  CheckpointFile(std::filesystem::path file, std::string policy, std::vector<WeightShape> shapes);
  const Result<Checkpoint>& read() const;

 private:
  struct Contents;
  std::shared_ptr<Contents> contents_;
};

}  // namespace scinet
