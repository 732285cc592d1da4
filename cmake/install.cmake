# Installation: find_package(hahn) gives hahn::hahn, the shared library, which brings its needs with
# it; find_package(hahn COMPONENTS static) gives hahn::static too. pkg-config: hahn.

include(CMakePackageConfigHelpers)

install(DIRECTORY include/hahn DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING
        PATTERN "*.h")
install(TARGETS hahn_shared EXPORT hahn-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS hahn_static EXPORT hahn-static-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS hahn hahn-bench RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(NOT CMAKE_CROSSCOMPILING)
    install(DIRECTORY ${HAHN_MAN_FOLDER}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
            FILES_MATCHING PATTERN "*.1")
endif()

set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/hahn)
foreach(export hahn-targets hahn-static-targets)
    install(EXPORT ${export} NAMESPACE hahn:: DESTINATION ${config_folder})
endforeach()

configure_package_config_file(cmake/hahn-config.cmake.in ${PROJECT_BINARY_DIR}/hahn-config.cmake
                              INSTALL_DESTINATION ${config_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/hahn-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/hahn-config.cmake
              ${PROJECT_BINARY_DIR}/hahn-config-version.cmake DESTINATION ${config_folder})

# What a static link needs beside -lhahn.
set(HAHN_LIBS_PRIVATE "-lm")
if(HAHN_HAVE_OPENMP)
    string(APPEND HAHN_LIBS_PRIVATE " ${OpenMP_C_FLAGS}")
endif()
if(HAHN_HAVE_CUDA)
    string(APPEND HAHN_LIBS_PRIVATE " -L${CUDAToolkit_LIBRARY_DIR} -lcudart_static -lrt -lpthread"
           " -ldl")
endif()
# The folder of hahn.pc tells the prefix, so that an installed tree can be moved.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    set(HAHN_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
    set(HAHN_PC_LIBDIR "${CMAKE_INSTALL_FULL_LIBDIR}")
    set(HAHN_PC_INCLUDEDIR "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
    file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
    string(REGEX REPLACE "/$" "" up "${up}")
    set(HAHN_PC_PREFIX "\${pcfiledir}/${up}")
    set(HAHN_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
    set(HAHN_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file(cmake/hahn.pc.in ${PROJECT_BINARY_DIR}/hahn.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/hahn.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
