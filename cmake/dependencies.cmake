# What is looked for outside. Each finding leaves a variable for the code (0 or 1) and, where
# something is missing, HAHN_*_REASON for the summary.

find_library(HAHN_LIBM m)
mark_as_advanced(HAHN_LIBM)

# End the configuration if OPTION was asked for by name; remember why it is off otherwise.
function(hahn_missing option reason)
    if(${option} STREQUAL "ON" OR ${option} STREQUAL "SYSTEM")
        message(FATAL_ERROR "${option}=${${option}}, but ${reason}.")
    endif()
    set(${option}_REASON "${reason}" PARENT_SCOPE)
endfunction()

# OpenMP
set(HAHN_HAVE_OPENMP 0)
if(HAHN_OPENMP)
    find_package(OpenMP COMPONENTS C QUIET)
    if(OpenMP_C_FOUND)
        set(HAHN_HAVE_OPENMP 1)
    else()
        hahn_missing(HAHN_OPENMP "the compiler has no OpenMP (with Clang: install libomp-dev)")
    endif()
endif()

# Random123, headers only
set(HAHN_RANDOM123_BUNDLED "${PROJECT_SOURCE_DIR}/third_party/random123/include")
set(HAHN_RANDOM123_INCLUDE "${HAHN_RANDOM123_BUNDLED}")
if(NOT HAHN_RANDOM123 STREQUAL "BUNDLED")
    find_path(HAHN_RANDOM123_SYSTEM Random123/philox.h)
    mark_as_advanced(HAHN_RANDOM123_SYSTEM)
    if(HAHN_RANDOM123_SYSTEM)
        set(HAHN_RANDOM123_INCLUDE "${HAHN_RANDOM123_SYSTEM}")
    else()
        hahn_missing(HAHN_RANDOM123 "Random123/philox.h is not installed (librandom123-dev)")
    endif()
endif()

# NLopt, for the trainer
set(HAHN_HAVE_NLOPT 0)
if(HAHN_NLOPT)
    find_path(HAHN_NLOPT_INCLUDE nlopt.h)
    find_library(HAHN_NLOPT_LIBRARY nlopt)
    mark_as_advanced(HAHN_NLOPT_INCLUDE HAHN_NLOPT_LIBRARY)
    if(HAHN_NLOPT_INCLUDE AND HAHN_NLOPT_LIBRARY)
        set(HAHN_HAVE_NLOPT 1)
    else()
        hahn_missing(HAHN_NLOPT "NLopt is not installed (libnlopt-dev)")
    endif()
endif()

# ARPACK and LAPACK, for the trainer
set(HAHN_HAVE_ARPACK 0)
if(HAHN_ARPACK)
    find_path(HAHN_ARPACK_INCLUDE arpack/arpack.h)
    find_library(HAHN_ARPACK_LIBRARY arpack)
    find_library(HAHN_LAPACK_LIBRARY lapack)
    mark_as_advanced(HAHN_ARPACK_INCLUDE HAHN_ARPACK_LIBRARY HAHN_LAPACK_LIBRARY)
    if(HAHN_ARPACK_INCLUDE AND HAHN_ARPACK_LIBRARY AND HAHN_LAPACK_LIBRARY)
        set(HAHN_HAVE_ARPACK 1)
    else()
        hahn_missing(HAHN_ARPACK
                     "ARPACK or LAPACK is not installed (libarpack2-dev, liblapack-dev)")
    endif()
endif()

# cmocka, for the tests
if(HAHN_TESTS)
    find_path(HAHN_CMOCKA_INCLUDE cmocka.h)
    find_library(HAHN_CMOCKA_LIBRARY cmocka)
    mark_as_advanced(HAHN_CMOCKA_INCLUDE HAHN_CMOCKA_LIBRARY)
    if(NOT HAHN_CMOCKA_INCLUDE OR NOT HAHN_CMOCKA_LIBRARY)
        hahn_missing(HAHN_TESTS "cmocka is not installed (libcmocka-dev)")
        set(HAHN_TESTS OFF) # for this run only: the cache keeps AUTO
    endif()
endif()

# CBLAS, which stands in for cuBLAS on the emulated device
set(HAHN_HAVE_CBLAS 0)
if(HAHN_TESTS)
    find_path(HAHN_CBLAS_INCLUDE cblas.h)
    find_library(HAHN_CBLAS_LIBRARY NAMES blas openblas cblas)
    mark_as_advanced(HAHN_CBLAS_INCLUDE HAHN_CBLAS_LIBRARY)
    if(HAHN_CBLAS_INCLUDE AND HAHN_CBLAS_LIBRARY)
        set(HAHN_HAVE_CBLAS 1)
    endif()
endif()

include(${CMAKE_CURRENT_LIST_DIR}/cuda.cmake)
