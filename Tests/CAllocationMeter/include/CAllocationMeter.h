#pragma once
#include <stdbool.h>
#include <stddef.h>

/// What the current thread allocated since the meter was started.
struct CAllocationMeter {
  /// The size of the largest block that was asked for.
  size_t largest;
  /// The most bytes that were held at one time, beyond those held at the start.
  long peak;
};

/// Whether allocations can be seen: with glibc and without sanitizers, which have allocators of their own.
bool CAllocationMeterIsAvailable(void);

/// Starts to follow the allocations of the current thread.
void CAllocationMeterStart(void);

/// Stops and returns what was seen.
struct CAllocationMeter CAllocationMeterStop(void);
