// Lessons on disk: the same again, whole or not at all, and damage is found.
#include "learn/imitation/lesson_files.h"

#include "learn/imitation/imitation_testing.h"
#include "learn/imitation/npy.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

const std::vector<Lesson>& lessons() {
  static const std::vector<Lesson> kLessons = taught_lessons(3, 5);
  return kLessons;
}

class LessonFiles : public InAFolder {
 protected:
  void SetUp() override {
    InAFolder::SetUp();
    ASSERT_TRUE(write_lessons(whole_, lessons()));
  }

  // The file as `change` leaves its numbers.
  template <class Number, class Change>
  void damage(const std::string& name, std::size_t columns, Change change) const {
    NpyArray<Number> array = read_npy<Number>(whole_ / name, columns).value();
    change(array.numbers);
    ASSERT_TRUE(write_npy(whole_ / name, array));
  }
  // That reading says so of this file; afterwards all is sound again.
  void expect_damage(const std::string& name, const std::string& what) const {
    const auto found = read_lessons(whole_);
    EXPECT_FALSE(found) << what;
    if (!found) {
      EXPECT_EQ(found.error().code, ErrorCode::kInvalidInput) << what;
      EXPECT_TRUE(found.error().message.starts_with((whole_ / name).string() + ": "))
          << what << ": " << found.error().message;
    }
    fs::remove_all(whole_);
    ASSERT_TRUE(write_lessons(whole_, lessons()));
  }

  const fs::path whole_ = folder_ / "forced-0";
};

TEST_F(LessonFiles, GiveBackWhatWasWritten) {
  std::array<std::int32_t, kHeads> questions{};
  for (const Lesson& lesson : lessons()) {
    for (std::size_t k = 0; k < kHeads; ++k) questions[k] += lesson.heads[k].questions;
  }
  ASSERT_EQ(lessons().size(), 5u);
  for (const std::int32_t count : questions) ASSERT_GT(count, 0) << "a head is left untested";

  const auto found = read_lessons(whole_);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(are_same(found.value(), lessons()));
  EXPECT_EQ(fingerprint(found.value()), fingerprint(lessons()));
}

TEST_F(LessonFiles, CanBeNone) {
  ASSERT_TRUE(write_lessons(folder_ / "none", {}));
  const auto found = read_lessons(folder_ / "none");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found.value().empty());
}

TEST_F(LessonFiles, SayWhereThereIsNoFolder) {
  const auto found = read_lessons(folder_ / "nothing");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
}

// What a program that was stopped leaves behind.
TEST_F(LessonFiles, HalfWrittenAreNotTakenForWhole) {
  fs::rename(whole_, folder_ / "forced-0.unfinished");
  fs::remove(folder_ / "forced-0.unfinished" / "host-index.npy");
  EXPECT_EQ(read_lessons(whole_).error().code, ErrorCode::kNotFound);

  const std::vector<Lesson> fewer(lessons().begin(), lessons().begin() + 2);
  ASSERT_TRUE(write_lessons(whole_, fewer));
  EXPECT_TRUE(are_same(read_lessons(whole_).value(), fewer));
  EXPECT_FALSE(fs::exists(folder_ / "forced-0.unfinished"));
}

TEST_F(LessonFiles, CannotBeWrittenBelowAFile) {
  const Status written = write_lessons(whole_ / "hosts.npy" / "lessons", lessons());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kUnavailable);
}

TEST_F(LessonFiles, AreDamagedWhenOneIsMissing) {
  for (const char* name : {"cluster.npy", "hosts-next.npy", "power.npy", "host-index.npy"}) {
    fs::remove(whole_ / name);
    expect_damage(name, "no file");
  }
  ASSERT_TRUE(write_npy(whole_ / "hosts.npy", NpyArray<float>{.columns = 2, .numbers = {1, 2}}));
  expect_damage("hosts.npy", "other columns");
}

