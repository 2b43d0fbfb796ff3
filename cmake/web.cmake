# Builds the page with Node and embeds it: vv_embed_page(target) adds the table of
# src/apps/embedded_assets.h to the target.
find_program(VV_NODE NAMES node nodejs REQUIRED)

function(vv_embed_page target)
    set(web ${PROJECT_SOURCE_DIR}/web)
    set(page ${CMAKE_BINARY_DIR}/web)
    set(generated ${CMAKE_BINARY_DIR}/generated)
    file(MAKE_DIRECTORY ${generated})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/core/*.ts ${web}/core/*.tsx ${web}/browser/*.ts ${web}/app/*.ts ${web}/app/*.tsx
        ${web}/app/*.css ${web}/app/*.html ${web}/app/*.svg ${web}/locales/*)
    list(FILTER sources EXCLUDE REGEX "(_test\\.tsx?|/testing/)")
    add_custom_command(
        OUTPUT ${generated}/embedded_assets.cpp ${generated}/embedded_assets_data.S
        COMMAND ${VV_NODE} ${web}/build.mjs --out ${page}
        COMMAND ${VV_NODE} ${PROJECT_SOURCE_DIR}/cmake/embed_assets.mjs ${page} ${generated}
        DEPENDS ${sources} ${web}/build.mjs ${web}/build_module.mjs ${web}/package-lock.json
            ${web}/package.json ${web}/tsconfig.json ${PROJECT_SOURCE_DIR}/cmake/embed_assets.mjs
        WORKING_DIRECTORY ${web}
        COMMENT "Building the page")
    # The assembler file names files by .incbin, which no dependency scanner sees; the C++ file changes with it.
    set_source_files_properties(${generated}/embedded_assets_data.S PROPERTIES
        OBJECT_DEPENDS ${generated}/embedded_assets.cpp)
    target_sources(${target} PRIVATE ${generated}/embedded_assets.cpp ${generated}/embedded_assets_data.S)
endfunction()
