#include "twin/model_memory.h"

#include <gtest/gtest.h>

#include "twin/twin_testing.h"

namespace scinet {
namespace {

constexpr HostId kHost{0};

ModelId model(std::uint32_t application) {
  return {ApplicationId{application}, StrategyId{0}, FragmentId{0}};
}

Fragment sized(Mebibytes model_memory, Mebibytes task_memory) {
  Fragment fragment = plain_fragment();
  fragment.model_memory = model_memory;
  fragment.memory = task_memory;
  return fragment;
}

ModelMemory memory_of(Mebibytes size) {
  ModelMemory memory(1);
  memory.set_size(kHost, size);
  return memory;
}

std::vector<ModelId> resident(const ModelMemory& memory) {
  std::vector<ModelId> models;
  for (Slot slot = memory.first(kHost); slot != kNoSlot; slot = memory[slot].next) {
    if (memory[slot].state == ModelMemory::State::kResident) models.push_back(memory[slot].model);
  }
  std::ranges::sort(models);
  return models;
}

TEST(ModelMemory, AModelIsCountedOnceAndATaskEachTime) {
  ModelMemory memory = memory_of(Mebibytes(1000));
  const Fragment fragment = sized(Mebibytes(300), Mebibytes(50));
  const Slot entry = memory.enqueue(kHost, model(0), fragment);
  memory.enqueue(kHost, model(0), fragment);
  ASSERT_TRUE(memory.admit(kHost, entry));
  memory.start_load(entry, SimTime(0), Mi(0));
  ASSERT_TRUE(memory.admit(kHost, entry));
  EXPECT_EQ(memory.used(kHost), Mebibytes(400));
  memory.release(kHost, entry);
  memory.release(kHost, entry);
  EXPECT_EQ(memory.used(kHost), Mebibytes(300));
}

TEST(ModelMemory, AModelThatAQueuedTaskWantsIsEvictedLast) {
  ModelMemory memory = memory_of(Mebibytes(1000));
  const Fragment idle = sized(Mebibytes(400), Mebibytes(0));
  memory.restore(kHost, model(0), idle, ModelMemory::State::kResident);
  memory.restore(kHost, model(1), idle, ModelMemory::State::kResident);
  const Fragment large = sized(Mebibytes(0), Mebibytes(600));
  const Slot first = memory.enqueue(kHost, model(3), large);
  memory.enqueue(kHost, model(0), idle);
  // 200 MiB are free and 600 wanted. Model 0 has the smaller id but is wanted, so model 1 goes.
  ASSERT_TRUE(memory.admit(kHost, first));
  memory.finish_load(first);
  EXPECT_EQ(resident(memory), (std::vector<ModelId>{model(0), model(3)}));
  EXPECT_EQ(memory.used(kHost), Mebibytes(1000));
}

TEST(ModelMemory, ButItIsEvictedWhenNothingElseHelps) {
  // Or the first of the queue would wait for room, and the second for the first, for ever.
  ModelMemory memory = memory_of(Mebibytes(1000));
  const Fragment idle = sized(Mebibytes(400), Mebibytes(0));
  memory.restore(kHost, model(0), idle, ModelMemory::State::kResident);
  const Slot first = memory.enqueue(kHost, model(3), sized(Mebibytes(0), Mebibytes(1000)));
  const Slot second = memory.enqueue(kHost, model(0), idle);
  ASSERT_TRUE(memory.admit(kHost, first));
  EXPECT_EQ(memory[second].state, ModelMemory::State::kAbsent);
}

TEST(ModelMemory, RoundingNeverKeepsAHostFull) {
  // Sizes without exact binary form, added and taken away many times: an empty host still holds
  // a task as large as itself.
  ModelMemory memory = memory_of(Mebibytes(0.7));
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const Slot entry = memory.enqueue(kHost, model(0), sized(Mebibytes(0.1), Mebibytes(0.2)));
    memory.enqueue(kHost, model(0), sized(Mebibytes(0.1), Mebibytes(0.2)));
    ASSERT_TRUE(memory.admit(kHost, entry));
    memory.finish_load(entry);
    ASSERT_TRUE(memory.admit(kHost, entry));
    memory.release(kHost, entry);
    memory.release(kHost, entry);
    const Slot whole = memory.enqueue(kHost, model(1), sized(Mebibytes(0), Mebibytes(0.7)));
    ASSERT_TRUE(memory.admit(kHost, whole)) << "round " << i;
    memory.finish_load(whole);
    memory.release(kHost, whole);
  }
}

}  // namespace
}  // namespace scinet
