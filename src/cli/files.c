/* files.c: the files that arguments mean: plain names, patterns, folders. */
#include "cli/files.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/vec.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <sys/stat.h>

#define DEPTH_MAX 64

static rf_code add_path(rf_cli_files *files, const char *path, size_t len, rf_error *reterr) {
    char *copy = rf_strndup(path, len);
    if (!copy || !rf_vec_room_for((void **)&files->paths, &files->cap, files->count, sizeof *files->paths)) {
        rf_free(copy);
        return rf_raise_nomem(reterr);
    }
    files->paths[files->count++] = copy;
    return RF_OK;
}

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static rf_code add_folder(rf_cli_files *files, const char *folder, unsigned depth, rf_error *reterr);

static rf_code add_entry(rf_cli_files *files, const char *folder, const char *name, unsigned depth, rf_error *reterr) {
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (len < 0 || (size_t)len >= sizeof path)
        return rf_raise(reterr, RF_EIO, "read %s: the path is too long", folder);
    if (is_folder(path))
        return depth < DEPTH_MAX ? add_folder(files, path, depth + 1, reterr) : RF_OK;
    rf_slice text = rf_slice_of(path);
    bool yaml = rf_slice_ends(text, RF_SLICE(".yaml")) || rf_slice_ends(text, RF_SLICE(".yml"));
    return yaml ? add_path(files, path, (size_t)len, reterr) : RF_OK;
}

static rf_code add_folder(rf_cli_files *files, const char *folder, unsigned depth, rf_error *reterr) {
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0)
        return rf_raise(reterr, RF_EIO, "read %s: %s", folder, strerror(errno));
    rf_code code = RF_OK;
    for (int i = 0; i < count; i++) {
        if (!code && entries[i]->d_name[0] != '.')
            code = add_entry(files, folder, entries[i]->d_name, depth, reterr);
        free(entries[i]); /* made by scandir */
    }
    free(entries);
    return code;
}

static rf_code add_pattern(rf_cli_files *files, const char *pattern, rf_error *reterr) {
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0)
        return rf_raise(reterr, RF_ENOTFOUND, "no file matches %s", pattern);
    rf_code code = RF_OK;
    for (size_t i = 0; i < found.gl_pathc && !code; i++)
        code = is_folder(found.gl_pathv[i]) ? add_folder(files, found.gl_pathv[i], 0, reterr)
                                            : add_path(files, found.gl_pathv[i], strlen(found.gl_pathv[i]), reterr);
    globfree(&found);
    return code;
}

rf_code rf_cli_files_add(rf_cli_files *files, const char *argument, rf_error *reterr) {
    assert(files && argument);
    struct stat status;
    rf_slice text = rf_slice_of(argument);
    bool dots = rf_slice_is(text, "...") || rf_slice_ends(text, RF_SLICE("/..."));
    if (dots)
        text.len -= text.len > 4 ? 4 : text.len - 1; /* "/..." is the root, "..." is here */
    while (text.len > 1 && text.data[text.len - 1] == '/')
        text.len--;
    size_t before = files->count;
    char *folder = rf_strndup(text.data, text.len);
    if (!folder)
        return rf_raise_nomem(reterr);
    rf_code code;
    if (dots || is_folder(folder))
        code = add_folder(files, folder, 0, reterr);
    else if (strpbrk(argument, "*?[") && stat(argument, &status) != 0)
        code = add_pattern(files, argument, reterr);
    else
        code = add_path(files, argument, strlen(argument), reterr);
    rf_free(folder);
    if (!code && files->count == before)
        return rf_raise(reterr, RF_ENOTFOUND, "no .yaml or .yml file is below %s", argument);
    return code;
}

void rf_cli_files_done(rf_cli_files *files) {
    for (size_t i = 0; i < files->count; i++)
        rf_free(files->paths[i]);
    rf_free(files->paths);
    *files = (rf_cli_files){ 0 };
}
