/* Named Hamiltonians of the command line, and those in files. */
#ifndef HAHN_VQE_HAMILTONIAN_HEADER
#define HAHN_VQE_HAMILTONIAN_HEADER

#include "failure.h"

#include <hahn/observable.h>
#include <stdio.h>

/** Create from NAME[:key=value,...]. qubits 0: as many as the keys say, else 10. *description gets
    the text that repeats it; to be freed. */
bool hamiltonian_create(hahn_engine *engine, const char *text, int64_t qubits,
                        hahn_observable **out, char **description, struct failure *f);

/** Create from a file of terms, as hahn_observable_parse reads them. qubits 0: as many as it
    needs. */
bool hamiltonian_read(hahn_engine *engine, const char *path, int64_t qubits, hahn_observable **out,
                      struct failure *f);

/** Print all names with their keys. */
void hamiltonian_list(FILE *out);

#endif
