# One folder under src/ is one library: vv_folder(stun crypto) builds vv_stun from
# src/stun/*.cpp on top of vv_crypto, and vv_stun_test from src/stun/*_test.cpp.
# Outside libraries follow the word LIBRARIES.
# Files are found by name, so adding one needs no change here.

# Everything that ctest runs, and nothing else.
add_custom_target(unit_tests)

function(vv_folder name)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    set(tests ${sources})
    list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
    list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
    cmake_parse_arguments(PARSE_ARGV 1 folder "" "" LIBRARIES)
    list(TRANSFORM folder_UNPARSED_ARGUMENTS PREPEND vv_ OUTPUT_VARIABLE dependencies)
    if(sources)
        add_library(vv_${name} STATIC ${sources})
        target_link_libraries(vv_${name} PUBLIC vv_options ${dependencies} ${folder_LIBRARIES})
    else()
        add_library(vv_${name} INTERFACE)
        target_link_libraries(vv_${name} INTERFACE vv_options ${dependencies} ${folder_LIBRARIES})
    endif()
    if(VV_TESTS AND tests)
        vv_test(vv_${name}_test ${tests})
        target_link_libraries(vv_${name}_test PRIVATE vv_${name})
    endif()
endfunction()

# A GoogleTest program, run as one process for all of its cases: with sanitizers a process for each of them
# costs more than the cases do. tools/suites.py counts the cases in what it leaves in unit/.
function(vv_test name)
    find_package(GTest REQUIRED)
    add_executable(${name} ${ARGN})
    target_link_libraries(${name} PRIVATE vv_options GTest::gtest_main)
    if(VV_SANITIZE MATCHES "undefined")
        # Half of a test's compile time, and the address sanitizer sees what they would see. The code under test has
        # them all.
        target_compile_options(${name} PRIVATE -fno-sanitize=null,vptr,object-size,alignment)
    endif()
    add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 --gtest_output=xml:${CMAKE_BINARY_DIR}/unit/${name}.xml)
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300)
    add_dependencies(unit_tests ${name})
endfunction()
