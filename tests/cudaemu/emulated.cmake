# The CUDA backend on a device that is emulated on the host: the same sources that nvcc compiles, in
# a library of their own, and tests of every backend linked with it. Their names end with _cuda.

list(TRANSFORM hahn_cuda_host_sources PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE host_sources)
list(TRANSFORM hahn_cuda_kernel_sources PREPEND ${PROJECT_SOURCE_DIR}/
     OUTPUT_VARIABLE kernel_sources)
list(TRANSFORM hahn_cuda_common_sources PREPEND ${PROJECT_SOURCE_DIR}/
     OUTPUT_VARIABLE common_sources)
set_source_files_properties(${kernel_sources} ${common_sources} PROPERTIES LANGUAGE CXX)

# -O2 in every build: kernels are run thread by thread. No contraction, as for other sources.
add_library(hahn_emulation INTERFACE)
target_link_libraries(hahn_emulation INTERFACE hahn_common)
target_include_directories(hahn_emulation INTERFACE ${CMAKE_CURRENT_LIST_DIR})
target_compile_features(hahn_emulation INTERFACE cxx_std_17)
target_compile_options(
    hahn_emulation INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-O2 -Wall -Wextra -ffp-contract=off>)
if(HAHN_WERROR)
    target_compile_options(hahn_emulation INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
endif()

set(emulated_objects)
foreach(f32 0 1)
    add_library(hahn_emulated_f32_${f32} OBJECT ${kernel_sources})
    target_link_libraries(hahn_emulated_f32_${f32} PRIVATE hahn_emulation)
    target_compile_definitions(hahn_emulated_f32_${f32} PRIVATE HAHN_KERNEL_F32=${f32})
    list(APPEND emulated_objects $<TARGET_OBJECTS:hahn_emulated_f32_${f32}>)
endforeach()

add_library(
    hahn_emulated STATIC
    ${host_sources}
    ${common_sources}
    ${CMAKE_CURRENT_LIST_DIR}/cudaemu.cpp
    ${emulated_objects}
    ${hahn_host_objects}
    $<TARGET_OBJECTS:hahn_cli>)
target_link_libraries(hahn_emulated PRIVATE hahn_emulation hahn_uncontracted)
target_compile_definitions(hahn_emulated PRIVATE HAHN_KERNEL_F32=0)
target_link_libraries(hahn_emulated PUBLIC ${CMAKE_DL_LIBS})
if(HAHN_LIBM)
    target_link_libraries(hahn_emulated PUBLIC m)
endif()
if(HAHN_HAVE_OPENMP)
    target_link_libraries(hahn_emulated PUBLIC OpenMP::OpenMP_C)
endif()
if(HAHN_HAVE_NLOPT)
    target_link_libraries(hahn_emulated PUBLIC ${HAHN_NLOPT_LIBRARY})
endif()
if(HAHN_HAVE_ARPACK)
    target_link_libraries(hahn_emulated PUBLIC ${HAHN_ARPACK_LIBRARY} ${HAHN_LAPACK_LIBRARY})
endif()

# The commands, and what the tests share, on this library.
add_executable(hahn-emulated ${PROJECT_SOURCE_DIR}/vqe/main.c)
target_link_libraries(hahn-emulated PRIVATE hahn_commands hahn_emulated hahn_internal)
# The objects of hahn_bench by themselves: linked as a target it would bring the other library.
add_executable(hahn-bench-emulated ${PROJECT_SOURCE_DIR}/bench/main.c $<TARGET_OBJECTS:hahn_bench>
                                   $<TARGET_OBJECTS:hahn_bench_commands>)
target_link_libraries(hahn-bench-emulated PRIVATE hahn_peaks hahn_emulated hahn_internal)

add_library(hahn_emulated_support STATIC ${support_files})
target_link_libraries(hahn_emulated_support PUBLIC hahn_emulated hahn_internal
                                                   ${HAHN_CMOCKA_LIBRARY})
target_include_directories(hahn_emulated_support SYSTEM PUBLIC ${HAHN_CMOCKA_INCLUDE})
target_include_directories(hahn_emulated_support PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_definitions(hahn_emulated_support
                           PUBLIC HAHN_TEST_DATA="${CMAKE_CURRENT_SOURCE_DIR}/data")

# A library under cuBLAS's name, where the backend finds it first.
set(emulated_environment "HAHN_TEST_BACKEND=cuda")
if(HAHN_HAVE_CBLAS)
    add_library(hahn_emulated_cublas SHARED ${CMAKE_CURRENT_LIST_DIR}/cublas.c)
    target_link_libraries(hahn_emulated_cublas PRIVATE hahn_warnings ${HAHN_CBLAS_LIBRARY})
    target_include_directories(hahn_emulated_cublas SYSTEM PRIVATE ${HAHN_CBLAS_INCLUDE})
    set_target_properties(
        hahn_emulated_cublas
        PROPERTIES OUTPUT_NAME cublas SOVERSION 13 LIBRARY_OUTPUT_DIRECTORY
                                                   ${CMAKE_CURRENT_BINARY_DIR}/cublas)
    list(APPEND emulated_environment "HAHN_TEST_CUBLAS=1"
         "LD_LIBRARY_PATH=${CMAKE_CURRENT_BINARY_DIR}/cublas")
endif()

# hahn_add_emulated(NAME [VARIABLE=VALUE...]): test_NAME.c with the emulated device as the one
# backend that is tried.
function(hahn_add_emulated name)
    add_executable(emulated_${name} ${CMAKE_CURRENT_SOURCE_DIR}/test_${name}.c)
    target_link_libraries(emulated_${name} PRIVATE hahn_emulated_support hahn_commands)
    add_test(NAME test_${name}_cuda COMMAND emulated_${name})
    hahn_test_properties(test_${name}_cuda unit)
    set_property(TEST test_${name}_cuda APPEND PROPERTY ENVIRONMENT ${emulated_environment} ${ARGN})
endfunction()

set(emulated_tests
    battery
    derivatives
    descent
    drift
    engine_limits
    entries
    exhaustive
    faults
    gradients
    memory
    observe
    overlaps
    reference
    sample
    sampler
    sweeps
    tiles)
# Left out of the sanitizers' runs: the battery, and what only the device has, are there.
list(APPEND slow_tests test_derivatives_cuda test_drift_cuda test_exhaustive_cuda test_gradients_cuda test_observe_cuda
     test_sweeps_cuda test_tiles_cuda test_echo_cuda cli_gpu_check)
foreach(name IN LISTS emulated_tests)
    hahn_add_emulated(${name})
endforeach()

# Segments of the backward pass; and the same kernels where six qubits are several tiles.
hahn_add_emulated(echo)
hahn_add_emulated(tangent HAHN_TEST_TILE=4)
hahn_add_emulated(properties HAHN_TEST_TILE=5)

# What only the device has. Faults are apart: a thread sanitizer makes minutes of hundreds of runs, and
# learns nothing from them.
foreach(name cuda cuda_devices cuda_faults)
    add_executable(emulated_${name} ${CMAKE_CURRENT_LIST_DIR}/test_${name}.c
                                    ${CMAKE_CURRENT_LIST_DIR}/scene.c)
    target_include_directories(emulated_${name} PRIVATE ${CMAKE_CURRENT_LIST_DIR})
    target_link_libraries(emulated_${name} PRIVATE hahn_emulated_support)
    add_test(NAME test_${name} COMMAND emulated_${name})
    hahn_test_properties(test_${name} unit)
    set_property(TEST test_${name} APPEND PROPERTY ENVIRONMENT ${emulated_environment})
endforeach()
