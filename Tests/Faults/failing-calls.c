// A library to preload: it lets chosen calls of the system fail, on Linux.
//
//   FAULT_CALL   open, read, write, fsync, rename, link, stat, seek, readdir, thread, or a list of them with commas
//   FAULT_FIRST  the number of the first call that fails, from 1
//   FAULT_EVERY  after it, every so many calls fail; 0: no further one
//   FAULT_FILE   a text in the path of a file whose opening fails; others are opened; without it all count
//   FAULT_WITH   a number of the system (errno); short: half of the bytes; once: EINTR, then the call as it is
//
// Calls on regular files alone count, and none on libraries and devices; readdir counts in every folder, and a call
// `thread` creates a thread.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static const char *faultCalls, *faultFile;
static long faultFirst, faultEvery;
static int faultNumber, isShort, isOnce;
static atomic_long callCount;
static _Thread_local int wasInterrupted;

__attribute__((constructor)) static void prepare(void) {
  faultCalls = getenv("FAULT_CALL");
  faultFile = getenv("FAULT_FILE");
  const char *with = getenv("FAULT_WITH");
  faultFirst = getenv("FAULT_FIRST") ? atol(getenv("FAULT_FIRST")) : 1;
  faultEvery = getenv("FAULT_EVERY") ? atol(getenv("FAULT_EVERY")) : 0;
  isShort = with && strcmp(with, "short") == 0;
  isOnce = with && strcmp(with, "once") == 0;
  faultNumber = isOnce ? EINTR : with ? atoi(with) : EIO;
}

static int isAsked(const char *call) {
  if (!faultCalls) return 0;
  size_t length = strlen(call);
  for (const char *at = faultCalls; (at = strstr(at, call)); at += length)
    if ((at == faultCalls || at[-1] == ',') && (at[length] == 0 || at[length] == ',')) return 1;
  return 0;
}

/// Whether this call fails.
static int fails(const char *call) {
  if (!isAsked(call)) return 0;
  if (isOnce && wasInterrupted) {
    wasInterrupted = 0;
    return 0;
  }
  long number = atomic_fetch_add(&callCount, 1) + 1;
  if (number != faultFirst &&
      (number < faultFirst || faultEvery == 0 || (number - faultFirst) % faultEvery != 0))
    return 0;
  wasInterrupted = isOnce;
  return 1;
}

static int isFile(int descriptor) {
  struct stat status;
  int saved = errno;
  int result = descriptor > 2 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  errno = saved;
  return result;
}

static int isOurs(const char *path) {
  const char *others[] = {"/lib", "/usr", "/etc", "/proc", "/sys", "/dev/null", "/opt", "/root"};
  for (size_t index = 0; index < sizeof others / sizeof *others; index++)
    if (strncmp(path, others[index], strlen(others[index])) == 0) return 0;
  return strstr(path, ".so") == 0;
}

static int isChosen(const char *path) { return !faultFile || strstr(path, faultFile) != 0; }

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL(value) return errno = faultNumber, (value)

// Bytes: failing, or fewer of them.
#define BYTES(name, call, parameters, arguments, shorter)               \
  ssize_t name parameters {                                            \
    static __typeof__(&name) real;                                     \
    if (!real) real = REAL(name);                                      \
    if (isFile(descriptor) && fails(call)) {                           \
      if (!isShort) FAIL(-1);                                          \
      if (count > 1) return real shorter;                              \
    }                                                                  \
    return real arguments;                                             \
  }
BYTES(read, "read", (int descriptor, void *bytes, size_t count), (descriptor, bytes, count),
      (descriptor, bytes, count / 2))
BYTES(pread, "read", (int descriptor, void *bytes, size_t count, off_t at), (descriptor, bytes, count, at),
      (descriptor, bytes, count / 2, at))
BYTES(pread64, "read", (int descriptor, void *bytes, size_t count, off64_t at), (descriptor, bytes, count, at),
      (descriptor, bytes, count / 2, at))
BYTES(write, "write", (int descriptor, const void *bytes, size_t count), (descriptor, bytes, count),
      (descriptor, bytes, count / 2))
BYTES(pwrite, "write", (int descriptor, const void *bytes, size_t count, off_t at), (descriptor, bytes, count, at),
      (descriptor, bytes, count / 2, at))
BYTES(pwrite64, "write", (int descriptor, const void *bytes, size_t count, off64_t at),
      (descriptor, bytes, count, at), (descriptor, bytes, count / 2, at))

#define OPEN(name)                                                     \
  int name(const char *path, int flags, ...) {                         \
    va_list more;                                                      \
    va_start(more, flags);                                             \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
    va_end(more);                                                      \
    if (isOurs(path) && isChosen(path) && fails("open")) FAIL(-1);     \
    return REAL(name)(path, flags, mode);                              \
  }
OPEN(open)
OPEN(open64)

int fsync(int descriptor) {
  if (isFile(descriptor) && fails("fsync")) FAIL(-1);
  return REAL(fsync)(descriptor);
}

int rename(const char *from, const char *to) {
  if (fails("rename")) FAIL(-1);
  return REAL(rename)(from, to);
}

int link(const char *from, const char *to) {
  if (fails("link")) FAIL(-1);
  return REAL(link)(from, to);
}

off_t lseek(int descriptor, off_t offset, int whence) {
  if (isFile(descriptor) && fails("seek")) FAIL(-1);
  return REAL(lseek)(descriptor, offset, whence);
}

struct dirent *readdir(DIR *folder) {
  if (fails("readdir")) FAIL((struct dirent *)0);
  return REAL(readdir)(folder);
}

int stat(const char *path, struct stat *status) {
  if (isOurs(path) && fails("stat")) FAIL(-1);
  return REAL(stat)(path, status);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *), void *context) {
  if (fails("thread")) return faultNumber;
  return REAL(pthread_create)(thread, attributes, work, context);
}
