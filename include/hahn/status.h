/* Status codes of every fallible call. The message that goes with one is in the engine. */
#ifndef HAHN_STATUS_HEADER
#define HAHN_STATUS_HEADER

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HAHN_API __attribute__((visibility("default")))
#else
#define HAHN_API
#endif

/** What a call came to. Everything but HAHN_OK leaves the objects involved as they were. */
typedef enum hahn_status {
    HAHN_OK = 0,
    HAHN_ERR_ARGUMENT,  /* a NULL where none may be, a size or an option out of range */
    HAHN_ERR_QUBIT,     /* a qubit out of range, or named twice */
    HAHN_ERR_PARAMETER, /* a parameter or angle that is not finite, or a wrong count of them */
    HAHN_ERR_GATE,      /* no such gate, or a matrix that is not unitary */
    HAHN_ERR_PARSE,     /* a text that cannot be read; the message has line and column */
    HAHN_ERR_MEMORY,    /* the allocator or the memory limit said no; the message has the bytes */
    HAHN_ERR_BACKEND    /* the backend, ISA or precision is not available; the message says why */
} hahn_status;

/** Name of a status, e.g. "qubit out of range or repeated". Never NULL; static storage. */
HAHN_API const char *hahn_status_name(hahn_status status);

#ifdef __cplusplus
}
#endif
#endif
