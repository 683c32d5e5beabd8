# The two libraries that cargo builds, as imported targets. cargo itself knows when there is
# something to do, so it is called on every build.

# w5100::w5100, from package `w5100`.
function(w5100_cargo_library)
  set(environment "")
  foreach(name IN ITEMS W5100_SOCKETS W5100_DEVICES)
    if(NOT "${${name}}" STREQUAL "")
      list(APPEND environment "${name}=${${name}}")
    endif()
  endforeach()
  set(features --no-default-features)
  foreach(part IN ITEMS UDP RAW OPTIONS EVENTS STATS DHCP DNS NETMF)
    if(W5100_${part})
      string(TOLOWER "${part}" feature)
      list(APPEND features --features ${feature})
    endif()
  endforeach()
  if(W5100_RAW AND NOT W5100_UDP)
    message(FATAL_ERROR "w5100: W5100_RAW needs W5100_UDP")
  endif()
  if((W5100_DHCP OR W5100_DNS) AND NOT W5100_UDP)
    message(FATAL_ERROR "w5100: W5100_DHCP and W5100_DNS need W5100_UDP")
  endif()
  if(W5100_NETMF AND NOT w5100_netmf)
    message(FATAL_ERROR "w5100: W5100_NETMF needs W5100_UDP, W5100_OPTIONS, W5100_EVENTS, W5100_DHCP "
                        "and W5100_DNS")
  endif()
  if(NOT w5100_hosted)
    list(APPEND features --features bare-metal)
  endif()

  set(directory "${W5100_CARGO_TARGET_DIR}/${W5100_RUST_TARGET}/release")
  add_custom_target(
    w5100_cargo ALL
    COMMAND
      ${CMAKE_COMMAND} -E env ${environment} cargo rustc --release --package w5100 --lib --crate-type
      staticlib --target ${W5100_RUST_TARGET} --target-dir "${W5100_CARGO_TARGET_DIR}" ${features}
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    BYPRODUCTS "${directory}/libw5100.a"
    COMMENT "cargo: libw5100.a for ${W5100_RUST_TARGET}"
    USES_TERMINAL VERBATIM)

  add_library(w5100::w5100 STATIC IMPORTED GLOBAL)
  set_target_properties(
    w5100::w5100
    PROPERTIES IMPORTED_LOCATION "${directory}/libw5100.a"
               INTERFACE_INCLUDE_DIRECTORIES "${PROJECT_SOURCE_DIR}/include"
               INTERFACE_LINK_LIBRARIES "${w5100_system_libraries}")
  add_dependencies(w5100::w5100 w5100_cargo)
endfunction()

# w5100::sim, from package `w5100-sim`: a shared library for programs on the host.
function(w5100_cargo_simulator)
  set(directory "${W5100_CARGO_TARGET_DIR}/${W5100_RUST_TARGET}/release")
  set(file "${CMAKE_SHARED_LIBRARY_PREFIX}w5100_sim${CMAKE_SHARED_LIBRARY_SUFFIX}")
  add_custom_target(
    w5100_sim_cargo ALL
    COMMAND cargo build --release --package w5100-sim --lib --target ${W5100_RUST_TARGET}
            --target-dir "${W5100_CARGO_TARGET_DIR}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    BYPRODUCTS "${directory}/${file}"
    COMMENT "cargo: ${file}"
    USES_TERMINAL VERBATIM)
  add_dependencies(w5100_sim_cargo w5100_cargo) # one cargo at a time

  add_library(w5100::sim SHARED IMPORTED GLOBAL)
  set_target_properties(
    w5100::sim
    PROPERTIES IMPORTED_LOCATION "${directory}/${file}"
               IMPORTED_NO_SONAME TRUE
               INTERFACE_INCLUDE_DIRECTORIES "${PROJECT_SOURCE_DIR}/include")
  add_dependencies(w5100::sim w5100_sim_cargo)
endfunction()

# What a hosted Rust library needs from the system (`rustc --print native-static-libs`); a
# bare-metal one needs nothing.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  set(w5100_system_libraries gcc_s util rt pthread m dl c)
else()
  set(w5100_system_libraries "")
endif()
