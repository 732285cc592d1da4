/* The battery's checks, and what one of them sees. */
#ifndef HAHN_VQE_BATTERY_CHECKS_HEADER
#define HAHN_VQE_BATTERY_CHECKS_HEADER

#include "vqe/battery.h"
#include "vqe/battery_random.h"

/** The state of one check in one configuration. */
struct battery_context {
    const struct battery_config *config;
    hahn_engine *engine;
    int quick;
    struct battery_random random;
    int64_t comparisons;
    double error, tolerance; /* of the comparison that came nearest to failing, or failed worst */
    char failure[512];       /* why a call failed; "" if none did */
};

/** Note a comparison: it fails unless error <= tolerance, so NaN fails. */
void battery_compare(struct battery_context *context, double error, double tolerance);

/** Note a call that should have succeeded. Returns 1 if it did. */
int battery_succeeded(struct battery_context *context, hahn_status status);

struct battery_check {
    const char *name;
    void (*run)(struct battery_context *context);
};

/** All checks, ended by a row whose name is NULL. */
extern const struct battery_check battery_checks[];

#endif
