#include <catch2/catch.hpp>

#include "tests/system/verify/verify_fixture.h"

using namespace coldforge;
using kernels::Distribution;

TEST_CASE("a trial store makes a trial once and forgets what was wanted longest ago", "[verify]") {
  const kernels::Task task = test::small_relu();
  const kernels::Trial first{1, Distribution::Normal}, second{2, Distribution::Normal};
  constexpr std::uint32_t kPeriod = 65536;
  std::size_t trial_bytes = 16 * 64 * sizeof(double);  // the golden y
  for (const auto& buffer : agent::make_trial_data(task, first, {}, kPeriod).buffers)
    trial_bytes += buffer.bytes.size();

  agent::TrialStore roomy(2 * trial_bytes);
  const auto data = roomy.get(task, first, kPeriod);
  CHECK(data->golden[0].values ==
        agent::make_trial_data(task, first, {}, kPeriod).golden[0].values);
  CHECK(roomy.get(task, second, kPeriod)->key != data->key);
  CHECK(roomy.get(task, first, kPeriod) == data);

  agent::TrialStore tight(2 * trial_bytes - 1);
  const auto held = tight.get(task, first, kPeriod);
  tight.get(task, second, kPeriod);
  const auto again = tight.get(task, first, kPeriod);
  CHECK(again != held);
  CHECK(again->key == held->key);
  CHECK(again->buffers[0].bytes == held->buffers[0].bytes);
}
