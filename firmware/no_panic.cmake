# Fails when PROGRAM holds anything of Rust's panic machinery. NM is the nm of its target.
cmake_minimum_required(VERSION 3.21)

execute_process(COMMAND "${NM}" --demangle "${PROGRAM}" OUTPUT_VARIABLE symbols
                COMMAND_ERROR_IS_FATAL ANY)
if(NOT symbols MATCHES "w5100_socket")
  message(FATAL_ERROR "${PROGRAM} does not hold the library")
endif()
string(REGEX MATCHALL "[^\n]*(panic|unwrap_failed|expect_failed|slice_index)[^\n]*" found "${symbols}")
if(found)
  list(JOIN found "\n" found)
  message(FATAL_ERROR "panics are linked:\n${found}")
endif()
