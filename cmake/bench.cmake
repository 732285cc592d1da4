# The `hahn-bench` command: times the library through its public interface, on the options and
# problems of the trainer.

set(
    bench_sources
    bench/cases.c
    bench/chart.c
    bench/cmd_batch.c
    bench/cmd_compare.c
    bench/cmd_compile.c
    bench/cmd_memory.c
    bench/cmd_modes.c
    bench/cmd_observable.c
    bench/cmd_products.c
    bench/cmd_report.c
    bench/cmd_run.c
    bench/generated.c
    bench/harness.c
    bench/html.c
    bench/limits.c
    bench/measure.c
    bench/memory.c
    bench/modes_charts.c
    bench/point.c
    bench/point_start.c
    bench/rates.c
    bench/subject.c
    bench/tree.c)
set(peak_objects)

# The loops that show what a core can do. Multiply-adds are contracted here as in the kernels.
foreach(isa IN LISTS HAHN_ISAS)
    foreach(f32 0 1)
        set(target hahn_peak_${isa}_f32_${f32})
        add_library(${target} OBJECT bench/peak.c)
        target_link_libraries(${target} PRIVATE hahn_common)
        target_compile_definitions(${target} PRIVATE HAHN_ISA_NAME=${isa} HAHN_KERNEL_F32=${f32})
        target_compile_options(${target} PRIVATE -O3 -ffp-contract=fast ${HAHN_FLAGS_${isa}})
        list(APPEND peak_objects $<TARGET_OBJECTS:${target}>)
    endforeach()
endforeach()

add_library(hahn_peaks STATIC ${peak_objects})
set_target_properties(hahn_peaks PROPERTIES LINKER_LANGUAGE C)

add_library(hahn_bench OBJECT ${bench_sources})
target_link_libraries(hahn_bench PUBLIC hahn_peaks hahn_cli PRIVATE hahn_internal)
if(HAHN_HAVE_OPENMP)
    target_link_libraries(hahn_bench PRIVATE OpenMP::OpenMP_C)
endif()

add_library(hahn_bench_commands OBJECT bench/commands.c)
target_link_libraries(hahn_bench_commands PUBLIC hahn_bench PRIVATE hahn_internal)

add_executable(hahn-bench bench/main.c)
target_link_libraries(hahn-bench PRIVATE hahn_bench_commands hahn_bench hahn_internal)
set_target_properties(hahn-bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

hahn_add_manual(hahn-bench hahn_bench_commands hahn_bench)
