#include "learn/imitation/lesson_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>

#include "base/ensure.h"
#include "learn/imitation/npy.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

// All lessons below each other.
struct Tables {
  NpyArray<float> cluster{kClusterColumns, {}};
  NpyArray<float> hosts{kHostColumns, {}};
  NpyArray<float> next{1, {}};
  NpyArray<std::int32_t> hosts_lesson{1, {}};
  NpyArray<float> requests{kRequestColumns, {}};
  NpyArray<std::int32_t> requests_lesson{1, {}};
  struct Answers {
    NpyArray<float> rows;
    NpyArray<float> worth{1, {}};
    NpyArray<std::int32_t> index{3, {}};
  };
  std::array<Answers, kHeads> heads;

  Tables() {
    for (std::size_t k = 0; k < kHeads; ++k) {
      heads[k].rows.columns = static_cast<std::size_t>(kAnswerColumns[k]);
    }
  }

  // Calls visit(name, array) for every array, until one answers with an error.
  template <class Visit>
  Status visit(Visit visit) {
    Status status = visit("cluster", cluster);
    if (status) status = visit("hosts", hosts);
    if (status) status = visit("hosts-next", next);
    if (status) status = visit("hosts-lesson", hosts_lesson);
    if (status) status = visit("requests", requests);
    if (status) status = visit("requests-lesson", requests_lesson);
    for (std::size_t k = 0; k < kHeads && status; ++k) {
      const std::string name(to_string(static_cast<Head>(k)));
      status = visit(name, heads[k].rows);
      if (status) status = visit(name + "-worth", heads[k].worth);
      if (status) status = visit(name + "-index", heads[k].index);
    }
    return status;
  }
};

void append(std::vector<float>& to, const FloatRows& rows) {
  to.insert(to.end(), rows.data(), rows.data() + rows.size());
}

Tables tables_of(std::span<const Lesson> lessons) {
  Tables tables;
  for (std::size_t i = 0; i < lessons.size(); ++i) {
    const Lesson& lesson = lessons[i];
    const auto number = static_cast<std::int32_t>(i);
    append(tables.cluster.numbers, lesson.rows.cluster);
    append(tables.hosts.numbers, lesson.rows.hosts);
    append(tables.requests.numbers, lesson.rows.requests);
    tables.next.numbers.insert(tables.next.numbers.end(), lesson.next_utilisation.begin(),
                               lesson.next_utilisation.end());
    tables.hosts_lesson.numbers.resize(tables.next.numbers.size(), number);
    tables.requests_lesson.numbers.resize(tables.requests.numbers.size() / kRequestColumns, number);
    for (std::size_t k = 0; k < kHeads; ++k) {
      const HeadLesson& head = lesson.heads[k];
      Tables::Answers& answers = tables.heads[k];
      answers.rows.numbers.insert(answers.rows.numbers.end(), head.answers.begin(),
                                  head.answers.end());
      answers.worth.numbers.insert(answers.worth.numbers.end(), head.worth.begin(),
                                   head.worth.end());
      for (std::size_t a = 0; a < head.hosts.size(); ++a) {
        const auto index = {number, head.question[a], head.hosts[a]};
        answers.index.numbers.insert(answers.index.numbers.end(), index);
      }
    }
  }
  return tables;
}

// The rows of each lesson, which are together and in order; nothing if they are not.
bool are_in_order(const std::vector<std::int32_t>& lesson_of_row, std::size_t lessons) {
  return std::ranges::is_sorted(lesson_of_row) &&
         (lesson_of_row.empty() || (lesson_of_row.front() >= 0 &&
                                    lesson_of_row.back() < static_cast<std::int32_t>(lessons)));
}

FloatRows rows_of(const NpyArray<float>& array, const std::vector<std::int32_t>& lesson_of_row,
                  std::int32_t lesson) {
  const auto [begin, end] = std::ranges::equal_range(lesson_of_row, lesson);
  const auto columns = static_cast<Eigen::Index>(array.columns);
  return Eigen::Map<const FloatRows>(
      array.numbers.data() + (begin - lesson_of_row.begin()) * columns, end - begin, columns);
}

// Whether lessons are in order, their questions count from 0, and their hosts are there.
bool are_about_lessons(const std::vector<std::int32_t>& index,
                       const std::vector<std::int32_t>& lesson_of_host, std::size_t lessons) {
  std::int32_t lesson = -1;
  std::int32_t question = -1;
  std::int32_t hosts = 0;  // of the lesson
  for (std::size_t i = 0; i < index.size(); i += 3) {
    if (index[i] < lesson || index[i] >= static_cast<std::int32_t>(lessons)) return false;
    if (index[i] > lesson) {
      lesson = index[i];
      question = -1;
      const auto [begin, end] = std::ranges::equal_range(lesson_of_host, lesson);
      hosts = static_cast<std::int32_t>(end - begin);
    }
    if (index[i + 1] != question && index[i + 1] != question + 1) return false;
    question = index[i + 1];
    if (question < 0 || index[i + 2] < -1 || index[i + 2] >= hosts) return false;
  }
  return true;
}

