#ifndef SECLOG_CKERNELS_H
#define SECLOG_CKERNELS_H
#include <stddef.h>
#include <stdint.h>
#endif
