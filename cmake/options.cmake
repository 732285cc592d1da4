# What can be chosen, and that it was chosen well. Nothing else in the build reads raw input.

# Declare a cache variable NAME that holds one of the further arguments; the first is the default.
function(hahn_choice name text)
    set(${name} "${ARGV2}" CACHE STRING "${text} (${ARGN})")
    set_property(CACHE ${name} PROPERTY STRINGS ${ARGN})
    if(NOT "${${name}}" IN_LIST ARGN)
        list(JOIN ARGN "', '" allowed)
        message(FATAL_ERROR "${name}=${${name}} is not known: choose one of '${allowed}'.")
    endif()
endfunction()

# ON: an error if it is missing. AUTO: used if it is found, and the summary says so.
hahn_choice(HAHN_CUDA "CUDA backend" AUTO ON OFF)
hahn_choice(HAHN_OPENMP "Threads by OpenMP" AUTO ON OFF)
hahn_choice(HAHN_NLOPT "Optimisers of NLopt in the trainer" AUTO ON OFF)
hahn_choice(HAHN_ARPACK "Exact ground energies by ARPACK in the trainer" AUTO ON OFF)
hahn_choice(HAHN_RANDOM123 "Where Random123 comes from" AUTO SYSTEM BUNDLED)
if(PROJECT_IS_TOP_LEVEL)
    hahn_choice(HAHN_TESTS "Build the tests" AUTO ON OFF)
else()
    hahn_choice(HAHN_TESTS "Build the tests" OFF AUTO ON)
endif()
hahn_choice(HAHN_SANITIZE "Sanitizers: address (with undefined behaviour) or thread" "" address
            thread)

option(HAHN_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
option(HAHN_WERROR "Make warnings errors" OFF)
option(HAHN_VERIFY "Check costly invariants at run time" OFF)

get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(PROJECT_IS_TOP_LEVEL AND NOT multi_config AND NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
