# libhahn: one set of objects, a static and a shared library made of them. Programs and tests of
# this project link the static one, so that they run from the build directory as they are and tests
# reach what the shared one hides.

# What all sources here have in common, the kernels too.
add_library(hahn_common INTERFACE)
target_link_libraries(hahn_common INTERFACE hahn_warnings)
target_include_directories(hahn_common INTERFACE ${PROJECT_SOURCE_DIR}/include
                                                 ${PROJECT_SOURCE_DIR})
target_include_directories(hahn_common SYSTEM INTERFACE ${HAHN_RANDOM123_INCLUDE})
target_compile_definitions(
    hahn_common
    INTERFACE HAHN_VERSION="${PROJECT_VERSION}" HAHN_VERIFY=$<BOOL:${HAHN_VERIFY}>
              HAHN_HAVE_X86=${HAHN_HAVE_X86})

# What the library's other sources, the trainer's and the tests' have in common.
add_library(hahn_internal INTERFACE)
target_link_libraries(hahn_internal INTERFACE hahn_common hahn_uncontracted)

set(
    hahn_sources
    gates/lower.c
    gates/matrices.c
    gates/table.c
    core/ansatz.c
    core/circuit.c
    core/circuit_compose.c
    core/circuit_gates.c
    core/collect.c
    core/cost.c
    core/echo.c
    core/engine.c
    core/entries.c
    core/host.c
    core/host_sample.c
    core/host_starts.c
    core/host_state.c
    core/host_storage.c
    core/host_tangent.c
    core/layout.c
    core/lowering.c
    core/memory.c
    core/merge.c
    core/observable.c
    core/observable_models.c
    core/observable_parse.c
    core/observable_plan.c
    core/overlaps.c
    core/program.c
    core/random.c
    core/reference.c
    core/replay.c
    core/schedule.c
    core/tables.c
    core/tile.c
    core/workspace.c
    core/cpu/backend.c
    adjoint/adjoint.c
    adjoint/descent.c
    adjoint/descent_host.c
    adjoint/difference.c
    adjoint/forward.c
    adjoint/gradient.c
    adjoint/measure.c
    adjoint/natural.c
    adjoint/observables.c
    adjoint/probe.c
    adjoint/replay.c
    adjoint/reverse.c
    adjoint/sampler.c
    adjoint/shift.c
    adjoint/spsa.c
    adjoint/tangent.c)

add_library(hahn_objects OBJECT ${hahn_sources})
target_link_libraries(hahn_objects PRIVATE hahn_internal)
if(HAHN_HAVE_OPENMP)
    target_link_libraries(hahn_objects PRIVATE OpenMP::OpenMP_C)
endif()
set(hahn_objects $<TARGET_OBJECTS:hahn_objects>)

# Instruction sets, and the flags of each.
set(HAHN_ISAS baseline)
if(HAHN_HAVE_X86)
    list(APPEND HAHN_ISAS avx2 avx512)
    set(HAHN_FLAGS_avx2 -mavx2 -mfma)
    set(
        HAHN_FLAGS_avx512
        -mavx512f
        -mavx512dq
        -mavx512vl
        -mavx512bw
        -mavx2
        -mfma
        -mprefer-vector-width=512)
endif()

# The SIMD kernels, and binding: compiled for each instruction set in each precision. In the kernels
# alone may a * b + c be contracted. -Wno-psabi: vectors are never passed between files compiled
# differently.
foreach(isa IN LISTS HAHN_ISAS)
    foreach(f32 0 1)
        set(target hahn_kernels_${isa}_f32_${f32})
        add_library(${target} OBJECT core/cpu/bind.c core/cpu/kernels.c)
        target_link_libraries(${target} PRIVATE hahn_common)
        target_compile_definitions(${target} PRIVATE HAHN_ISA_NAME=${isa} HAHN_KERNEL_F32=${f32})
        target_compile_options(
            ${target} PRIVATE -O3 -ffp-contract=fast -Wno-psabi ${HAHN_FLAGS_${isa}})
        list(APPEND hahn_objects $<TARGET_OBJECTS:${target}>)
    endforeach()
endforeach()

