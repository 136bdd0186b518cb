#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

extern char **environ;

static int64_t micros(int64_t seconds, int64_t nanoseconds) { return seconds * 1000000 + nanoseconds / 1000; }

static void from_stat(const struct stat *raw, cl_status *status) {
  *status = (cl_status){
      .device = raw->st_dev,
      .inode = raw->st_ino,
      .modified = micros(raw->st_mtim.tv_sec, raw->st_mtim.tv_nsec),
      .changed = micros(raw->st_ctim.tv_sec, raw->st_ctim.tv_nsec),
      .size = raw->st_size,
      .mode = raw->st_mode,
      .links = raw->st_nlink,
  };
}

static int look(int directory, const char *path, int flags, cl_status *status) {
  struct statx raw;
  if (statx(directory, path, flags, STATX_BASIC_STATS | STATX_BTIME, &raw) != 0) return errno;
  *status = (cl_status){
      .device = makedev(raw.stx_dev_major, raw.stx_dev_minor),
      .inode = raw.stx_ino,
      .born = raw.stx_mask & STATX_BTIME ? micros(raw.stx_btime.tv_sec, raw.stx_btime.tv_nsec) : 0,
      .modified = micros(raw.stx_mtime.tv_sec, raw.stx_mtime.tv_nsec),
      .changed = micros(raw.stx_ctime.tv_sec, raw.stx_ctime.tv_nsec),
      .size = raw.stx_size,
      .mode = raw.stx_mode,
      .links = raw.stx_nlink,
  };
  return 0;
}

// Old container runtimes refuse statx with EPERM.
static int is_refused(int code) { return code == ENOSYS || code == EPERM || code == EINVAL; }

int cl_status_at(const char *path, cl_status *status) {
  int code = look(AT_FDCWD, path, 0, status);
  if (!is_refused(code)) return code;
  struct stat raw;
  if (stat(path, &raw) != 0) return errno;
  from_stat(&raw, status);
  return 0;
}

int cl_status_of(int handle, cl_status *status) {
  int code = look(handle, "", AT_EMPTY_PATH, status);
  if (!is_refused(code)) return code;
  struct stat raw;
  if (fstat(handle, &raw) != 0) return errno;
  from_stat(&raw, status);
  return 0;
}

int cl_punch(int handle, int64_t offset, int64_t length) {
  return fallocate(handle, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) == 0 ? 0 : errno;
}

int cl_lock_place(int handle, uint64_t place) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)(place >> 2), .l_len = 1};
  return fcntl(handle, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

int cl_is_being_written(int handle) {
  if (fcntl(handle, F_SETLEASE, F_RDLCK) == 0) {
    fcntl(handle, F_SETLEASE, F_UNLCK);
    return 0;
  }
  return errno == EAGAIN ? 1 : -1;
}

void cl_give_back_large_blocks(void) {
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
  mallopt(M_TRIM_THRESHOLD, 128 << 10);
}

void cl_give_back_free_memory(void) { malloc_trim(0); }

static int caught_pipe = -1;

static void caught(int number, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  unsigned char byte = (unsigned char)(number | (info->si_code == SI_KERNEL ? 0x80 : 0));
  ssize_t written = write(caught_pipe, &byte, 1);
  (void)written;
  errno = saved;
}

int cl_catch(const int *numbers, int count, int pipe) {
  struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigemptyset(&action.sa_mask);
  caught_pipe = pipe;
  for (int i = 0; i < count; i++)
    if (sigaction(numbers[i], &action, NULL) != 0) return errno;
  return 0;
}

static char traps_path[4096];
static __thread cl_reading this_reading;

// Only what signal-safety(7) allows.
void cl_note_trap(void) {
  if (this_reading.source_length == 0 || traps_path[0] == 0) return;
  int file = open(traps_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return;
  ssize_t written = write(file, &this_reading, sizeof this_reading);
  (void)written;
  close(file);
}

static void trapped(int number) {
  cl_note_trap();
  // The handler is gone, so this ends the program as the fault alone would have.
  raise(number);
}

void cl_note_traps(const char *path) {
  size_t length = strlen(path);
  if (length >= sizeof traps_path) return;
  memcpy(traps_path, path, length + 1);
  if (length == 0) return;
  // A stack that is full has no room for the handler.
  struct sigaction action = {.sa_handler = trapped, .sa_flags = SA_RESETHAND | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  const int faults[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
  for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) sigaction(faults[i], &action, NULL);
}

void cl_begin_reading(const cl_reading *reading) {
  static __thread int has_stack;
  if (!has_stack) {
    // Kept as long as the program runs: the threads that read do, too.
    stack_t stack = {.ss_sp = malloc(16 << 10), .ss_size = 16 << 10};
    if (stack.ss_sp != NULL) sigaltstack(&stack, NULL);
    has_stack = 1;
  }
  this_reading = *reading;
}

void cl_end_reading(void) { this_reading.source_length = 0; }

int cl_has_no_writer(int handle) {
  if (fcntl(handle, F_SETLEASE, F_RDLCK) != 0) return 0;  // EAGAIN: somebody writes.
  fcntl(handle, F_SETLEASE, F_UNLCK);
  return 1;
}

int cl_spawn(char *const arguments[], int output, int takes_errors, int32_t *process) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, usual;
  pid_t child = 0;
  sigemptyset(&none);
  sigemptyset(&usual);
  const int ours[] = {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD, SIGIO};
  for (unsigned i = 0; i < sizeof ours / sizeof *ours; i++) sigaddset(&usual, ours[i]);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (takes_errors) posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int code = posix_spawnp(&child, arguments[0], &actions, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  *process = child;
  return code;
}