// The array that does not fit those before it.
std::optional<std::string> misfit_of(const Tables& tables, std::size_t lessons) {
  const std::size_t hosts = tables.hosts.numbers.size() / kHostColumns;
  const std::size_t requests = tables.requests.numbers.size() / kRequestColumns;
  const std::vector<std::int32_t>& lesson_of_host = tables.hosts_lesson.numbers;
  const std::vector<std::int32_t>& lesson_of_request = tables.requests_lesson.numbers;
  if (tables.next.numbers.size() != hosts) return "hosts-next";
  if (lesson_of_host.size() != hosts || !are_in_order(lesson_of_host, lessons)) {
    return "hosts-lesson";
  }
  if (lesson_of_request.size() != requests || !are_in_order(lesson_of_request, lessons)) {
    return "requests-lesson";
  }
  for (std::size_t k = 0; k < kHeads; ++k) {
    const std::string name(to_string(static_cast<Head>(k)));
    const Tables::Answers& answers = tables.heads[k];
    const std::size_t count = answers.rows.numbers.size() / answers.rows.columns;
    if (answers.worth.numbers.size() != count) return name + "-worth";
    if (answers.index.numbers.size() != 3 * count ||
        !are_about_lessons(answers.index.numbers, lesson_of_host, lessons)) {
      return name + "-index";
    }
  }
  return std::nullopt;
}

void add_answers(std::vector<Lesson>& lessons, std::size_t k, const Tables::Answers& answers) {
  const std::size_t columns = answers.rows.columns;
  for (std::size_t a = 0; a < answers.worth.numbers.size(); ++a) {
    const std::int32_t* index = answers.index.numbers.data() + 3 * a;
    HeadLesson& head = lessons[static_cast<std::size_t>(index[0])].heads[k];
    const auto row = answers.rows.numbers.begin() + static_cast<std::ptrdiff_t>(a * columns);
    head.answers.insert(head.answers.end(), row, row + static_cast<std::ptrdiff_t>(columns));
    head.question.push_back(index[1]);
    head.hosts.push_back(index[2]);
    head.worth.push_back(answers.worth.numbers[a]);
    head.questions = index[1] + 1;
  }
}

}  // namespace

Status write_lessons(const fs::path& folder, std::span<const Lesson> lessons) {
  const fs::path unfinished = folder.string() + ".unfinished";
  std::error_code problem;
  fs::remove_all(unfinished, problem);
  fs::create_directories(unfinished, problem);
  if (problem) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("{}: cannot be made: {}", folder.string(), problem.message())};
  }
  Tables tables = tables_of(lessons);
  const Status written = tables.visit([&](const std::string& name, const auto& array) {
    return write_npy(unfinished / (name + ".npy"), array);
  });
  if (!written) return written;
  fs::rename(unfinished, folder, problem);
  if (!problem) return ok_status();
  return Error{ErrorCode::kUnavailable,
               fmt::format("{}: cannot be made: {}", folder.string(), problem.message())};
}

Result<std::vector<Lesson>> read_lessons(const fs::path& folder) {
  Tables tables;
  std::error_code ignored;
  const Status read = tables.visit([&](const std::string& name, auto& array) -> Status {
    using Number = typename std::remove_cvref_t<decltype(array.numbers)>::value_type;
    Result<NpyArray<Number>> found = read_npy<Number>(folder / (name + ".npy"), array.columns);
    if (!found && found.error().code == ErrorCode::kNotFound && fs::exists(folder, ignored)) {
      return Error{ErrorCode::kInvalidInput, found.error().message + "; remove the folder"};
    }
    if (!found) return found.error();
    array = std::move(found).value();
    return ok_status();
  });
  if (!read) return read.error();

  std::vector<Lesson> lessons(tables.cluster.numbers.size() / kClusterColumns);
  if (const auto misfit = misfit_of(tables, lessons.size())) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: does not fit the arrays beside it; remove the folder",
                             (folder / (*misfit + ".npy")).string())};
  }
  for (std::size_t i = 0; i < lessons.size(); ++i) {
    Lesson& lesson = lessons[i];
    const auto number = static_cast<std::int32_t>(i);
    lesson.rows.cluster = Eigen::Map<const FloatRows>(
        tables.cluster.numbers.data() + i * kClusterColumns, 1, kClusterColumns);
    lesson.rows.hosts = rows_of(tables.hosts, tables.hosts_lesson.numbers, number);
    lesson.rows.requests = rows_of(tables.requests, tables.requests_lesson.numbers, number);
    const FloatRows next = rows_of(tables.next, tables.hosts_lesson.numbers, number);
    lesson.next_utilisation.assign(next.data(), next.data() + next.size());
  }
  for (std::size_t k = 0; k < kHeads; ++k) add_answers(lessons, k, tables.heads[k]);
  return lessons;
}

// FNV-1a, 64 bits (Fowler, Noll, Vo).
std::uint64_t fingerprint(std::span<const Lesson> lessons) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  Tables tables = tables_of(lessons);
  ensure(static_cast<bool>(tables.visit([&](const std::string&, const auto& array) -> Status {
           const auto* bytes = reinterpret_cast<const unsigned char*>(array.numbers.data());
           for (std::size_t i = 0; i < array.numbers.size() * 4; ++i) {
             hash = (hash ^ bytes[i]) * 0x100000001b3u;
           }
           return ok_status();
         })),
         "nothing fails here");
  return hash;
}

}  // namespace scinet