# Binding computes the errors of roundings, which contraction would spoil. The other two flags change
# no result: without them the compiler keeps loops scalar, for the sake of errno and of traps.
set_source_files_properties(
    core/cpu/bind.c PROPERTIES COMPILE_OPTIONS
                               "-ffp-contract=off;-fno-math-errno;-fno-trapping-math")

# All but the CUDA side, of which there are three: the real one, a stand-in where it is not built,
# and one on an emulated device, which tests/CMakeLists.txt makes.
set(hahn_host_objects ${hahn_objects})

set(hahn_cuda_host_sources
    cuda/backend.c
    cuda/blas.c
    cuda/descent.c
    cuda/evaluate.c
    cuda/image.c
    cuda/launch.c
    cuda/observables.c
    cuda/overlaps.c
    cuda/starts.c
    cuda/storage.c
    cuda/tangent.c)
set(hahn_cuda_kernel_sources cuda/bind.cu cuda/observe.cu cuda/rate.cu cuda/resident.cu cuda/sample.cu
                             cuda/state.cu cuda/sweep.cu cuda/vectors.cu)
set(
    hahn_cuda_common_sources
    cuda/memory.cu
    cuda/probe.cu
    cuda/random.cu
    cuda/record.cu
    cuda/step.cu
    cuda/sums.cu)

if(HAHN_HAVE_CUDA)
    add_library(hahn_cuda OBJECT ${hahn_cuda_host_sources} ${hahn_cuda_common_sources})
    target_link_libraries(hahn_cuda PRIVATE hahn_internal)
    target_compile_definitions(hahn_cuda PRIVATE HAHN_KERNEL_F32=0)
    list(APPEND hahn_objects $<TARGET_OBJECTS:hahn_cuda>)
    foreach(f32 0 1)
        add_library(hahn_cuda_f32_${f32} OBJECT ${hahn_cuda_kernel_sources})
        target_link_libraries(hahn_cuda_f32_${f32} PRIVATE hahn_internal)
        target_compile_definitions(hahn_cuda_f32_${f32} PRIVATE HAHN_KERNEL_F32=${f32})
        list(APPEND hahn_objects $<TARGET_OBJECTS:hahn_cuda_f32_${f32}>)
    endforeach()
    # As core/cpu/bind.c: it computes the errors of roundings.
    set_source_files_properties(cuda/bind.cu PROPERTIES COMPILE_OPTIONS "--fmad=false")
    # As the host, which takes the same steps.
    set_source_files_properties(cuda/step.cu PROPERTIES COMPILE_OPTIONS "--fmad=false")
else()
    add_library(hahn_cuda OBJECT cuda/absent.c)
    target_link_libraries(hahn_cuda PRIVATE hahn_internal)
    list(APPEND hahn_objects $<TARGET_OBJECTS:hahn_cuda>)
endif()

foreach(kind static shared)
    string(TOUPPER ${kind} upper)
    add_library(hahn_${kind} ${upper} ${hahn_objects})
    target_include_directories(
        hahn_${kind} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                            $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    # LINKER_LANGUAGE: the CUDA objects need no C++ library, and a user of the C API gets none.
    set_target_properties(hahn_${kind} PROPERTIES OUTPUT_NAME hahn LINKER_LANGUAGE C)
    if(HAHN_LIBM)
        target_link_libraries(hahn_${kind} PRIVATE m)
    endif()
    if(HAHN_HAVE_OPENMP)
        target_link_libraries(hahn_${kind} PRIVATE OpenMP::OpenMP_C)
    endif()
    if(HAHN_HAVE_CUDA)
        target_link_libraries(hahn_${kind} PRIVATE CUDA::cudart_static ${CMAKE_DL_LIBS})
    endif()
endforeach()

# Before 1.0 each minor version may change the ABI.
set_target_properties(
    hahn_shared PROPERTIES VERSION ${PROJECT_VERSION}
                           SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set_target_properties(hahn_shared PROPERTIES EXPORT_NAME hahn)
set_target_properties(hahn_static PROPERTIES EXPORT_NAME static)
add_library(hahn::hahn ALIAS hahn_shared)
add_library(hahn::static ALIAS hahn_static)