TEST_F(LessonFiles, AreDamagedWhenTheyDoNotFitTogether) {
  const auto shorter = [](std::size_t columns) {
    return [columns](auto& numbers) { numbers.resize(numbers.size() - columns); };
  };
  damage<float>("cluster.npy", kClusterColumns, shorter(kClusterColumns));
  expect_damage("hosts-lesson.npy", "one lesson less");
  damage<float>("hosts.npy", kHostColumns, shorter(kHostColumns));
  expect_damage("hosts-next.npy", "one host less");
  damage<float>("hosts-next.npy", 1, shorter(1));
  expect_damage("hosts-next.npy", "one utilisation less");
  damage<float>("requests.npy", kRequestColumns, shorter(kRequestColumns));
  expect_damage("requests-lesson.npy", "one request less");
  damage<float>("power.npy", kAnswerColumns[0], shorter(kAnswerColumns[0]));
  expect_damage("power-worth.npy", "one answer less");
  damage<float>("strategy-worth.npy", 1, shorter(1));
  expect_damage("strategy-worth.npy", "one worth less");
  damage<std::int32_t>("host-index.npy", 3, shorter(3));
  expect_damage("host-index.npy", "one index less");
  damage<std::int32_t>("hosts-lesson.npy", 1, [](auto& numbers) { numbers.front() = -1; });
  expect_damage("hosts-lesson.npy", "a host of no lesson");
  damage<std::int32_t>("requests-lesson.npy", 1, [](auto& numbers) { numbers.back() = 5; });
  expect_damage("requests-lesson.npy", "a request of a lesson that is not there");
  damage<std::int32_t>("hosts-lesson.npy", 1, [](auto& numbers) { std::ranges::reverse(numbers); });
  expect_damage("hosts-lesson.npy", "lessons backwards");
}

// What training would stumble over: it looks up hosts by these numbers and counts questions.
TEST_F(LessonFiles, AreDamagedWhenAnAnswerIsAboutNothing) {
  const auto expect_damage_by = [&](std::size_t column, std::int32_t value) {
    damage<std::int32_t>("host-index.npy", 3, [&](auto& numbers) { numbers[column] = value; });
    expect_damage("host-index.npy",
                  "column " + std::to_string(column) + " is " + std::to_string(value));
  };
  expect_damage_by(2, 1000);  // a host that the lesson does not have
  expect_damage_by(2, -2);
  expect_damage_by(1, -1);  // questions count from 0, one after the other
  expect_damage_by(1, 1000);
  expect_damage_by(0, -1);
}

TEST_F(LessonFiles, HaveAFingerprintOfEveryNumber) {
  const std::uint64_t before = fingerprint(lessons());
  EXPECT_EQ(fingerprint(std::vector<Lesson>(lessons())), before);
  const auto expect_change = [&](const std::string& what, auto change) {
    std::vector<Lesson> changed = lessons();
    change(changed[2]);
    EXPECT_NE(fingerprint(changed), before) << what;
  };
  expect_change("cluster", [](Lesson& lesson) { lesson.rows.cluster(0, 3) += 1e-3f; });
  expect_change("hosts", [](Lesson& lesson) { lesson.rows.hosts(1, 7) += 1e-3f; });
  expect_change("requests", [](Lesson& lesson) { lesson.rows.requests(0, 7) += 1e-3f; });
  expect_change("utilisation", [](Lesson& lesson) { lesson.next_utilisation[1] += 1e-3f; });
  expect_change("a host less", [](Lesson& lesson) {
    lesson.rows.hosts.conservativeResize(lesson.rows.hosts.rows() - 1, Eigen::NoChange);
    lesson.next_utilisation.pop_back();
  });
  for (std::size_t k = 0; k < kHeads; ++k) {
    const std::string name(to_string(static_cast<Head>(k)));
    std::size_t changed = 0;
    for (std::size_t i = 0; i < lessons().size(); ++i) {
      if (lessons()[i].heads[k].worth.empty()) continue;
      const auto expect_other = [&](const char* what, auto change) {
        std::vector<Lesson> others = lessons();
        change(others[i].heads[k]);
        EXPECT_NE(fingerprint(others), before) << name << " " << what;
      };
      expect_other("answers", [](HeadLesson& head) { head.answers.back() += 1e-3f; });
      expect_other("worth", [](HeadLesson& head) { head.worth.back() += 1e-3f; });
      expect_other("host", [](HeadLesson& head) { ++head.hosts.back(); });
      expect_other("question", [](HeadLesson& head) { ++head.question.back(); });
      ++changed;
    }
    EXPECT_GT(changed, 0u) << name;
  }
  std::vector<Lesson> swapped = lessons();
  std::swap(swapped.front(), swapped.back());
  EXPECT_NE(fingerprint(swapped), before) << "order";
}

}  // namespace
}  // namespace scinet
