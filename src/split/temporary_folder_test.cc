#include "split/temporary_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "split/made_models.h"

namespace scinet {
namespace {

std::size_t entries_in(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator entries(folder);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

TEST(TemporaryFolder, IsGoneWithItsOwner) {
  const auto above = test_folder("gone");
  {
    const Result<TemporaryFolder> draft = TemporaryFolder::make_beside(above / "out");
    ASSERT_TRUE(draft.ok()) << draft.error().message;
    std::ofstream(draft.value().path() / "file") << "text";
    EXPECT_EQ(entries_in(above), 1u);
  }
  EXPECT_EQ(entries_in(above), 0u);
}

TEST(TemporaryFolder, StaysWhereItIsKept) {
  const auto above = test_folder("kept");
  {
    Result<TemporaryFolder> draft = TemporaryFolder::make_beside(above / "out/");
    ASSERT_TRUE(draft.ok()) << draft.error().message;
    std::ofstream(draft.value().path() / "file") << "text";
    ASSERT_TRUE(draft.value().keep_as(above / "out/").ok());
  }
  EXPECT_EQ(entries_in(above), 1u);
  EXPECT_TRUE(std::filesystem::exists(above / "out/file"));
}

TEST(TemporaryFolder, NeverReplacesAFolderThatHoldsSomething) {
  const auto above = test_folder("replaced");
  std::filesystem::create_directories(above / "out");
  std::ofstream(above / "out/mine") << "text";
  Result<TemporaryFolder> draft = TemporaryFolder::make_beside(above / "out");
  ASSERT_TRUE(draft.ok()) << draft.error().message;
  const Status kept = draft.value().keep_as(above / "out");
  ASSERT_FALSE(kept.ok());
  EXPECT_TRUE(kept.error().message.starts_with("cannot move the result to"));
  EXPECT_TRUE(std::filesystem::exists(above / "out/mine"));
}

}  // namespace
}  // namespace scinet
