# The `hahn` command. All but its main and its table of commands is a library, which `hahn-bench`, the
# tests and the manual's generator use.

set(
    cli_sources
    vqe/ansatz.c
    vqe/battery.c
    vqe/battery_checks.c
    vqe/battery_entries.c
    vqe/battery_gates.c
    vqe/battery_model.c
    vqe/checkpoint.c
    vqe/cli.c
    vqe/cmd_energy.c
    vqe/cmd_exact.c
    vqe/cmd_grad.c
    vqe/cmd_info.c
    vqe/cmd_sample.c
    vqe/cmd_selftest.c
    vqe/cmd_state.c
    vqe/cmd_train.c
    vqe/dense.c
    vqe/derivative.c
    vqe/exact.c
    vqe/failure.c
    vqe/fileio.c
    vqe/grad_report.c
    vqe/grad_run.c
    vqe/graph.c
    vqe/hamiltonian.c
    vqe/help.c
    vqe/json.c
    vqe/log.c
    vqe/nlopt_run.c
    vqe/numbers.c
    vqe/optimizer.c
    vqe/plot.c
    vqe/problem.c
    vqe/problem_command.c
    vqe/problem_options.c
    vqe/problem_report.c
    vqe/program.c
    vqe/progress.c
    vqe/spec.c
    vqe/train.c
    vqe/train_check.c
    vqe/train_plan.c
    vqe/train_report.c
    vqe/train_resume.c
    vqe/train_settings.c
    vqe/train_setup.c
    vqe/train_signal.c
    vqe/train_step.c
    vqe/vector_read.c
    vqe/vector_write.c)

add_library(hahn_cli STATIC ${cli_sources})
target_link_libraries(hahn_cli PUBLIC hahn_static PRIVATE hahn_internal)
target_compile_definitions(hahn_cli PRIVATE HAHN_HAVE_NLOPT=${HAHN_HAVE_NLOPT}
                                            HAHN_HAVE_ARPACK=${HAHN_HAVE_ARPACK})
if(HAHN_HAVE_NLOPT)
    target_include_directories(hahn_cli SYSTEM PRIVATE ${HAHN_NLOPT_INCLUDE})
    target_link_libraries(hahn_cli PRIVATE ${HAHN_NLOPT_LIBRARY})
endif()
if(HAHN_HAVE_ARPACK)
    target_include_directories(hahn_cli SYSTEM PRIVATE ${HAHN_ARPACK_INCLUDE})
    target_link_libraries(hahn_cli PRIVATE ${HAHN_ARPACK_LIBRARY} ${HAHN_LAPACK_LIBRARY})
endif()

# Which program it is (cli_program). Objects, so that no program gets another one's.
add_library(hahn_commands OBJECT vqe/commands.c)
target_link_libraries(hahn_commands PRIVATE hahn_internal)

add_executable(hahn vqe/main.c)
target_link_libraries(hahn PRIVATE hahn_commands hahn_cli hahn_internal)
set_target_properties(hahn PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

# The manual of a program whose commands are in the libraries named after it: one page for each,
# printed from the tables that --help prints too. All pages lie in one folder.
set(HAHN_MAN_FOLDER ${PROJECT_BINARY_DIR}/man)
function(hahn_add_manual program)
    if(CMAKE_CROSSCOMPILING)
        return()
    endif()
    set(stamp ${HAHN_MAN_FOLDER}/${program}.stamp)
    add_executable(${program}-mkman vqe/mkman.c)
    target_link_libraries(${program}-mkman PRIVATE ${ARGN} hahn_cli hahn_internal)
    add_custom_command(
        OUTPUT ${stamp}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${HAHN_MAN_FOLDER}
        COMMAND ${program}-mkman ${HAHN_MAN_FOLDER}
        COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
        DEPENDS ${program}-mkman
        COMMENT "Writing the manual of ${program}"
        VERBATIM)
    add_custom_target(${program}-man ALL DEPENDS ${stamp})
endfunction()

hahn_add_manual(hahn hahn_commands)
