#include "CAllocationMeter.h"

#include <stdint.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

#if defined(__GLIBC__) && !defined(HAS_SANITIZER)
#include <errno.h>
#include <malloc.h>

// The program's own definitions of malloc and its relatives take the place of glibc's, for every library in the process;
// they count, and pass on to glibc.

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static __thread struct {
  bool isOn;
  long held;
  struct CAllocationMeter seen;
} meter __attribute__((tls_model("initial-exec")));

static void *taken(void *block, size_t size) {
  if (meter.isOn && block) {
    meter.held += (long)malloc_usable_size(block);
    if (size > meter.seen.largest) meter.seen.largest = size;
    if (meter.held > meter.seen.peak) meter.seen.peak = meter.held;
  }
  return block;
}

static void given(void *block) {
  if (meter.isOn && block) meter.held -= (long)malloc_usable_size(block);
}

void *malloc(size_t size) { return taken(__libc_malloc(size), size); }

void *calloc(size_t count, size_t size) { return taken(__libc_calloc(count, size), count * size); }

void *realloc(void *block, size_t size) {
  size_t before = meter.isOn && block ? malloc_usable_size(block) : 0;
  void *result = __libc_realloc(block, size);
  if (result || size == 0) {
    if (meter.isOn) meter.held -= (long)before;
    taken(result, size);
  }
  return result;
}

void *memalign(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size), size); }

void *aligned_alloc(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size), size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
  void *block = taken(__libc_memalign(alignment, size), size);
  if (!block) return ENOMEM;
  *result = block;
  return 0;
}

void free(void *block) {
  given(block);
  __libc_free(block);
}

bool CAllocationMeterIsAvailable(void) { return true; }

void CAllocationMeterStart(void) {
  meter.held = 0;
  meter.seen = (struct CAllocationMeter){0, 0};
  meter.isOn = true;
}

struct CAllocationMeter CAllocationMeterStop(void) {
  meter.isOn = false;
  return meter.seen;
}

#else

bool CAllocationMeterIsAvailable(void) { return false; }

void CAllocationMeterStart(void) {}

struct CAllocationMeter CAllocationMeterStop(void) { return (struct CAllocationMeter){0, 0}; }

#endif
