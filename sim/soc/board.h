#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <systemc>
#include <vector>

#include "sim/mem/buffer_map.h"
#include "sim/mem/dram_target.h"
#include "sim/run.h"
#include "sim/trace/races.h"

namespace coldforge::sim {

/// What an NPU sits on in a run, whichever backend it is: DRAM with the buffers, the race check,
/// and a host that asks for nothing.
class Board {
 public:
  /// All arguments outlive the board. Only the first `callers_buffers` come back in the result.
  Board(const isa::Isa& isa, const isa::Arch& arch, const Program& program,
        const std::vector<Buffer>& buffers, std::size_t callers_buffers, const RunOptions& options);

  /// nullptr if the options want no race check.
  RaceCheck* races() { return options_.race_check ? &races_ : nullptr; }
  DramStats dram_stats() const { return dram_.stats(); }

  /// Plugs an NPU (soc/npu.h, rtl/rtl_npu.h) in. Its stop ends sc_start().
  template <class AnyNpu>
  void plug(AnyNpu& npu) {
    npu.scalar_isock.bind(dram_.scalar_tsock);
    npu.load_isock.bind(dram_.load_tsock);
    npu.store_isock.bind(dram_.store_tsock);
    host_.isock.bind(npu.host_tsock);
    npu.on_stop = [] { sc_core::sc_pause(); };
  }

  /// Bytes of ITCM or DTCM; empty if they do not lie in one of them.
  using ReadCore = std::function<std::vector<std::uint8_t>(std::uint32_t address, std::uint32_t)>;
  /// After the run and its outcome: buffers, signature, DRAM counters, races. A race makes an
  /// outcome of Exited.
  void collect(RunResult& result, const ReadCore& core);

 private:
  struct Host : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<Host> isock{"isock"};
    explicit Host(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {}
  };
  std::vector<std::uint8_t> signature(const ReadCore& core) const;

  const Program& program_;
  const std::vector<Buffer>& buffers_;
  const std::size_t callers_buffers_;
  const RunOptions& options_;
  BufferMap map_;
  RaceCheck races_;
  DramTarget dram_;
  Host host_{"host"};
};

}  // namespace coldforge::sim
