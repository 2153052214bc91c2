#pragma once

// Freestanding integer names for riscv32 (ilp32): kernels see no host header.
using int8_t = signed char;
using uint8_t = unsigned char;
using int16_t = short;
using uint16_t = unsigned short;
using int32_t = int;
using uint32_t = unsigned int;
using int64_t = long long;
using uint64_t = unsigned long long;
using uintptr_t = unsigned int;
using size_t = decltype(sizeof 0);
