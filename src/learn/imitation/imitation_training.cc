#include "learn/imitation/imitation_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numeric>
#include <ostream>
#include <system_error>
#include <utility>

#include "learn/episode.h"
#include "learn/imitation/disturbed_lessons.h"
#include "learn/imitation/imitation_policy.h"
#include "learn/imitation/lesson_files.h"
#include "learn/on_all_processors.h"
#include "policy/baselines.h"
#include "policy/expected_demand.h"
#include "report/results.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

constexpr double kLongestBoot = 14;  // beats
constexpr std::size_t kShard = 50;   // runs whose lessons are kept as one
constexpr std::uint64_t kWholeRunsSeed = 0;

struct Phase {
  std::string name;
  Guidance guidance;
  std::size_t runs = 0;
  FitSettings fit;
};

std::size_t share_of(double effort, std::size_t runs) {
  return std::max<std::size_t>(
      static_cast<std::size_t>(std::lround(effort * static_cast<double>(runs))), 4);
}

std::vector<Phase> phases_of(const ImitationTraining& training) {
  const auto runs = [&](std::size_t whole) { return share_of(training.effort, whole); };
  const FitSettings first{.epochs = 12, .batch = 32, .rate = 0.002, .decay = 0.1};
  const FitSettings later{.epochs = 6, .batch = 32, .rate = 0.001, .decay = 0.1};
  std::vector<Phase> phases;
  if (training.design.teacher_forcing) {
    phases.push_back({"forced", Guidance::kTeacher, runs(800), first});
  }
  phases.push_back(
      {"free", Guidance::kOwnAnswers, runs(400), training.design.teacher_forcing ? later : first});
  if (!training.design.rounds) return phases;
  for (int round = 1; round <= 5; ++round) {
    phases.push_back({fmt::format("round-{}", round), Guidance::kOwnRuns, runs(800),
                      round == 5 ? first : later});
  }
  return phases;
}

// What must agree for a folder to be gone on with.
std::string identity_of(const ImitationTraining& training) {
  const ImitationDesign& design = training.design;
  return fmt::format(
      "version 6\nseed {}\neffort {}\nattention {}\nco-design {}\nteacher forcing {}\nrounds {}\n"
      "predictions {}\n",
      training.seed, training.effort, design.attention, design.codesign, design.teacher_forcing,
      design.rounds, design.predictions);
}

Status claim(const ImitationTraining& training) {
  const fs::path file = training.folder / "training.txt";
  const std::string identity = identity_of(training);
  std::error_code ignored;
  fs::create_directories(training.folder, ignored);
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return write_whole(file, identity);
  const std::string found{std::istreambuf_iterator<char>(stream), {}};
  if (found == identity) return ok_status();
  return Error{
      ErrorCode::kInvalidInput,
      fmt::format("{}: holds another training ({}); choose another folder or remove it",
                  training.folder.string(), found.substr(0, found.find('\n', found.find("seed"))))};
}

class Course {
 public:
  Course(const ImitationTraining& training, const OnImitationProgress& on_progress)
      : training_(training),
        on_progress_(on_progress),
        streams_(training.seed),
        phases_(phases_of(training)) {
    school_.lesson.walk = walk_settings(training.design);
    school_.shape = network_shape(training.design);
    for (const Phase& phase : phases_) all_work_ += work_of(phase);
    held_runs_ = share_of(training.effort, 200);
    whole_runs_ = share_of(training.effort, 3200);
    large_runs_ = share_of(training.effort, 80);
    all_work_ +=
        3.0 * static_cast<double>(held_runs_) + work_of_whole_runs() + work_of_large_runs();
  }

  Result<ImitationResult> run() {
    ImitationResult result;
    Weights weights = untrained_imitation(streams_.stream("weights"));
    Result<std::vector<Lesson>> validation = held_out("validation", Guidance::kTeacher, nullptr);
    if (!validation) return validation.error();
    std::vector<Lesson> lessons;
    for (std::size_t i = 0; i < phases_.size(); ++i) {
      Result<std::vector<Lesson>> more = lessons_of(i, weights);
      if (!more) return more.error();
      PhaseReport report{.phase = phases_[i].name, .lessons = more.value().size()};
      std::ranges::move(more.value(), std::back_inserter(lessons));
      const Status studied = study_all(i, lessons, weights, report.losses);
      if (!studied) return studied.error();
      report.validation = examine(weights, validation.value(), school_.shape);
      result.phases.push_back(std::move(report));
    }
    const auto examined = [&](std::span<const Lesson> held) {
      return examine(weights, held, school_.shape);
    };
    const Result<std::vector<Lesson>> test = held_out("test", Guidance::kOwnRuns, &weights);
    if (!test) return test.error();
    result.test = examined(test.value());
    result.test_blank = examined(without_features(test.value()));
    result.test_shuffled =
        examined(with_shuffled_features(test.value(), streams_.stream("shuffle")));
    const Result<std::vector<Lesson>> elsewhere =
        held_out("elsewhere", Guidance::kOwnRuns, &weights);
    if (!elsewhere) return elsewhere.error();
    result.test_elsewhere = examined(elsewhere.value());
    result.whole_runs = play_runs("validation", whole_runs_, work_of_whole_runs(), weights);
    result.large_runs = play_runs("large", large_runs_, work_of_large_runs(), weights);
    result.checkpoint.data = fmt::format("{:016x}", fingerprint(lessons));
    result.checkpoint.weights = std::move(weights);
    return result;
  }

