# The stress program calls every function of the header.
#
#   cmake -DHEADER=<w5100.h> -DSOURCES=<directory> -P covers.cmake
cmake_minimum_required(VERSION 3.21)

file(READ "${HEADER}" header)
string(REGEX REPLACE "/\\*([^*]|\\*+[^*/])*\\*+/" "" header "${header}")
string(REGEX MATCHALL "(w5100_|WIZnet_)[A-Za-z0-9_]+\\(" functions "${header}")
list(REMOVE_DUPLICATES functions)

file(GLOB sources "${SOURCES}/*.c")
set(program "")
foreach(source IN LISTS sources)
  file(READ "${source}" text)
  string(APPEND program " ${text}")
endforeach()

list(LENGTH functions count)
if(count LESS 30)
  message(FATAL_ERROR "only ${count} functions found in ${HEADER}")
endif()
foreach(function IN LISTS functions)
  string(FIND "${program}" "${function}" place)
  if(place EQUAL -1)
    message(SEND_ERROR "no thread calls ${function}...): add it to a job in ${SOURCES}")
  endif()
endforeach()
