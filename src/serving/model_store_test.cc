#include "serving/model_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <thread>

namespace scinet {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Whoever opens the file waits until this is gone: a lease (fcntl(2)).
class HeldFile {
 public:
  explicit HeldFile(const fs::path& path) : file_(open(path.c_str(), O_RDWR | O_CLOEXEC)) {
    before_ = std::signal(SIGIO, SIG_IGN);  // that somebody waits
    is_held_ = fcntl(file_, F_SETLEASE, F_WRLCK) == 0;
  }
  ~HeldFile() {
    close(file_);
    std::signal(SIGIO, before_);
  }
  HeldFile(const HeldFile&) = delete;
  HeldFile& operator=(const HeldFile&) = delete;

  bool is_held() const { return is_held_; }
  // Whether somebody waits: it is then to be given up.
  bool is_wanted() const { return fcntl(file_, F_GETLEASE) != F_WRLCK; }

 private:
  int file_;
  void (*before_)(int);
  bool is_held_ = false;
};

class ModelStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_);
    std::ofstream(folder_ / "slow.txt") << "one\ntwo\n";
    std::ofstream(folder_ / "fast.txt") << "three\n";
  }
  void TearDown() override { fs::remove_all(folder_); }

  const fs::path folder_ = fs::path(testing::TempDir()) / "scinet_model_store_test";
};

TEST_F(ModelStoreTest, ReadsAFileOnceAndKeepsIt) {
  ModelStore store(folder_);
  EXPECT_EQ(store.resident(), std::vector<std::string>{});
  const auto lines = store.lines("slow.txt");
  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(*lines.value(), (std::vector<std::string>{"one", "two"}));
  fs::remove(folder_ / "slow.txt");
  EXPECT_EQ(store.lines("slow.txt").value(), lines.value());
  EXPECT_EQ(store.resident(), std::vector<std::string>{"slow.txt"});
}

TEST_F(ModelStoreTest, AFileThatCannotBeHadIsAskedForAgain) {
  ModelStore store(folder_);
  fs::rename(folder_ / "slow.txt", folder_ / "away.txt");
  const auto none = store.lines("slow.txt");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(store.resident(), std::vector<std::string>{});
  fs::rename(folder_ / "away.txt", folder_ / "slow.txt");
  EXPECT_TRUE(store.lines("slow.txt").ok());
}

TEST_F(ModelStoreTest, AFileThatIsSlowToReadHoldsUpOnlyThoseThatWantIt) {
  ModelStore store(folder_);
  std::optional<HeldFile> held(folder_ / "slow.txt");
  if (!held->is_held()) GTEST_SKIP() << "this file system knows no leases";
  const auto read_slow = [&] { return store.lines("slow.txt"); };
  auto first = std::async(std::launch::async, read_slow);
  auto second = std::async(std::launch::async, read_slow);
  while (!held->is_wanted() && first.wait_for(0s) != std::future_status::ready) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(store.lines("fast.txt").ok());
  EXPECT_EQ(store.resident(), std::vector<std::string>{"fast.txt"});
  held.reset();
  const auto lines = first.get();
  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(second.get().value(), lines.value()) << "who waited for the other has what that read";
}

}  // namespace
}  // namespace scinet
