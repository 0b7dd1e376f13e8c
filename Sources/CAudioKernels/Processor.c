#include "Processor.h"

bool cak_avx2_found = false;
bool cak_avx512_found = false;

#if defined(__x86_64__)

__attribute__((constructor)) static void find(void) {
  __builtin_cpu_init();
  cak_avx2_found = __builtin_cpu_supports("avx2");
  cak_avx512_found = cak_avx2_found && __builtin_cpu_supports("avx512f");
}

#endif
