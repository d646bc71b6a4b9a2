/* The kernels for x86-64-v4: AVX-512. dispatch.c asks the CPU for the same features. */
#include "kernels.h"
#ifdef X86_LEVELS
#ifdef __clang__
#pragma clang attribute push(                                                                                 \
    __attribute__((target("avx2,fma,bmi,bmi2,avx512f,avx512bw,avx512cd,avx512dq,avx512vl"))), apply_to = function)
#else
#pragma GCC target("avx2,fma,bmi,bmi2,avx512f,avx512bw,avx512cd,avx512dq,avx512vl")
#endif
#define WITH_AVX2
#define WITH_VNNI /* asked for by the kernel that can use it */
#define KERNELS kernels_v4
#include "kernels.inc"
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