 private:
  static double work_of(const Phase& phase) { return 1.3 * static_cast<double>(phase.runs); }

  // A run that teaches plays each of its decisions many times; these are played once.
  double work_of_whole_runs() const { return 0.1 * static_cast<double>(whole_runs_); }
  double work_of_large_runs() const { return 2.0 * static_cast<double>(large_runs_); }

  void tell(const std::string& phase, double work, double loss = 0.0) const {
    if (on_progress_) {
      on_progress_(
          {.phase = phase, .done = std::min((done_ + work) / all_work_, 1.0), .loss = loss});
    }
  }

  // Runs [0, count), kept in the folder and read from there where they are already.
  Result<std::vector<Lesson>> kept_lessons(const std::string& name, std::size_t count,
                                           std::string_view split, const SchoolSettings& school,
                                           const Weights* network) {
    const RandomStreams own(streams_.stream(name).next());
    std::vector<Lesson> lessons;
    for (std::size_t first = 0; first < count; first += kShard) {
      const std::size_t last = std::min(first + kShard, count);
      const fs::path folder = training_.folder / "lessons" / fmt::format("{}-{}", name, first);
      Result<std::vector<Lesson>> shard = read_lessons(folder);
      if (!shard && shard.error().code != ErrorCode::kNotFound) return shard.error();
      if (!shard) {
        const auto scenario = [&](std::size_t run) {
          return scenario_of_split(split, run, school.beats, own);
        };
        shard = lessons_of_runs(first, last, scenario, school, network, own, [&](double share) {
          tell(name, static_cast<double>(first) + share * static_cast<double>(last - first));
        });
        const Status written = write_lessons(folder, shard.value());
        if (!written) return written.error();
      }
      std::ranges::move(shard.value(), std::back_inserter(lessons));
    }
    done_ += static_cast<double>(count);
    return lessons;
  }

  Result<std::vector<Lesson>> held_out(const std::string& split, Guidance guidance,
                                       const Weights* network) {
    SchoolSettings school = school_;
    school.guidance = guidance;
    return kept_lessons(split, held_runs_, split, school, network);
  }

  Result<std::vector<Lesson>> lessons_of(std::size_t i, const Weights& weights) {
    SchoolSettings school = school_;
    school.guidance = phases_[i].guidance;
    return kept_lessons(phases_[i].name, phases_[i].runs, "train", school, &weights);
  }

  WholeRuns play_runs(std::string_view split, std::size_t runs, double work,
                      const Weights& weights) {
    constexpr int kBeats = 80;
    const RandomStreams same(kWholeRunsSeed);
    const LearnedNetwork network{
        .weights = weights, .shape = school_.shape, .walk = school_.lesson.walk};
    std::vector<double> qos(runs);
    std::vector<double> cosim_qos(runs);
    const auto play_run = [&](std::size_t run) {
      const Scenario scenario = scenario_of_split(split, run, kBeats, same);
      const RandomStreams own(same.stream("run", run).next());
      qos[run] = qos_of_run(scenario, *make_scinet(network), kBeats, own);
      cosim_qos[run] = qos_of_run(scenario, *expecting_demand(make_cosim()), kBeats, own);
    };
    on_all_processors(
        runs, [&] { return play_run; }, [&](double share) { tell("whole runs", share * work); });
    done_ += work;
    const auto mean = [](const std::vector<double>& values) {
      return std::accumulate(values.begin(), values.end(), 0.0) /
             static_cast<double>(values.size());
    };
    return {.runs = runs, .beats = kBeats, .qos = mean(qos), .cosim_qos = mean(cosim_qos)};
  }

  // From the weights of this phase where they are kept already.
  Status study_all(std::size_t i, const std::vector<Lesson>& lessons, Weights& weights,
                   std::vector<double>& losses) {
    const Phase& phase = phases_[i];
    const fs::path file = training_.folder / fmt::format("after-{}.json", phase.name);
    const double work = 0.3 * static_cast<double>(phase.runs);
    std::error_code ignored;
    if (fs::exists(file, ignored)) {
      Result<Checkpoint> kept = load_checkpoint(file, "scinet", imitation_shapes());
      if (!kept) return kept.error();
      weights = std::move(kept.value().weights);
      losses = std::move(kept.value().losses);
    } else {
      study(weights, lessons, {.fit = phase.fit, .shape = school_.shape},
            streams_.stream("order", i), [&](const FitProgress& progress) {
              losses.push_back(progress.loss);
              tell(phase.name + " study", work * progress.epoch / progress.epochs, progress.loss);
            });
      round_to_float(weights);
      const Checkpoint checkpoint{.policy = "scinet",
                                  .command = {},
                                  .seed = training_.seed,
                                  .held_out = {},
                                  .losses = losses,
                                  .weights = weights};
      const Status written = write_whole(file, to_json_text(checkpoint));
      if (!written) return written;
    }
    done_ += work;
    return ok_status();
  }

