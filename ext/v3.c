/* The kernels for x86-64-v3: AVX2 and FMA. dispatch.c asks the CPU for the same features. */
#include "kernels.h"
#ifdef X86_LEVELS
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)
#else
#pragma GCC target("avx2,fma,bmi,bmi2")
#endif
#define WITH_AVX2
#define KERNELS kernels_v3
#include "kernels.inc"
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
