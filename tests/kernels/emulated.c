/* Calls one kernel of the baseline level, for tests that emulate another architecture.
 *
 * usage: emulated KERNEL NUMBER SIZE COUNT BYTES... <arrays >result
 *
 * Arrays of so many BYTES come from standard input one after the other; the last is the result. NUMBER picks one of the
 * kernels lut_apply, SIZE is that of the lattice, the bits of a bin or the number of the other descriptors, COUNT that of
 * the colors or descriptors. */
#include "kernels.h"

#include <stdio.h>
#include <stdlib.h>

static void lut_apply(int number, int size, size_t count, void *const *array) {
    Lut lut = {array[1], array[1], size, {0}, {0}};
    memcpy(lut.scale, array[2], sizeof lut.scale);
    memcpy(lut.offset, (const float *)array[2] + 3, sizeof lut.offset);
    cpu_level(0)->kernels->lut_apply[number / PIXELS][number % PIXELS](array[0], array[3], count, &lut);
}

static int call(const char *kernel, int number, int size, size_t count, void *const *array) {
    const Kernels *kernels = cpu_level(0)->kernels;
    if (!strcmp(kernel, "lut_apply"))
        lut_apply(number, size, count, array);
    else if (!strcmp(kernel, "lut_accumulate"))
        kernels->lut_accumulate(array[0], array[1], count, array[2], size);
    else if (!strcmp(kernel, "delta_e00_f32"))
        kernels->delta_e00_f32(array[0], array[1], count, array[2]);
    else if (!strcmp(kernel, "delta_e00_f64"))
        kernels->delta_e00_f64(array[0], array[1], count, array[2]);
    else if (!strcmp(kernel, "srgb_u8_to_lab"))
        kernels->srgb_u8_to_lab(array[0], count, array[1]);
    else if (!strcmp(kernel, "srgb_to_lab"))
        kernels->srgb_to_lab(array[0], count, array[1]);
    else if (!strcmp(kernel, "lab_to_srgb"))
        kernels->lab_to_srgb(array[0], count, array[1]);
    else if (!strcmp(kernel, "histogram"))
        kernels->histogram(array[0], count, array[1], size);
    else if (!strcmp(kernel, "nearest"))
        kernels->nearest(array[0], count, array[1], (size_t)size, array[2], array[3]);
    else if (!strcmp(kernel, "nearest_posed"))
        kernels->nearest_posed(array[0], array[1], count, array[2], array[3], (size_t)size, array[4], array[5]);
    else
        return 1;
    return 0;
}

int main(int argc, char **argv) {
    void *array[6];
    size_t bytes = 0;
    int arrays = argc - 5;
    if (arrays < 2 || arrays > 6)
        return 1;
    for (int i = 0; i < arrays; i++) {
        bytes = (size_t)atol(argv[5 + i]);
        array[i] = malloc(bytes);
        if (!array[i] || fread(array[i], 1, bytes, stdin) != bytes)
            return 1;
    }
    if (call(argv[1], atoi(argv[2]), atoi(argv[3]), (size_t)atol(argv[4]), array))
        return 1;
    return fwrite(array[arrays - 1], 1, bytes, stdout) != bytes;
}
