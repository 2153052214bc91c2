# coldforge_verilate(NAME rtl_fma PREFIX VFma TOP tb_core SOURCES cf_isa_pkg.sv tb_core.sv ...
#                    FOLDERS rtl/common ... [ARGS -GUnit=3 ...] [DEPENDS targets ...])
#
# Verilates one module into a static library NAME with the class PREFIX ("VFma.h"). SOURCES are read in
# order (packages first), modules that they do not define are looked for in FOLDERS. The library is built
# anew when a file that Verilator read has changed.
#
# Verilated code is compiled by clang -O3, which makes it twice as fast as g++ does, as one file, through
# ccache. COLDFORGE_VERILATOR_FOUND says whether the tools are there.
find_program(VERILATOR_PROGRAM verilator)
find_program(VERILATED_CXX NAMES clang++)
find_path(VERILATED_INCLUDE_DIR verilated.h PATHS /usr/share/verilator/include)

set(COLDFORGE_VERILATOR_FOUND OFF)
if(VERILATOR_PROGRAM AND VERILATED_CXX AND VERILATED_INCLUDE_DIR)
  set(COLDFORGE_VERILATOR_FOUND ON)
endif()
set(COLDFORGE_VERILATOR_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/verilated_unity.cmake")

if(COLDFORGE_VERILATOR_FOUND AND NOT TARGET coldforge_verilated)
  add_library(coldforge_verilated STATIC "${VERILATED_INCLUDE_DIR}/verilated.cpp"
                                         "${VERILATED_INCLUDE_DIR}/verilated_threads.cpp")
  target_include_directories(coldforge_verilated SYSTEM PUBLIC "${VERILATED_INCLUDE_DIR}"
                                                               "${VERILATED_INCLUDE_DIR}/vltstd")
  target_compile_options(coldforge_verilated PRIVATE -w)
  find_package(Threads REQUIRED)
  target_link_libraries(coldforge_verilated PUBLIC Threads::Threads)
endif()

function(coldforge_verilate)
  cmake_parse_arguments(arg "" "NAME;PREFIX;TOP" "SOURCES;FOLDERS;ARGS;DEPENDS" ${ARGN})
  set(dir "${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}")
  set(archive "${dir}/lib${arg_NAME}.a")
  list(TRANSFORM arg_FOLDERS PREPEND "+incdir+")  # for modules, too
  file(MAKE_DIRECTORY "${dir}")
  add_custom_command(
    OUTPUT "${archive}"
    # Verilator leaves files of earlier runs, and all files of the folder are compiled.
    COMMAND "${CMAKE_COMMAND}" -E rm -rf "${dir}"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${dir}"
    COMMAND "${VERILATOR_PROGRAM}" --cc -O3 --x-assign fast --x-initial fast --MMD
            --top-module "${arg_TOP}" --prefix "${arg_PREFIX}" --Mdir "${dir}"
            ${arg_ARGS} ${arg_FOLDERS} ${arg_SOURCES}
    COMMAND "${CMAKE_COMMAND}" -D "DIR=${dir}" -D "PREFIX=${arg_PREFIX}" -D "ARCHIVE=${archive}"
            -P "${COLDFORGE_VERILATOR_SCRIPT}"
    COMMAND ${CCACHE_PROGRAM} "${VERILATED_CXX}" -std=c++17 -O3 -fPIC -w -DVERILATOR=1 -DVM_COVERAGE=0
            -DVM_SC=0 -DVM_TRACE=0 -I "${dir}" -isystem "${VERILATED_INCLUDE_DIR}"
            -isystem "${VERILATED_INCLUDE_DIR}/vltstd" -c "${dir}/unity.cc" -o "${dir}/unity.o"
    COMMAND "${CMAKE_AR}" rcs "${archive}" "${dir}/unity.o"
    DEPENDS ${arg_SOURCES} ${arg_DEPENDS} "${COLDFORGE_VERILATOR_SCRIPT}"
    DEPFILE "${dir}/unity.d"
    COMMENT "Verilating ${arg_TOP} as ${arg_PREFIX}"
    VERBATIM)
  add_custom_target(${arg_NAME}_archive DEPENDS "${archive}")
  add_library(${arg_NAME} INTERFACE)
  add_dependencies(${arg_NAME} ${arg_NAME}_archive)
  target_include_directories(${arg_NAME} SYSTEM INTERFACE "${dir}")
  target_link_libraries(${arg_NAME} INTERFACE "${archive}" coldforge_verilated)
endfunction()
