# Every third-party package, found once. Debian 12 ships all of them; scripts/packages.txt lists their names.
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(CURL REQUIRED)
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(ONNX REQUIRED CONFIG)
if(COLDFORGE_TESTS)
  find_package(Catch2 2 REQUIRED)
  # cpp-httplib: its compiled library was built with the options that its pkg-config file names.
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
endif()

# SystemC 2.3.4 on Debian has no CMake package; it links with C++17 only.
find_path(SYSTEMC_INCLUDE_DIR systemc REQUIRED)
find_library(SYSTEMC_LIBRARY systemc REQUIRED)
add_library(coldforge_systemc INTERFACE)
add_library(coldforge::systemc ALIAS coldforge_systemc)
target_include_directories(coldforge_systemc SYSTEM INTERFACE "${SYSTEMC_INCLUDE_DIR}")
target_link_libraries(coldforge_systemc INTERFACE "${SYSTEMC_LIBRARY}" Threads::Threads)

# libonnx: the generated protobuf headers want the same two definitions that the library was built with.
add_library(coldforge_onnx INTERFACE)
add_library(coldforge::onnx ALIAS coldforge_onnx)
target_link_libraries(coldforge_onnx INTERFACE onnx onnx_proto protobuf::libprotobuf)
target_compile_definitions(coldforge_onnx INTERFACE ONNX_NAMESPACE=onnx ONNX_ML=1)