  const ImitationTraining& training_;
  const OnImitationProgress& on_progress_;
  RandomStreams streams_;
  std::vector<Phase> phases_;
  SchoolSettings school_;
  std::size_t held_runs_ = 0;
  std::size_t whole_runs_ = 0;
  std::size_t large_runs_ = 0;
  double all_work_ = 0.0;
  double done_ = 0.0;
};

std::string in_words(std::string_view head, std::string_view what, std::string_view where) {
  return fmt::format("{} of the {} head{}", what, head, where);
}

void add_figures(std::vector<HeldOutError>& figures, const StudyReport& report,
                 std::string_view where) {
  for (std::size_t k = 0; k < kHeads; ++k) {
    const HeadReport& head = report.heads[k];
    const std::string_view name = to_string(static_cast<Head>(k));
    figures.push_back({in_words(name, "QoS lost by an answer", where), head.regret,
                       head.rule_regret, "one rule on closed forms"});
    figures.push_back({in_words(name, "share of best answers", where), head.agreement,
                       std::max(head.rule_agreement, head.majority_agreement),
                       "the better of one rule and the most frequent answer"});
  }
  figures.push_back(
      {fmt::format("root mean square error of the utilisation of the next beat{}", where),
       report.utilisation_error, report.persistence_error, "last value"});
}

}  // namespace

WalkSettings walk_settings(const ImitationDesign& design) {
  return {.heads_see_earlier = design.codesign, .predictions = design.predictions};
}

NetworkShape network_shape(const ImitationDesign& design) {
  return {.attention = design.attention};
}

Scenario scenario_of_split(std::string_view split, std::size_t run, int beats,
                           const RandomStreams& streams) {
  RandomStream random = streams.stream("kind", run);
  RandomScenarioSettings settings{.hosts = {4, 20},
                                  .host_types = {1, 5},
                                  .load = {0.03, 0.6},
                                  .requests_a_beat = {0.3, 6},
                                  .beats = beats,
                                  .share_at_once = 0.3};
  const double kind = random.uniform();
  if (kind > 0.75) settings.hosts = {21, 40};
  if (kind > 0.92) settings.hosts = {41, 64};
  if (random.uniform() < 0.3) settings.cadence = Cadence::kArrival;
  if (split == "elsewhere") {
    settings.host_types = {6, 8};
    settings.applications = {9, 14};
    settings.load = {0.3, 0.9};
    settings.requests_a_beat = {4, 10};
    settings.hosts = {5, 80};
  }
  if (split == "large") {
    settings.hosts = {128, 256};
    settings.requests_a_beat = {4, 60};
  }
  Scenario scenario = random_scenario(settings, streams.stream("scenario", run));
  // A rollout looks no further ahead than 20 beats: it cannot tell what a host is good for that
  // takes longer to boot.
  for (HostType& type : scenario.catalogue.host_types) {
    type.boot_time = std::min(type.boot_time, kLongestBoot * scenario.beat);
  }
  return scenario;
}

Result<ImitationResult> train_imitation(const ImitationTraining& training,
                                        const OnImitationProgress& on_progress) {
  const Status claimed = claim(training);
  if (!claimed) return claimed.error();
  Result<ImitationResult> result = Course(training, on_progress).run();
  if (!result) return result.error();
  Checkpoint& checkpoint = result.value().checkpoint;
  checkpoint.policy = "scinet";
  checkpoint.seed = training.seed;
  checkpoint.settings = {{"attention", training.design.attention},
                         {"codesign", training.design.codesign},
                         {"teacher_forcing", training.design.teacher_forcing},
                         {"rounds", training.design.rounds},
                         {"predictions", training.design.predictions}};
  add_figures(checkpoint.held_out, result.value().test, "");
  add_figures(checkpoint.held_out, result.value().test_elsewhere, ", in other families");
  const auto add_runs = [&](const WholeRuns& played, std::string_view where) {
    checkpoint.held_out.push_back(
        {fmt::format("QoS of {} runs of {} beats in made-up {}", played.runs, played.beats, where),
         played.qos, played.cosim_qos, "cosim"});
  };
  add_runs(result.value().whole_runs, "scenarios");
  add_runs(result.value().large_runs, "scenarios of 128 to 256 hosts");
  return result;
}

}  // namespace scinet
