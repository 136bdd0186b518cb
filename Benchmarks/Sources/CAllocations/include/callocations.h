// How often the process asked for memory since it started: malloc, calloc, realloc and their aligned kin.
#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H
#include <stdint.h>

uint64_t bench_allocations(void);

// Instructions that this thread has executed in user space, or 0 where the kernel or the machine does not count them.
uint64_t bench_instructions(void);

#endif
