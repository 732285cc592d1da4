# Flags for everything that is compiled here. No fast-math anywhere: results repeat bit by bit.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # POSIX declarations, vector types
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON) # one set of objects for the static and the shared library

if(NOT CMAKE_C_COMPILER_ID MATCHES "^(GNU|Clang|AppleClang)$")
    message(FATAL_ERROR "The C compiler ${CMAKE_C_COMPILER} (${CMAKE_C_COMPILER_ID}) is not "
                        "supported: choose GCC or Clang with CC=gcc or CC=clang.")
endif()

set(HAHN_HAVE_X86 0)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8)
    set(HAHN_HAVE_X86 1)
endif()

add_library(hahn_warnings INTERFACE)
target_compile_options(
    hahn_warnings
    INTERFACE $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes
              -Wmissing-prototypes>
              $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra,-Wshadow>)
if(HAHN_WERROR)
    target_compile_options(
        hahn_warnings INTERFACE $<$<COMPILE_LANGUAGE:C>:-Werror>
                                $<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings>)
endif()

# Everything but the SIMD kernels: the compiler may not turn a * b + c into one rounding where it
# likes. The same source gives the same bits whatever the compiler and its flags.
add_library(hahn_uncontracted INTERFACE)
target_compile_options(hahn_uncontracted INTERFACE $<$<COMPILE_LANGUAGE:C>:-ffp-contract=off>)

# A user of the C API needs no C++ library: host code of CUDA sources gets by without one.
add_compile_options($<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-fno-exceptions,-fno-threadsafe-statics>)

if(HAHN_SANITIZE STREQUAL "address")
    set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(HAHN_SANITIZE STREQUAL "thread")
    set(sanitize -fsanitize=thread)
endif()
if(HAHN_SANITIZE)
    add_compile_options("$<$<NOT:$<COMPILE_LANGUAGE:CUDA>>:${sanitize};-fno-omit-frame-pointer>")
    add_link_options(${sanitize})
endif()
