// `vad`: where in a sound somebody speaks, by Silero VAD v5. The model reads the sound in frames of
// 32 ms, carries a state from frame to frame and gives the probability of speech in each. How
// frames become segments follows the rules that Silero publishes with the model. Several sounds are
// heard frame by frame together, which saves about half of the work of each further one.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "serving/applications/applications.h"
#include "serving/rounded.h"
#include "serving/sound_bytes.h"

namespace scinet {
namespace {

constexpr const char* kModel = "vad/silero_vad_v5.onnx";

constexpr int kRate = 16'000;
constexpr std::size_t kFrame = 512;   // samples: 32 ms
constexpr std::size_t kContext = 64;  // samples of the frame before, put in front
constexpr std::size_t kLayers = 2;    // of the state, each of
constexpr std::size_t kWidth = 128;   // numbers

constexpr float kSpeech = 0.5f;                       // probability at which speech begins
constexpr float kSilence = 0.35f;                     // below which it may end
constexpr std::size_t kMinSpeech = kRate / 4;         // shorter sounds are no speech
constexpr std::size_t kMinSilence = kRate / 10;       // shorter pauses do not end it
constexpr std::size_t kPadding = kRate * 30 / 1'000;  // kept around a segment

struct Segment {  // in samples, the end not included
  std::size_t start = 0;
  std::size_t end = 0;
};

// A sound on its way through the model.
struct Listening {
  std::vector<float> samples;
  std::vector<float> window = std::vector<float>(kContext + kFrame, 0.0f);
  std::vector<float> state = std::vector<float>(kLayers * kWidth, 0.0f);
  std::vector<float> probabilities = {};  // of the frames so far

  bool is_over() const { return probabilities.size() * kFrame >= samples.size(); }
  void move_to_next_frame() {
    const std::size_t at = probabilities.size() * kFrame;
    std::copy(window.end() - kContext, window.end(), window.begin());
    std::fill(window.begin() + kContext, window.end(), 0.0f);  // the last frame may be short
    std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(at),
                std::min(kFrame, samples.size() - at), window.begin() + kContext);
  }
};

// The windows of several sounds side by side, and their states, which are so in each layer.
std::vector<Tensor> model_inputs(const std::vector<Listening*>& sounds) {
  std::vector<float> windows;
  std::vector<float> states;
  for (const Listening* sound : sounds) {
    windows.insert(windows.end(), sound->window.begin(), sound->window.end());
  }
  for (std::size_t layer = 0; layer < kLayers; ++layer) {
    for (const Listening* sound : sounds) {
      const auto first = sound->state.begin() + static_cast<std::ptrdiff_t>(layer * kWidth);
      states.insert(states.end(), first, first + kWidth);
    }
  }
  const auto count = static_cast<std::int64_t>(sounds.size());
  return {{{count, kContext + kFrame}, std::move(windows)},
          {{kLayers, count, kWidth}, std::move(states)},
          {{1}, std::vector<std::int64_t>{kRate}}};
}

// The next frame of all these sounds in one run of the model.
Status hear_frame(const OnnxSession& model, const std::vector<Listening*>& sounds) {
  for (Listening* sound : sounds) sound->move_to_next_frame();
  const Result<std::vector<Tensor>> outputs = model.run(model_inputs(sounds));
  if (!outputs) return outputs.error();
  const auto& probabilities = std::get<std::vector<float>>(outputs.value().at(0).values);
  const auto& states = std::get<std::vector<float>>(outputs.value().at(1).values);
  if (probabilities.size() != sounds.size() || states.size() != kLayers * sounds.size() * kWidth) {
    return Error{ErrorCode::kInternal,
                 std::string(kModel) + ": gives no probability and state for each sound"};
  }
  for (std::size_t i = 0; i < sounds.size(); ++i) {
    sounds[i]->probabilities.push_back(probabilities[i]);
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
      const auto from = static_cast<std::ptrdiff_t>((layer * sounds.size() + i) * kWidth);
      std::copy_n(states.begin() + from, kWidth,
                  sounds[i]->state.begin() + static_cast<std::ptrdiff_t>(layer * kWidth));
    }
  }
  return ok_status();
}

