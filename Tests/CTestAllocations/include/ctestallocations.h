// How often this thread asked for memory since it started: malloc, calloc, realloc and their aligned kin.
#ifndef CTESTALLOCATIONS_H
#define CTESTALLOCATIONS_H
#include <stdint.h>

// Negative where it is not counted: without glibc, or under a sanitizer, which has a malloc of its own.
int64_t ct_allocations(void);

#endif
