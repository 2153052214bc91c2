# cmake -D DIR=... -D PREFIX=... -D ARCHIVE=... -P verilated_unity.cmake
#
# After a run of Verilator in DIR: one source file that includes all of its output, and a dependency file
# that says what it read in terms of the library that comes of it.
file(GLOB sources RELATIVE "${DIR}" "${DIR}/${PREFIX}*.cpp")
list(SORT sources)
set(text "")
foreach(source IN LISTS sources)
  string(APPEND text "#include \"${source}\"\n")
endforeach()
file(WRITE "${DIR}/unity.cc" "${text}")

file(READ "${DIR}/${PREFIX}__ver.d" rule)
string(REGEX REPLACE "^[^:]*:" "" read "${rule}")
string(STRIP "${read}" read)
file(WRITE "${DIR}/unity.d" "${ARCHIVE}: ${read}\n")
