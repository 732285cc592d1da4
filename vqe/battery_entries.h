/* The battery's check of batches whose entries differ by more than parameters. */
#ifndef HAHN_VQE_BATTERY_ENTRIES_HEADER
#define HAHN_VQE_BATTERY_ENTRIES_HEADER

#include "vqe/battery_checks.h"

void battery_check_entries(struct battery_context *context);

#endif