// All sounds to their ends, those that last longest alone at last.
Status hear(const OnnxSession& model, std::vector<Listening>& sounds) {
  while (true) {
    std::vector<Listening*> heard;
    for (Listening& sound : sounds) {
      if (!sound.is_over()) heard.push_back(&sound);
    }
    if (heard.empty()) return ok_status();
    if (Status status = hear_frame(model, heard); !status) return status;
  }
}

std::vector<Segment> find_speech(const std::vector<float>& probabilities, std::size_t length) {
  std::vector<Segment> segments;
  const auto keep = [&segments](std::size_t start, std::size_t end) {
    if (end - start > kMinSpeech) segments.push_back({start, end});
  };
  bool speaking = false;
  std::size_t start = 0;
  std::size_t quiet_since = 0;  // 0: not quiet
  for (std::size_t frame = 0; frame < probabilities.size(); ++frame) {
    const std::size_t now = frame * kFrame;
    const float probability = probabilities[frame];
    if (probability >= kSpeech) {
      if (!speaking) start = now;
      speaking = true;
      quiet_since = 0;
    } else if (speaking && probability < kSilence) {
      if (quiet_since == 0) quiet_since = now;
      if (now - quiet_since >= kMinSilence) {
        keep(start, quiet_since);
        speaking = false;
        quiet_since = 0;
      }
    }
  }
  if (speaking) keep(start, length);
  return segments;
}

// A little more on both sides, at most half of the pause between two segments.
void pad(std::vector<Segment>& segments, std::size_t length) {
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (i == 0) segments[i].start -= std::min(segments[i].start, kPadding);
    const bool last = i + 1 == segments.size();
    const std::size_t pause = last ? 0 : segments[i + 1].start - segments[i].end;
    const std::size_t padding = last ? kPadding : std::min(kPadding, pause / 2);
    segments[i].end = std::min(length, segments[i].end + padding);
    if (!last) segments[i + 1].start -= padding;
  }
}

std::string answer_for(const Listening& sound) {
  const std::size_t length = sound.samples.size();
  std::vector<Segment> segments = find_speech(sound.probabilities, length);
  pad(segments, length);

  std::size_t spoken = 0;
  auto list = nlohmann::ordered_json::array();
  for (const Segment& segment : segments) {
    spoken += segment.end - segment.start;
    list.push_back({{"start_s", rounded(static_cast<double>(segment.start) / kRate)},
                    {"end_s", rounded(static_cast<double>(segment.end) / kRate)}});
  }
  const double ratio = static_cast<double>(spoken) / static_cast<double>(length);
  return nlohmann::ordered_json{{"speech", !segments.empty()},
                                {"segments", std::move(list)},
                                {"speech_ratio", rounded(ratio)}}
      .dump();
}

std::vector<Result<std::string>> detect_speech(ModelStore& models,
                                               std::span<const FragmentInputs> requests) {
  std::vector<std::optional<Error>> failures(requests.size());
  std::vector<Listening> sounds;  // of those that are sounds
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Result<Sound> sound = decode_wav(requests[i].front());
    if (sound) sounds.push_back({.samples = resample(sound.value(), kRate).samples});
    if (!sound) failures[i] = sound.error();
  }
  const Result<const OnnxSession*> model = models.session(kModel);
  const Status heard = model ? hear(*model.value(), sounds) : Status(model.error());
  std::vector<Result<std::string>> answers;
  auto sound = sounds.begin();
  for (const std::optional<Error>& failure : failures) {
    if (failure) {
      answers.emplace_back(*failure);
    } else if (!heard) {
      answers.emplace_back(heard.error());
    } else {
      answers.emplace_back(answer_for(*sound++));
    }
  }
  return answers;
}

Result<std::string> detect_speech_in_one(ModelStore& models, FragmentInputs inputs) {
  return std::move(detect_speech(models, {&inputs, 1}).front());
}

}  // namespace

ApplicationDefinition vad_application() {
  return {"vad",
          "a WAV sound of up to 60 s in, where somebody speaks out as JSON",
          "application/json",
          {{"whole", {{"listen", {kModel}, detect_speech_in_one, {}, detect_speech}}}}};
}

}  // namespace scinet
