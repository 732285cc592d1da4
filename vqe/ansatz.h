/* Named circuits of the command line. */
#ifndef HAHN_VQE_ANSATZ_HEADER
#define HAHN_VQE_ANSATZ_HEADER

#include "failure.h"

#include <hahn/ansatz.h>
#include <stdio.h>

/** Create from NAME[:key=value,...] on the qubits of `observable`. What it takes at least is
    compared with the engine's memory limit before anything is allocated. *description gets the
    text that repeats it; to be freed. */
bool ansatz_create(hahn_engine *engine, const char *text, int64_t layers,
                   const hahn_observable *observable, hahn_circuit **out, char **description,
                   struct failure *f);

/** Print all names with their keys. */
void ansatz_list(FILE *out);

#endif
