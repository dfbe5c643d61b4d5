/* standalone.c: runs a fuzz target over files, for compilers without libFuzzer and for the tests.
 * PROGRAM [--torture] FILE|DIRECTORY…  With --torture each allocation of each input fails in turn. */
#include "fuzz.h"

#include "base/alloc.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_BYTES_MAX (1u << 20)
#define FAILURES_MAX 500 /* of one input; every so-manieth beyond */
#define PATH_BYTES_MAX 4096

/* Runs once; false when blocks stay behind. */
static bool run_once(const char *path, const uint8_t *data, size_t size, uint64_t failing) {
    uint64_t before = rf_alloc_live();
    rf_alloc_fail_at(failing, failing & 1);
    (void)LLVMFuzzerTestOneInput(data, size);
    uint64_t after = rf_alloc_live();
    if (after != before)
        printf("%s: %" PRId64 " blocks leaked, allocation %" PRIu64 " failing\n", path, (int64_t)(after - before), failing);
    return after == before;
}

static bool run_input(const char *path, const uint8_t *data, size_t size, bool torture) {
    if (!run_once(path, data, size, 0))
        return false;
    uint64_t count = rf_alloc_count(), step = count / FAILURES_MAX + 1;
    bool good = true;
    for (uint64_t n = 1; torture && good && n <= count; n += step)
        good = run_once(path, data, size, n);
    rf_alloc_fail_at(0, false);
    return good;
}

static bool run_file(const char *path, bool torture) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        printf("%s: cannot be opened\n", path);
        return false;
    }
    uint8_t *data = rf_alloc(INPUT_BYTES_MAX);
    size_t size = data ? fread(data, 1, INPUT_BYTES_MAX, file) : 0;
    bool good = data && !ferror(file) && run_input(path, data, size, torture);
    rf_free(data);
    (void)fclose(file);
    return good;
}

/* Counts the files it ran; an empty corpus proves nothing and fails. */
static bool run_directory(const char *path, bool torture, int *ran) {
    DIR *directory = opendir(path);
    if (!directory)
        return false;
    bool good = true;
    for (struct dirent *entry; good && (entry = readdir(directory));) {
        char name[PATH_BYTES_MAX];
        if (entry->d_name[0] == '.')
            continue;
        int len = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        good = len > 0 && (size_t)len < sizeof name && run_file(name, torture);
        (*ran)++;
    }
    (void)closedir(directory);
    return good;
}

int main(int count, char **arguments) {
    bool torture = count > 1 && strcmp(arguments[1], "--torture") == 0;
    int ran = 0;
    for (int i = torture ? 2 : 1; i < count; i++) {
        struct stat info;
        bool directory = stat(arguments[i], &info) == 0 && S_ISDIR(info.st_mode);
        if (!(directory ? run_directory(arguments[i], torture, &ran) : run_file(arguments[i], torture)))
            return 1;
        ran += !directory;
    }
    printf("%d inputs%s\n", ran, torture ? ", each allocation failing in turn" : "");
    return ran > 0 ? 0 : 1;
}
