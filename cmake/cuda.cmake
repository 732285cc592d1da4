# The CUDA toolkit. Only the runtime is linked, and statically: it opens the driver by itself, so
# that the same binary starts on machines that have none. Linking -lcuda would end that.

set(HAHN_HAVE_CUDA 0)
if(HAHN_CUDA)
    include(CheckLanguage)
    check_language(CUDA)
    if(CMAKE_CUDA_COMPILER)
        execute_process(COMMAND ${CMAKE_CUDA_COMPILER} --version OUTPUT_VARIABLE nvcc_text
                        ERROR_QUIET)
        string(REGEX MATCH "release ([0-9.]+)" unused "${nvcc_text}")
        set(nvcc_version "${CMAKE_MATCH_1}")
        find_package(CUDAToolkit QUIET)
        find_path(HAHN_CURAND_INCLUDE curand_kernel.h HINTS ${CUDAToolkit_INCLUDE_DIRS})
        mark_as_advanced(HAHN_CURAND_INCLUDE)
        if(nvcc_version VERSION_LESS 11.8 AND NOT CMAKE_CUDA_ARCHITECTURES)
            hahn_missing(HAHN_CUDA "nvcc ${nvcc_version} is too old (11.8 knows sm_90)")
        elseif(NOT HAHN_CURAND_INCLUDE)
            hahn_missing(HAHN_CUDA "curand_kernel.h is not installed (libcurand-dev of the toolkit)")
        else()
            set(HAHN_HAVE_CUDA 1)
        endif()
    else()
        hahn_missing(HAHN_CUDA "no working CUDA compiler was found (set CUDACXX to your nvcc)")
    endif()
endif()

if(HAHN_HAVE_CUDA)
    # Before enable_language, which would fill in a default. Never `native`: that asks a device.
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
        set(CMAKE_CUDA_ARCHITECTURES "80-real;90" CACHE STRING "CUDA architectures")
    endif()
    set(CMAKE_CUDA_STANDARD 17)
    set(CMAKE_CUDA_STANDARD_REQUIRED ON)
    enable_language(CUDA)
    # Programs are linked by the C compiler: nvcc would want the sanitizers' flags in words of its own.
    set(CMAKE_CUDA_LINKER_PREFERENCE_PROPAGATES 0)
    find_package(CUDAToolkit REQUIRED)
endif()
