/* Which CPU levels this machine offers. A level is named after its x86-64 micro-architecture level and asks for exactly
 * those of its features that its source file compiles with. */

#include "kernels.h"

static const Level levels[] = {
    {"baseline", &kernels_baseline},
#ifdef X86_LEVELS
    {"v3", &kernels_v3},
    {"v4", &kernels_v4},
#endif
};

static int offered(void) {
#ifdef X86_LEVELS
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi") ||
        !__builtin_cpu_supports("bmi2"))
        return 1;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512cd") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return 2;
    return 3;
#else
    return 1;
#endif
}

const Level *cpu_level(int rank) {
    return rank < offered() ? &levels[rank] : NULL;
}
