#include "CLoudness.h"

bool clo_avx2_found = false;

#if defined(__x86_64__)

__attribute__((constructor)) static void find_avx2(void) {
  __builtin_cpu_init();
  clo_avx2_found = __builtin_cpu_supports("avx2");
}

#endif
