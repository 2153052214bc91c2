// No engine at all: counts primes with a sieve in DTCM and mixes the counts with multiplications
// and shifts. Loads, stores, branches, arithmetic, as compiled code has them.
#include <npu.h>

#include "task.h"

constexpr uint32_t kNumbers = 8192;
constexpr int kRounds = 100;

static uint8_t composite[kNumbers];

void kernel(const task::Args&) {
  uint32_t mixed = 1;
  for (int round = 0; round < kRounds; ++round) {
    for (uint32_t i = 0; i < kNumbers; ++i) composite[i] = 0;
    uint32_t primes = 0;
    for (uint32_t i = 2; i < kNumbers; ++i) {
      if (composite[i] != 0) continue;
      ++primes;
      mixed = (mixed ^ i) * 0x01000193;
      mixed ^= mixed >> 15;
      for (uint32_t j = i + i; j < kNumbers; j += i) composite[j] = 1;
    }
    mixed += primes;
  }
  volatile uint32_t result = mixed;
  (void)result;
}
