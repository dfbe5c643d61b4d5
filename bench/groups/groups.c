/* groups.c: all benchmarks in a row, and the folder that they write to. */
#include "groups.h"

#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_MAX_AT_ONCE 8 /* folders that nftw holds open */

void rf_groups_open_empty(rf_groups *groups) {
    assert(groups);
    *groups = (rf_groups){ 0 };
    rf_arena_init(&groups->arena, 16384);
}

rf_code rf_groups_open(rf_groups *groups, rf_error *reterr) {
    static const rf_group all[] = {
        rf_group_loading, rf_group_dispatch, rf_group_chaining, rf_group_vm, rf_group_throughput, rf_group_cache, rf_group_workload,
        rf_group_fusabi, rf_group_stream, rf_group_zones,
    };
    rf_groups_open_empty(groups);
    rf_code code = RF_OK;
    for (size_t i = 0; i < sizeof all / sizeof *all && !code; i++)
        code = all[i](groups, reterr);
    if (code)
        rf_groups_close(groups);
    return code;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk) {
    (void)about, (void)kind, (void)walk;
    (void)remove(path); /* what cannot go stays for whoever cleans the folder of temporary files */
    return 0;
}

void rf_groups_close(rf_groups *groups) {
    if (groups->folder[0])
        (void)nftw(groups->folder, remove_one, OPEN_MAX_AT_ONCE, FTW_DEPTH | FTW_PHYS);
    rf_vec_done(&groups->list);
    rf_arena_done(&groups->arena);
    *groups = (rf_groups){ 0 };
}

rf_code rf_groups_folder(rf_groups *groups, rf_error *reterr) {
    const char *under = getenv("TMPDIR");
    char folder[sizeof groups->folder];
    if (groups->folder[0])
        return RF_OK;
    if (!under || !*under)
        under = "/tmp";
    int len = snprintf(folder, sizeof folder, "%s/riffle-bench-XXXXXX", under);
    if (len < 0 || (size_t)len >= sizeof folder) {
        rf_code code = rf_raise(reterr, RF_EIO, "making a folder under %s: its name is too long", under);
        rf_error_hint(reterr, "set TMPDIR to a shorter one");
        return code;
    }
    if (!mkdtemp(folder)) {
        rf_code code = rf_raise(reterr, RF_EIO, "making a folder under %s: %s", under, strerror(errno));
        rf_error_hint(reterr, "TMPDIR must name a folder that can be written to");
        return code;
    }
    memcpy(groups->folder, folder, sizeof folder);
    return RF_OK;
}

static bool write_all(int fd, rf_slice content) {
    while (content.len) {
        ssize_t wrote = write(fd, content.data, content.len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        content = (rf_slice){ content.data + wrote, content.len - (size_t)wrote };
    }
    return true;
}

/* A file that could not be written whole goes again, so that nobody finds it there. */
static rf_code write_new(int fd, const char *path, rf_slice content, rf_error *reterr) {
    bool good = write_all(fd, content);
    int why = errno;
    if (close(fd) && good) {
        good = false;
        why = errno;
    }
    if (good)
        return RF_OK;
    (void)unlink(path);
    return rf_raise(reterr, RF_EIO, "writing %s: %s", path, strerror(why));
}

rf_code rf_groups_file(rf_groups *groups, const char *name, rf_slice content, const char **ret_path, rf_error *reterr) {
    assert(groups && name && ret_path);
    rf_code code = rf_groups_folder(groups, reterr);
    if (code)
        return code;
    rf_slice path = rf_printf_in(&groups->arena, "%s/%s", groups->folder, name);
    if (!path.data)
        return rf_raise_nomem(reterr);
    int fd = open(path.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return rf_raise(reterr, RF_EIO, "writing %s: %s", path.data, strerror(errno));
    if (fd >= 0)
        code = write_new(fd, path.data, content, reterr);
    if (!code)
        *ret_path = path.data;
    return code;
}

rf_code rf_groups_add(rf_groups *groups, const rf_bench *bench, rf_error *reterr) {
    assert(groups && bench && bench->group && bench->name && bench->doc && bench->open && bench->work && bench->close);
    return rf_vec_push(&groups->list, *bench) ? RF_OK : rf_raise_nomem(reterr);
}
