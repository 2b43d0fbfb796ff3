# The library for programs in C++: `cmake --install BUILD --component library` puts libvisavis.a, the headers of
# include/visavis and what find_package(visavis) and pkg-config read.
#
# It is made of the archives that the program is made of, so nothing is compiled for it. The linker takes out of them
# what the interface reaches (of src/net neither database nor io_uring nor web server), makes machine code of it where
# they have been compiled for link-time optimisation, and joins it to one object in which no name but the interface's
# can be seen from outside.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(library ${CMAKE_BINARY_DIR}/library)
file(MAKE_DIRECTORY ${library})
set(archives)
foreach(folder base crypto mdns stun sdp rtp turn ice sctp srtp dtls peer safety lobby signal caller net)
    get_target_property(type vv_${folder} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
        list(APPEND archives $<TARGET_FILE:vv_${folder}>)
    endif()
endforeach()
set(join ${CMAKE_CXX_COMPILER} -r -nostdlib -Wl,--force-group-allocation)
if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    list(APPEND join -O2 -fPIC -flto=auto -flinker-output=nolto-rel -ffunction-sections -fdata-sections
        -fno-gnu-unique)
endif()
# Of functions, member functions, and what the compiler adds to classes. gettimeofday: what OpenSSL has to find in place
# of the C library's (src/dtls/openssl_clock.h).
set(seen --keep-global-symbol=gettimeofday)
foreach(name _ZN7visavis _ZNK7visavis _ZNO7visavis _ZNKR7visavis _ZTIN7visavis _ZTSN7visavis _ZTVN7visavis)
    list(APPEND seen "--keep-global-symbol=${name}*")
endforeach()
add_custom_command(
    OUTPUT ${library}/visavis.o
    COMMAND ${join} -o ${library}/joined.o -Wl,--whole-archive $<TARGET_FILE:vv_api> -Wl,--no-whole-archive
        -Wl,--start-group ${archives} -Wl,--end-group
    COMMAND ${CMAKE_OBJCOPY} --wildcard ${seen} ${library}/joined.o ${library}/visavis.o
    COMMAND ${CMAKE_COMMAND} -E rm ${library}/joined.o
    DEPENDS vv_api ${archives}
    COMMENT "Joining the library"
    VERBATIM)

add_library(visavis_library STATIC ${library}/visavis.o)
add_library(visavis::visavis ALIAS visavis_library)
set_source_files_properties(${library}/visavis.o PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
set_target_properties(visavis_library PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME visavis EXPORT_NAME visavis
    ARCHIVE_OUTPUT_DIRECTORY ${library})
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
    set_target_properties(visavis_library PROPERTIES EXCLUDE_FROM_ALL ON)
endif()
target_include_directories(visavis_library INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(visavis_library INTERFACE cxx_std_20)
target_link_libraries(visavis_library INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)

# Elsewhere it is built by name alone, and a whole install would look for it in vain.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
    return()
endif()
foreach(folder LIBDIR INCLUDEDIR)
    if(IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}") # visavis.pc has both relative to itself, so that the whole can be moved
        message(FATAL_ERROR "CMAKE_INSTALL_${folder} has to be relative to the prefix")
    endif()
endforeach()
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/visavis)
configure_package_config_file(cmake/visavisConfig.cmake.in ${library}/visavisConfig.cmake INSTALL_DESTINATION ${package})
# Before 1.0 a minor version may change everything (Semantic Versioning).
write_basic_package_version_file(${library}/visavisConfigVersion.cmake COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/visavis.pc.in ${library}/visavis.pc @ONLY)
install(TARGETS visavis_library EXPORT visavis ARCHIVE COMPONENT library)
install(DIRECTORY include/visavis TYPE INCLUDE COMPONENT library)
install(EXPORT visavis NAMESPACE visavis:: FILE visavisTargets.cmake DESTINATION ${package} COMPONENT library)
install(FILES ${library}/visavisConfig.cmake ${library}/visavisConfigVersion.cmake DESTINATION ${package}
    COMPONENT library)
install(FILES ${library}/visavis.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)
