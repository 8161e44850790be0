// A list that only grows, in blocks that stay where they are: however long a run, its records are
// not copied each time that they outgrow their memory.
#pragma once

#include <cstddef>
#include <ranges>
#include <vector>

namespace scinet {

template <class T>
class RecordList {
 public:
  T& push_back(const T& item) {
    if (size_ % kBlock == 0) add_block();
    ++size_;
    return blocks_.back().emplace_back(item);
  }

  std::size_t size() const { return size_; }
  const T& operator[](std::size_t i) const { return blocks_[i / kBlock][i % kBlock]; }
  // Items first .. end - 1, as a random access range that is valid while the list lives.
  auto range(std::size_t first, std::size_t end) const {
    return std::views::iota(first, end) |
           std::views::transform([this](std::size_t i) -> const T& { return (*this)[i]; });
  }

 private:
  static constexpr std::size_t kBlock = 1024;

  // The first one grows as it fills, as most lists are short.
  void add_block() {
    blocks_.emplace_back();
    if (size_ > 0) blocks_.back().reserve(kBlock);
  }

  std::vector<std::vector<T>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace scinet
