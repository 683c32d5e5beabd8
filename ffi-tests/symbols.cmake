# Every symbol that libw5100.a exports and Rust has not mangled is named in a header and begins
# with w5100_ or WIZnet_: an archive that exported `close` would break its host.
#
#   cmake -DINCLUDE=<dir> -DARCHIVE=<libw5100.a> -DNM=<nm> -P symbols.cmake
#
# What Rust brings along is let through by these patterns:
#   _R..., _ZN...                 mangled names of Rust's core library
#   __rust_..., rust_...          the standard library's hooks (panic, personality; host only)
#   __rg_...                      its allocator hooks (host only)
#   __..si2, __..di3 and such     compiler_builtins' arithmetic, by the names of GCC's libgcc
#   anything weak                 compiler_builtins: memcpy, __aeabi_..., __udivdi3; the C library's
#                                 own definition wins over a weak one
cmake_minimum_required(VERSION 3.21)

execute_process(COMMAND "${NM}" --defined-only --extern-only "${ARCHIVE}"
                OUTPUT_VARIABLE listing ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(GLOB headers "${INCLUDE}/*.h")
set(declared "")
foreach(header IN LISTS headers)
  file(READ "${header}" text)
  string(REGEX MATCHALL "(w5100_|WIZnet_)[A-Za-z0-9_]+\\(" names "${text}")
  list(APPEND declared ${names})
endforeach()

string(REGEX MATCHALL "[0-9a-f]+ [A-TX-Z] [^\n]+" symbols "${listing}")
set(count 0)
foreach(line IN LISTS symbols)
  string(REGEX REPLACE "^[0-9a-f]+ [A-Z] " "" symbol "${line}")
  if(symbol MATCHES "^(_R|_ZN|__rust_|rust_|__rg_|__[a-z]+([sdt]i|[sd]f|[sd]c)[23]$)")
    continue()
  endif()
  if(NOT symbol MATCHES "^(w5100_|WIZnet_)")
    message(SEND_ERROR "exported, and not the library's name: ${symbol}")
  elseif(NOT "${symbol}(" IN_LIST declared)
    message(SEND_ERROR "exported, and in no header: ${symbol}")
  else()
    math(EXPR count "${count} + 1")
  endif()
endforeach()
if(count LESS 30)
  message(SEND_ERROR "only ${count} functions found in ${ARCHIVE}")
endif()
