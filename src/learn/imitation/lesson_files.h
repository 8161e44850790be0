// Lessons on disk: a folder of NumPy arrays. docs/learner.md says what each column is.
//
//   cluster.npy             [lessons, kClusterColumns]
//   hosts.npy               [hosts of all lessons, kHostColumns]
//   hosts-next.npy          [the same, 1]      utilisation over the beat that followed
//   hosts-lesson.npy        [the same, 1]      which lesson
//   requests.npy            [strategies that could be chosen, kRequestColumns]
//   requests-lesson.npy     [the same, 1]
//   HEAD.npy                [answers, kAnswerColumns]   HEAD: power, strategy, host
//   HEAD-worth.npy          [the same, 1]      QoS
//   HEAD-index.npy          [the same, 3]      lesson, question within it, host or -1
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/result.h"
#include "learn/imitation/lesson.h"

namespace scinet {

// Makes the folder; whole or not at all. kUnavailable when it cannot be written.
Status write_lessons(const std::filesystem::path& folder, std::span<const Lesson> lessons);

// kNotFound where there is no such folder; kInvalidInput, naming the file, for arrays that are
// missing, damaged or do not fit together.
Result<std::vector<Lesson>> read_lessons(const std::filesystem::path& folder);

// Of all numbers, in order: what a checkpoint says that it learned from.
std::uint64_t fingerprint(std::span<const Lesson> lessons);

}  // namespace scinet
