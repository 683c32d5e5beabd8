# Each header by itself, in each language it promises, without a warning; and no macro, type or
# function in it that does not begin with the library's name.
#
#   cmake -DINCLUDE=<dir> -DCC=<compiler> -DCXX=<compiler> [-DFLAGS=<list>] -P headers.cmake
cmake_minimum_required(VERSION 3.21)

set(warnings -Wall -Wextra -pedantic -Werror -fsyntax-only)

# compile(<compiler> <language> <standard> <header>)
function(compile compiler language standard header)
  execute_process(
    COMMAND ${compiler} ${FLAGS} -x ${language} -std=${standard} ${warnings} "-I${INCLUDE}" -include
            ${header} /dev/null
    RESULT_VARIABLE status ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(SEND_ERROR "${header} as ${standard}: ${output}")
  endif()
endfunction()

# The macros a header defines, its include guard and the plain BSD and Winsock names apart.
function(check_macros header)
  file(STRINGS "${INCLUDE}/${header}" lines REGEX "^ *# *define ")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "# *define W5100_")
      message(SEND_ERROR "${header} defines a name that is not the library's: ${line}")
    endif()
  endforeach()
endfunction()

file(GLOB headers RELATIVE "${INCLUDE}" "${INCLUDE}/*.h")
foreach(header IN ITEMS w5100.h w5100_bsd.h w5100_winsock.h w5100_sim.h)
  if(NOT header IN_LIST headers)
    message(SEND_ERROR "${header} is missing")
  endif()
endforeach()
file(READ "${CMAKE_CURRENT_LIST_DIR}/../cmake/install.cmake" install)
foreach(header IN LISTS headers)
  compile(${CC} c c99 ${header})
  compile(${CC} c c11 ${header})
  compile(${CXX} c++ c++11 ${header})
  if(NOT header MATCHES "^w5100_(bsd|winsock)")
    check_macros(${header})
  endif()
  if(NOT install MATCHES "include/${header}[ \n]")
    message(SEND_ERROR "${header} is not installed")
  endif()
endforeach()

# All plain names at once, after the system headers that have them too.
foreach(language IN ITEMS "${CC};c;c99" "${CC};c;c11" "${CXX};c++;c++11")
  list(GET language 0 compiler)
  list(GET language 1 name)
  list(GET language 2 standard)
  foreach(view IN ITEMS bsd winsock)
    execute_process(COMMAND ${compiler} ${FLAGS} -x ${name} -std=${standard} ${warnings}
                            "-I${INCLUDE}" "${CMAKE_CURRENT_LIST_DIR}/headers/${view}_names.c"
                    RESULT_VARIABLE status ERROR_VARIABLE output)
    if(NOT status EQUAL 0)
      message(SEND_ERROR "${view} names as ${standard}: ${output}")
    endif()
  endforeach()
endforeach()
