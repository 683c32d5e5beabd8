# Toolchain file: arm-none-eabi-gcc for a Cortex-M, M3 unless W5100_CPU names another.
set(CMAKE_SYSTEM_NAME Generic)
set(W5100_CPU cortex-m3 CACHE STRING "Processor, as in gcc's -mcpu")
set(CMAKE_SYSTEM_PROCESSOR ${W5100_CPU})

set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_C_FLAGS_INIT "-mcpu=${W5100_CPU} -mthumb -ffunction-sections -fdata-sections")
set(CMAKE_CXX_FLAGS_INIT "${CMAKE_C_FLAGS_INIT}")

# A test program would need a linker script; an archive says enough about the compiler.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES W5100_CPU)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
