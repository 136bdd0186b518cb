// Calls of Linux that Swift does not import.
#ifndef SECLOG_CLINUX_H
#define SECLOG_CLINUX_H
#include <stdint.h>

typedef struct {
  uint64_t device, inode;
  // Microseconds since 1970. `born` is 0 where the file system does not tell (NFS, FUSE).
  int64_t born, modified, changed;
  int64_t size;
  uint32_t mode, links;
} cl_status;

// As stat(2) and fstat(2), with the time of birth. Return 0 or an error number.
int cl_status_at(const char *path, cl_status *status);
int cl_status_of(int handle, cl_status *status);

// Gives the pages of a range back to the file system; the size stays. Returns 0 or an error number.
int cl_punch(int handle, int64_t offset, int64_t length);

// Locks one of 2^62 places of a file until the handle is closed (F_OFD_SETLK). Returns 0 or an error number: EAGAIN if
// another handle has it.
int cl_lock_place(int handle, uint64_t place);

// Whether somebody has the file open for writing: 1 or 0, or -1 if that cannot be told. A read lease is granted while
// nobody has (fcntl(2), "Leases"): to the owner of the file, or with CAP_LEASE. SIGIO must be ignored.
int cl_is_being_written(int handle);

// From now on memory in large blocks returns to the kernel as soon as it is free. Otherwise glibc keeps what was
// ever freed for the next block of that size: what a burst took stays taken.
void cl_give_back_large_blocks(void);

// Returns what is free now, between what is used as well. Costs some milliseconds.
void cl_give_back_free_memory(void);

// Starts a program, looked up in PATH, with `output` as its standard output and, if `takes_errors`, as
// its standard error too; no signal is blocked or ignored in it. Returns 0 or an error number.
int cl_spawn(char *const arguments[], int output, int takes_errors, int32_t *process);

// From now on these signals are written to a pipe, a byte each: the number, and 128 more if the kernel
// sent it (the terminal, for Ctrl-C). For the whole process, once. Returns 0 or an error number.
int cl_catch(const int *numbers, int count, int pipe);

// Which part of a source a thread reads. `hash` is that of the bytes, 0 if they are many lines.
typedef struct {
  int64_t offset, length;
  uint64_t hash;
  // Its name, up to what there is room for.
  uint32_t source_length;
  char source[228];
} cl_reading;

// From now on a fault of the program (SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT) in a thread that reads appends
// what it reads to this file before the program ends. For the whole process; an empty path ends it.
void cl_note_traps(const char *path);

// This thread reads that part, until it says that it ended.
void cl_begin_reading(const cl_reading *reading);
void cl_end_reading(void);

// What a fault does, but for the end of the program.
void cl_note_trap(void);

// Whether nobody has the file open for writing; `handle` is open for reading only.
int cl_has_no_writer(int handle);

#endif
