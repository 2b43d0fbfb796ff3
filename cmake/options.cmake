# Compiler and linker flags of every target: warnings are errors, release is hardened.
add_library(vv_options INTERFACE)
target_include_directories(vv_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(vv_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Wold-style-cast -Woverloaded-virtual -Wnull-dereference -Wdouble-promotion -Wformat=2 -Werror
    -fno-omit-frame-pointer -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 sees null dereferences and overflows in inlined standard headers that are not there.
    target_compile_options(vv_options INTERFACE -Wno-null-dereference -Wno-stringop-overflow -Wno-array-bounds
        -Wno-maybe-uninitialized -Wno-restrict)
endif()
if(VV_SANITIZE)
    target_compile_options(vv_options INTERFACE -fsanitize=${VV_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(vv_options INTERFACE -fsanitize=${VV_SANITIZE})
    # The library's own checks of iterators and bounds; they change no layout.
    target_compile_definitions(vv_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(VV_FUZZ)
    # Coverage for libFuzzer in every object; only the fuzz programs get its main().
    target_compile_options(vv_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(vv_options INTERFACE -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS -fstack-clash-protection
        -fcf-protection)
    target_link_options(vv_options INTERFACE -Wl,-z,relro,-z,now)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
