/* The choice of how large tiles are. */
#ifndef HAHN_CORE_TILE_H
#define HAHN_CORE_TILE_H

#include <hahn/engine.h>
#include <stdbool.h>

/* Bytes of a core's level-2 cache, or a guess where nothing tells it. */
uint64_t hahn_level2_cache(void);

/* Qubits of the largest tile whose states take no more than half of the cache, within the
   bounds of core/program.h. */
int hahn_tile_for_cache(uint64_t cache, hahn_precision precision);

/* Qubits of the tiles of a program for states of so many qubits. */
int hahn_tile_for(const hahn_engine *engine, int qubits);

/* Lowest qubits that are in each tile. */
int hahn_line_for(const hahn_engine *engine);

/* Whether tiles of hahn_engine_tile qubits are worth a thought too: where nothing was set, and the
   state is more than what a core's own caches hold. */
bool hahn_tile_is_open(const hahn_engine *engine, int qubits);

/* What HAHN_TILE says; 0 where it says nothing that can be had. */
int hahn_tile_by_environment(void);

#endif
