/* A Hamiltonian of one's own, read from a text file: molecular hydrogen.

   The circuit sets qubits 0 and 1, the Hartree-Fock state, and moves both electrons up together by
   an angle, which symmetry leaves as the only one: it reaches the exact ground energy. The argument
   is the file, h2.txt of this folder where there is none. */
#include <hahn/hahn.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

/* HAHN_ERR_PARSE, with a message on standard error, if the file cannot be read or is too long. */
static hahn_status read_file(hahn_engine *engine, const char *path, hahn_observable **out)
{
    char text[4096];
    FILE *file = fopen(path, "r");
    const size_t length = file ? fread(text, 1, sizeof text, file) : 0;
    const bool whole = file && feof(file);
    if (file)
        fclose(file);
    if (!whole) {
        fprintf(stderr, "%s: unreadable, or longer than %zu bytes\n", path, sizeof text - 1);
        return HAHN_ERR_PARSE;
    }
    return hahn_observable_parse(engine, text, length, 4, path, out);
}

static hahn_status descend(hahn_workspace *workspace, double *theta)
{
    double slope = 0;
    for (int step = 0; step < 100; step++) {
        const hahn_status status = hahn_gradient(workspace, NULL, 1, theta, NULL, &slope, NULL);
        if (status != HAHN_OK)
            return status;
        *theta -= slope;
    }
    return HAHN_OK;
}

int main(int argc, char **argv)
{
    hahn_engine *engine = NULL;
    hahn_observable *molecule = NULL;
    hahn_circuit *circuit = NULL;
    hahn_program *program = NULL;
    hahn_workspace *workspace = NULL;
    double theta = 0, energy = 0, hartree_fock = 0;

    const bool failed = hahn_engine_create(NULL, &engine) ||
                        read_file(engine, argc > 1 ? argv[1] : "h2.txt", &molecule) ||
                        hahn_circuit_create(engine, 4, &circuit) || hahn_circuit_x(circuit, 0) ||
                        hahn_circuit_x(circuit, 1) ||
                        hahn_circuit_double_excitation(circuit, 0, 1, 2, 3, hahn_theta(0)) ||
                        hahn_program_create(engine, circuit, molecule, &program) ||
                        hahn_workspace_create(engine, program, NULL, &workspace) ||
                        hahn_energy(workspace, 1, &theta, &hartree_fock) ||
                        descend(workspace, &theta) || hahn_energy(workspace, 1, &theta, &energy);
    if (failed)
        fprintf(stderr, "no result %s\n", hahn_engine_message(engine));
    else
        printf("Hartree-Fock %.6f, ground state %.6f hartree at angle %.4f\n", hartree_fock, energy,
               theta);

    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_circuit_destroy(circuit);
    hahn_observable_destroy(molecule);
    hahn_engine_destroy(engine);
    return failed || fabs(hartree_fock + 1.116714) > 1e-6 || fabs(energy + 1.137276) > 1e-6;
}
