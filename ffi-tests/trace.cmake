# The archive is one without the mistake that `cargo xtask tsan` builds in on purpose.
#
#   cmake -DARCHIVE=<libw5100.a> -P trace.cmake
cmake_minimum_required(VERSION 3.21)

file(STRINGS "${ARCHIVE}" traces REGEX "seeded_race")
if(traces)
  message(FATAL_ERROR "${ARCHIVE} was built with --cfg w5100_seeded_race")
endif()
file(STRINGS "${ARCHIVE}" names REGEX "w5100_counters_get")
if(NOT names)
  message(FATAL_ERROR "${ARCHIVE} has no strings to be looked through")
endif()
