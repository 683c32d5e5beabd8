# `cmake --install`: the libraries, the headers, and how find_package and pkg-config find them.
include(CMakePackageConfigHelpers)

set(w5100_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/w5100")

get_target_property(w5100_archive w5100::w5100 IMPORTED_LOCATION)
install(FILES "${w5100_archive}" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(FILES include/w5100.h include/w5100_bsd.h include/w5100_bsd_types.h
              include/w5100_bsd_options.h include/w5100_errno.h include/w5100_inet.h
              include/w5100_winsock.h include/w5100_winsock_errors.h
              include/w5100_winsock_options.h include/w5100_winsock_types.h
              include/w5100_winsock_window.h
              include/w5100_select.h include/w5100_netstat.h include/w5100_netdb.h
              include/w5100_bsd_netdb.h include/w5100_winsock_netdb.h
              include/w5100_netmf.h include/w5100_netmf_types.h
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
if(W5100_SIMULATOR)
  get_target_property(w5100_sim_library w5100::sim IMPORTED_LOCATION)
  install(PROGRAMS "${w5100_sim_library}" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(FILES include/w5100_sim.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
endif()

configure_package_config_file(cmake/w5100-config.cmake.in w5100-config.cmake
                              INSTALL_DESTINATION "${w5100_cmake_dir}"
                              PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(w5100-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/w5100-config.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/w5100-config-version.cmake"
        DESTINATION "${w5100_cmake_dir}")

list(TRANSFORM w5100_system_libraries PREPEND "-l" OUTPUT_VARIABLE w5100_libs_private)
list(JOIN w5100_libs_private " " w5100_libs_private)
# Relative to the .pc file, so that the installed tree can be moved.
file(RELATIVE_PATH w5100_pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file(cmake/w5100.pc.in w5100.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/w5100.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
