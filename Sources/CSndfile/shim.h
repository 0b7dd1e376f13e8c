#ifndef CSNDFILE_SHIM_H
#define CSNDFILE_SHIM_H

#include <sndfile.h>
#include <stdio.h>
#include <sys/types.h>

#ifdef __GLIBC__
// What glibc declares under _GNU_SOURCE alone, which a module's users cannot ask for.
struct csndfile_stream_functions {
  ssize_t (*read)(void *, char *, size_t);
  ssize_t (*write)(void *, const char *, size_t);
  int (*seek)(void *, off_t *, int);
  int (*close)(void *);
};
extern FILE *csndfile_fopencookie(void *, const char *, struct csndfile_stream_functions) __asm__("fopencookie");

/// Makes a function take all that is printed to C's `stderr`, line by line; -1 where that is not possible.
static inline int csndfile_take_stderr(ssize_t (*write)(void *, const char *, size_t)) {
  struct csndfile_stream_functions functions = {0, write, 0, 0};
  FILE *stream = csndfile_fopencookie(0, "w", functions);
  if (stream == 0) return -1;
  setvbuf(stream, 0, _IOLBF, 4096);
  stderr = stream;
  return 0;
}
#else
static inline int csndfile_take_stderr(ssize_t (*write)(void *, const char *, size_t)) {
  (void)write;
  return -1;
}
#endif

#endif
