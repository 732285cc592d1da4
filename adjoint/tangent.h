/* What derivatives along directions share. */
#ifndef HAHN_ADJOINT_TANGENT_H
#define HAHN_ADJOINT_TANGENT_H

#include "adjoint/methods.h"
#include <hahn/derivative.h>

/* What a call asks for. */
typedef struct hahn_wants {
    hahn_purpose least; /* of the workspace */
    bool observable;
} hahn_wants;

/* Check the workspace and `batch` rows of parameters; on success nothing of an earlier run is left
   to be read. */
hahn_status hahn_check_derivative(hahn_workspace *ws, hahn_wants wants, int64_t batch,
                                  const double *thetas);

/* Check rows of finite numbers; `name` in messages. */
hahn_status hahn_check_rows(hahn_workspace *ws, const char *name, const double *rows, int64_t batch,
                            int64_t columns);

/* psi and chi at the end of the circuit. Stages before `first` move no parameter along the course.
 */
hahn_status hahn_run_tangent(hahn_workspace *ws, int64_t lanes, const hahn_course *course,
                             uint64_t first);

#endif
