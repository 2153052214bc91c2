# coldforge::compiler carries what every target of ours is compiled with.
#
# -ffp-contract=off: a*b+c rounds twice unless the source says fma(). Results and stored Q-values are
# replayed bit for bit, so the compiler must not choose.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug or RelWithDebInfo" FORCE)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(coldforge_compiler INTERFACE)
add_library(coldforge::compiler ALIAS coldforge_compiler)
target_include_directories(coldforge_compiler INTERFACE "${PROJECT_SOURCE_DIR}"
                                                        "${PROJECT_BINARY_DIR}/generated")
target_compile_options(coldforge_compiler INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
                                                    -Wconversion -Wno-sign-conversion
                                                    -ffp-contract=off -fno-fast-math)
option(COLDFORGE_WERROR "Treat warnings as errors" OFF)
if(COLDFORGE_WERROR)
  target_compile_options(coldforge_compiler INTERFACE -Werror)
endif()
option(COLDFORGE_SANITIZE "Build with address and undefined-behaviour sanitizers" OFF)
if(COLDFORGE_SANITIZE)
  target_compile_options(coldforge_compiler INTERFACE -fsanitize=address,undefined
                                                      -fno-omit-frame-pointer)
  target_link_options(coldforge_compiler INTERFACE -fsanitize=address,undefined)
endif()

find_program(LLD_PROGRAM ld.lld)
if(LLD_PROGRAM)
  target_link_options(coldforge_compiler INTERFACE -fuse-ld=lld)
endif()
