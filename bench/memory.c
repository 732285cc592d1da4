#define _DEFAULT_SOURCE

#include "memory.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

/* The number of kB in the line of a file that begins with `name`, in bytes; 0 where there is none.
 */
static uint64_t read_line(const char *path, const char *name)
{
    FILE *file = fopen(path, "r");
    unsigned long long kilobytes = 0;
    char line[256];
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0 &&
            sscanf(line + strlen(name), "%llu kB", &kilobytes) == 1)
            break;
    if (file)
        fclose(file);
    return 1024 * (uint64_t)kilobytes;
}

uint64_t memory_peak(void)
{
    const uint64_t peak = read_line("/proc/self/status", "VmHWM:");
    struct rusage usage;
    if (peak || getrusage(RUSAGE_SELF, &usage) != 0)
        return peak;
    return 1024 * (uint64_t)usage.ru_maxrss;
}

uint64_t memory_resident(void)
{
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
    const uint64_t exact = read_line("/proc/self/smaps_rollup", "Rss:");
    return exact ? exact : read_line("/proc/self/status", "VmRSS:");
}
