/* The hot loops: no Python objects, no allocation, no way to fail. The caller has checked every shape.
 *
 * Memory. A color is three neighbors (R, G, B or L*, a*, b*); colors follow each other without gaps. A lattice node
 * is four neighbors, the fourth a pad (lut_apply) or the weight (lut_accumulate), so one vector load fetches a node.
 * Nodes lie as in the body of a .cube file, red fastest: node (r, g, b) has index (b * size + g) * size + r. Elements
 * are aligned to their size and no further.
 *
 * Ranges. uint8 and uint16 are full-range codes (255 and 65535 are 1.0); float32 is not clipped unless said. NaN
 * counts as 0, an infinity as the nearest end of the range that a kernel names; delta_e00 alone passes NaN on. `out`
 * may be the input itself, where the types are the same; other overlaps are not allowed.
 *
 * Shape of a kernel. A kernel loads BLOCK colors into one array per channel, works on them in loops of constant
 * length, and writes them back. Every compiler vectorizes such loops. Several short loops beat a long one, whose steps
 * wait for each other. The last block is padded, so a color's result does not depend on its index in the array.
 *
 * Each CPU level compiles the same source (kernels.inc) and exports one table; dispatch.c picks a table at import.
 * Two have more than one way. LUTs are applied in plain C on any CPU, and in AVX2 by hand (*_avx2.inc) from level v3
 * on, where sums of two colors share a register. Products of descriptors (nearest.inc) are summed by the widest
 * instruction of the level; at v4 the CPU is asked for VNNI, too. */

#ifndef OTIOGRADE_KERNELS_H
#define OTIOGRADE_KERNELS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* U8_CODES: uint8 through a lattice of int16. U16_UNIT: uint16 through a lattice that spans [0, 1]. */
enum { U8, U16, F32, U8_CODES, U16_UNIT, PIXELS };
enum { TRILINEAR, TETRAHEDRAL, INTERPOLATIONS };

/* Numbers of a descriptor of a place; descriptors follow each other without gaps. */
enum { DEPTH = 128 };

/* A 3-D LUT as the kernels see it: lattice coordinate = scale * value + offset, for each channel of a pixel's value. */
typedef struct {
    const float *nodes;
    const int16_t *codes; /* used by U8_CODES in place of nodes: see lut_apply_u8.inc */
    int size;
    float scale[3], offset[3];
} Lut;

typedef struct {
    void (*lut_apply[INTERPOLATIONS][PIXELS])(const void *src, void *out, size_t count, const Lut *lut);
    void (*lut_accumulate)(const float *colors, const float *values, size_t count, double *sums, int size);
    void (*delta_e00_f32)(const float *lab1, const float *lab2, size_t count, float *out);
    void (*delta_e00_f64)(const double *lab1, const double *lab2, size_t count, double *out);
    void (*srgb_u8_to_lab)(const uint8_t *rgb, size_t count, float *out);
    void (*srgb_to_lab)(const float *rgb, size_t count, float *out);
    void (*lab_to_srgb)(const float *lab, size_t count, float *out);
    void (*histogram)(const uint8_t *rgb, size_t count, uint32_t *counts, int bits);
    void (*nearest)(const uint8_t *a, size_t rows, const uint8_t *b, size_t columns, int16_t *tiles, int32_t *out);
    void (*nearest_posed)(const uint8_t *a, const int32_t *pose_a, size_t rows, const uint8_t *b,
                          const int32_t *pose_b, size_t columns, const int32_t *within, int32_t *out);
} Kernels;

typedef struct {
    const char *name;
    const Kernels *kernels;
} Level;

/* The CPU level at `rank` (0 is the lowest), or NULL where this CPU or this build has no such level. */
const Level *cpu_level(int rank);

extern const Kernels kernels_baseline;
#if defined(__x86_64__) && defined(__GNUC__)
#define X86_LEVELS
#include <immintrin.h>
extern const Kernels kernels_v3, kernels_v4;
#endif

#endif
