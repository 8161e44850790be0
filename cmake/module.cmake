# scinet_module(name [DEPENDS other...] [LIBRARIES lib...] [SOURCES file...] [TESTS file...])
# One static library for a folder of src/, plus one test program for its *_test.cc files.
# DEPENDS is the architecture: tools/check_layers.py holds the includes against it.
# LIBRARIES are third parties.
function(scinet_module name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES;SOURCES;TESTS" ${ARGN})
  list(TRANSFORM arg_DEPENDS PREPEND scinet::)

  if(arg_SOURCES)
    add_library(scinet_${name} STATIC ${arg_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(scinet_${name} PRIVATE scinet_warnings)
  else()
    add_library(scinet_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(scinet::${name} ALIAS scinet_${name})
  target_include_directories(scinet_${name} ${scope} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(scinet_${name} ${scope} ${arg_DEPENDS} ${arg_LIBRARIES})

  if(arg_TESTS)
    scinet_test(${name} SOURCES ${arg_TESTS} DEPENDS ${name})
  endif()
endfunction()

add_custom_target(unit_tests)
# What tests include, compiled once: reading GoogleTest takes longer than most tests.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/test_headers.cc CONTENT "")
add_library(scinet_test_headers OBJECT ${PROJECT_BINARY_DIR}/test_headers.cc)
target_compile_definitions(scinet_test_headers PRIVATE SCINET_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_compile_options(scinet_test_headers PRIVATE -O0)
target_link_libraries(scinet_test_headers PRIVATE scinet_warnings GTest::gtest_main)
target_precompile_headers(scinet_test_headers PRIVATE
  <gtest/gtest.h> <algorithm> <filesystem> <fstream> <functional> <map> <optional> <string> <vector>)

# scinet_test(name SOURCES file... DEPENDS module...): a GoogleTest program known to ctest, and built
# by the target unit_tests. Tests find the project's files through SCINET_SOURCE_DIR.
# -O0: compiling a test costs more than running its own code; what it tests is optimised as usual.
function(scinet_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  list(TRANSFORM arg_DEPENDS PREPEND scinet::)
  add_executable(${name}_test ${arg_SOURCES})
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${name}_test PRIVATE SCINET_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_compile_options(${name}_test PRIVATE -O0)
  target_link_libraries(${name}_test PRIVATE ${arg_DEPENDS} scinet_warnings GTest::gtest_main)
  target_precompile_headers(${name}_test REUSE_FROM scinet_test_headers)
  add_dependencies(unit_tests ${name}_test)
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT 900)
endfunction()
