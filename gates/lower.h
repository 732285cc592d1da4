/* Lowering of each kind of gate to primitives. `call->control` holds all controls, acting on 1. */
#ifndef HAHN_GATES_LOWER_H
#define HAHN_GATES_LOWER_H

#include "gates/table.h"

#define HAHN_LOWER_FUNCTION(name)                                                                  \
    void hahn_lower_##name(hahn_lowering *out, const hahn_gate_call *call)

HAHN_LOWER_FUNCTION(i);
HAHN_LOWER_FUNCTION(x);
HAHN_LOWER_FUNCTION(y);
HAHN_LOWER_FUNCTION(z);
HAHN_LOWER_FUNCTION(h);
HAHN_LOWER_FUNCTION(s);
HAHN_LOWER_FUNCTION(sdg);
HAHN_LOWER_FUNCTION(t);
HAHN_LOWER_FUNCTION(tdg);
HAHN_LOWER_FUNCTION(sx);
HAHN_LOWER_FUNCTION(sxdg);
HAHN_LOWER_FUNCTION(rx);
HAHN_LOWER_FUNCTION(ry);
HAHN_LOWER_FUNCTION(rz);
HAHN_LOWER_FUNCTION(p);
HAHN_LOWER_FUNCTION(u);
HAHN_LOWER_FUNCTION(swap);
HAHN_LOWER_FUNCTION(iswap);
HAHN_LOWER_FUNCTION(single);
HAHN_LOWER_FUNCTION(double);
HAHN_LOWER_FUNCTION(fsim);
HAHN_LOWER_FUNCTION(pauli);
HAHN_LOWER_FUNCTION(unitary);

#endif
