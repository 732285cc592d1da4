/* Hahn: training deep variational quantum circuits by reversible-adjoint gradients.

   What holds for every call:
   - Arguments come as object, inputs, outputs. Outputs are written only on HAHN_OK.
   - A call that can fail returns a hahn_status; hahn_engine_message tells the rest. A failing call
     leaves its objects as they were and frees what it took.
   - create and destroy come in pairs; destroy(NULL) is fine; who creates, destroys. An engine
     outlives what is made from it; a program outlives its workspaces.
   - No pointer may be NULL unless the text says so: it is answered with HAHN_ERR_ARGUMENT,
     and no message.
   - An engine and what is made from it belong to one thread at a time. Different engines are
     independent: the library has no mutable globals. Programs are immutable and may be shared.
   - Qubit 0 is the least significant bit of an amplitude's index. Angles are radians. States are
     interleaved complex numbers, re im re im. Rotations are exp(-i angle/2 G). */
#ifndef HAHN_HAHN_HEADER
#define HAHN_HAHN_HEADER

#include <hahn/ansatz.h>
#include <hahn/circuit.h>
#include <hahn/derivative.h>
#include <hahn/descent.h>
#include <hahn/engine.h>
#include <hahn/gate.h>
#include <hahn/gradient.h>
#include <hahn/observable.h>
#include <hahn/program.h>
#include <hahn/random.h>
#include <hahn/sampler.h>
#include <hahn/status.h>

#endif
