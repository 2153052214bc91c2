# coldforge_add_tests(NAME unit_memory LABEL unit SOURCES a_test.cpp ... LIBS coldforge::memory ...)
#
# One Catch2 program; ctest runs each TEST_CASE in a process of its own, because SystemC elaborates once a process.
include(Catch)

add_library(coldforge_catch_main OBJECT "${PROJECT_SOURCE_DIR}/tests/support/catch_main.cpp")
target_link_libraries(coldforge_catch_main PUBLIC coldforge::compiler Catch2::Catch2)

function(coldforge_add_tests)
  cmake_parse_arguments(arg "" "NAME;LABEL" "SOURCES;LIBS" ${ARGN})
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE coldforge_catch_main ${arg_LIBS})
  target_compile_definitions(${arg_NAME} PRIVATE COLDFORGE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                                                 COLDFORGE_BINARY_DIR="${PROJECT_BINARY_DIR}")
  catch_discover_tests(${arg_NAME} TEST_PREFIX "${arg_NAME}: "
                       PROPERTIES LABELS ${arg_LABEL} TIMEOUT 300
                       DISCOVERY_MODE PRE_TEST)
endfunction()
