#include "kernels/build/link_script.h"

#include <fmt/format.h>

namespace coldforge::kernels {

std::string link_script(const isa::Arch& arch) {
  constexpr std::int64_t kLeastStackBytes = 4096;
  return fmt::format(R"(ENTRY(_start)
MEMORY {{
  itcm (rx) : ORIGIN = 0, LENGTH = {itcm}
  dtcm (rw) : ORIGIN = {data:#x}, LENGTH = {dtcm}
}}
PHDRS {{
  code PT_LOAD FLAGS(5);
  data PT_LOAD FLAGS(6);
}}
SECTIONS {{
  .text : {{ *(.text.start) *(.text .text.*) }} > itcm :code
  .rodata : {{ *(.rodata .rodata.* .srodata .srodata.*) }} > dtcm :data
  .data : {{ *(.data .data.* .sdata .sdata.*) }} > dtcm :data
  .bss : {{ *(.bss .bss.* .sbss .sbss.* COMMON) }} > dtcm :data
  __stack_top = ORIGIN(dtcm) + LENGTH(dtcm);
  ASSERT(__stack_top - (ADDR(.bss) + SIZEOF(.bss)) >= {stack}, "static data leaves no room for the stack in DTCM")
  /DISCARD/ : {{ *(.comment) *(.eh_frame) *(.note*) *(.riscv.attributes) }}
}}
)",
                     fmt::arg("itcm", arch.scalar.itcm_bytes),
                     fmt::arg("data", kArgumentBase + kArgumentBytes),
                     fmt::arg("dtcm", arch.scalar.dtcm_bytes - kArgumentBytes),
                     fmt::arg("stack", kLeastStackBytes));
}

}  // namespace coldforge::kernels
