/* The kinds of primitives; what they do is told in gates/primitive.h. */
#ifndef HAHN_GATES_KIND_H
#define HAHN_GATES_KIND_H

typedef enum hahn_primitive_kind {
    HAHN_ZROT,
    HAHN_PHASE,
    HAHN_RY,
    HAHN_FLIP,
    HAHN_MATRIX
} hahn_primitive_kind;

#endif
