#pragma once

#include <string>

namespace coldforge {

/// Where the program keeps what it can make again (compiled kernels, verilated machines):
/// $COLDFORGE_CACHE, else $XDG_CACHE_HOME/coldforge, else ~/.cache/coldforge, else a folder of the
/// user in /tmp. Is not made.
std::string cache_folder();

}  // namespace coldforge
