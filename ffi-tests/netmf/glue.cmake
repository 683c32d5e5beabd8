# The C++ glue of a runtime compiles, its functions have the signatures that the interpreter links
# against, and what it asks for is in the library or declared by the runtime.
#
#   cmake -DSOURCE=<root> -DRUNTIME=<netmf|nanoframework> -DCXX=<compiler> -DNM=<nm>
#         -DUINT32=<type> -DOUT=<directory> [-DFLAGS=<list>] -P glue.cmake
cmake_minimum_required(VERSION 3.21)

set(object "${OUT}/glue_${RUNTIME}.o")
execute_process(
  COMMAND ${CXX} ${FLAGS} -std=c++11 -Wall -Wextra -pedantic -Werror -fno-exceptions -fno-rtti
          "-I${SOURCE}/include" -c "${SOURCE}/bindings/netmf/native/${RUNTIME}.cpp" -o "${object}"
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${NM} -C "${object}" OUTPUT_VARIABLE names COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${NM} "${object}" OUTPUT_VARIABLE mangled COMMAND_ERROR_IS_FATAL ANY)

if(NOT mangled MATCHES " T _Z13HAL_SOCK_bindiPK13SOCK_sockaddri\n")
  message(SEND_ERROR "HAL_SOCK_bind has not the C++ linkage of the runtime")
endif()
foreach(list IN ITEMS both ${RUNTIME})
  file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/signatures_${list}.txt" signatures)
  foreach(signature IN LISTS signatures)
    string(REPLACE "uint32" "${UINT32}" signature "${signature}")
    string(FIND "${names}" " T ${signature}\n" place)
    if(place EQUAL -1)
      message(SEND_ERROR "${RUNTIME}: no ${signature}")
    endif()
  endforeach()
endforeach()

file(READ "${SOURCE}/include/w5100_netmf.h" header)
file(READ "${SOURCE}/include/w5100.h" core)
string(REGEX MATCHALL " U w5100_[a-z0-9_]+" wanted "${mangled}")
foreach(name IN LISTS wanted)
  string(SUBSTRING "${name}" 3 -1 name)
  string(FIND "${header}${core}" " ${name}(" place)
  string(FIND "${header}${core}" "*${name}(" pointer)
  if(place EQUAL -1 AND pointer EQUAL -1)
    message(SEND_ERROR "${RUNTIME}: the library has no ${name}")
  endif()
endforeach()

# Every call of the layer is reached by one of the runtime's.
string(REGEX MATCHALL "w5100_netmf_sock_[a-z0-9_]+\\(" calls "${header}")
list(REMOVE_DUPLICATES calls)
foreach(call IN LISTS calls)
  string(REPLACE "(" "" call "${call}")
  if(NOT call MATCHES "getaddrinfo|getsocklasterror" AND NOT " U ${call}" IN_LIST wanted)
    message(SEND_ERROR "${RUNTIME}: nothing calls ${call}")
  endif()
endforeach()
