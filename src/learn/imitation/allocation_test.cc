// Once it has seen a view as large, the network allocates nothing: malloc is counted.
#include <cstdlib>

#include "learn/imitation/forward.h"
#include "learn/imitation/imitation_testing.h"
#include "tests/random_cluster.h"

namespace {

bool is_counting = false;
std::size_t allocations = 0;

}  // namespace

// The C library's own, which malloc stands for as long as nobody takes its place.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* from, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  allocations += is_counting;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  allocations += is_counting;
  return __libc_calloc(count, size);
}
void* realloc(void* from, std::size_t size) {
  allocations += is_counting;
  return __libc_realloc(from, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  allocations += is_counting;
  return __libc_memalign(alignment, size);
}
}

namespace scinet {
namespace {

class Counting {
 public:
  Counting() {
    allocations = 0;
    is_counting = true;
  }
  ~Counting() { is_counting = false; }
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;

  std::size_t count() const { return allocations; }
};

TEST(ImitationForward, AllocatesNothingOnceItHasSeenAViewAsLarge) {
  for (const std::size_t most_apart : {std::size_t{1024}, std::size_t{0}}) {
    ImitationForward network(imitation_noise(1), {});
    for (int round = 0; round < 2; ++round) {
      for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const TestCluster cluster = random_cluster(seed);
        DecisionWalk walk(cluster.view, {.most_apart = most_apart, .most_groups = 12});
        const std::vector<Question> questions =
            questions_by_chance(walk, RandomStreams(seed).stream("answers"));
        float sum = 0.0f;
        const Counting counting;
        network.see(walk.rows());
        for (const Question& question : questions) sum += network.logits(question).front();
        for (const float next : network.next_utilisation()) sum += next;
        const std::size_t count = counting.count();
        EXPECT_TRUE(std::isfinite(sum));
        if (round == 0) continue;
        EXPECT_EQ(count, 0u) << "seed " << seed << ", most apart " << most_apart;
      }
    }
  }
}

TEST(Counting, SeesAllocations) {
  const Counting counting;
  const auto values = std::make_unique<std::vector<double>>(100);
  FloatRows rows(3, static_cast<Eigen::Index>(values->size()));
  EXPECT_GE(counting.count(), 3u) << rows.size();
}

}  // namespace
}  // namespace scinet
