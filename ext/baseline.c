/* The kernels for any CPU of the architecture (SSE2 on x86-64, NEON on aarch64). */
#include "kernels.h"
#define KERNELS kernels_baseline
#include "kernels.inc"
