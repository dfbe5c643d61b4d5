/* connect_path.c: where the daemon's socket and log are. */
#include "terminal/connect.h"

#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* An absolute path out of the environment; NULL: not set, or not one. */
static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value && value[0] == '/' ? value : NULL;
}

static rf_code refuse(const char *folder, const char *why, rf_error *reterr) {
    (void)rf_raise(reterr, RF_EREFUSED, "the folder %s for the daemon's socket %s", folder, why);
    rf_error_hint(reterr, "remove it, run `chmod 700` on it if it is yours, or set RIFFLE_TERM_SOCKET to a path in a folder of your own");
    return RF_EREFUSED;
}

/* Whoever may write to the folder could put a socket of theirs in the place of ours. */
static rf_code check_folder(const char *folder, rf_error *reterr) {
    struct stat is;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return rf_raise(reterr, RF_EIO, "the folder %s for the daemon's socket cannot be made: %s", folder, strerror(errno));
    if (lstat(folder, &is) != 0)
        return rf_raise(reterr, RF_EIO, "the folder %s for the daemon's socket cannot be looked at: %s", folder, strerror(errno));
    if (S_ISLNK(is.st_mode))
        return refuse(folder, "is a link", reterr);
    if (!S_ISDIR(is.st_mode))
        return refuse(folder, "is no folder", reterr);
    if (is.st_uid != geteuid())
        return refuse(folder, "belongs to another user", reterr);
    return is.st_mode & 077 ? refuse(folder, "is open to other users", reterr) : RF_OK;
}

static rf_code check_length(const char *path, rf_error *reterr) {
    const size_t most = sizeof((struct sockaddr_un *)0)->sun_path - 1;
    if (strlen(path) <= most)
        return RF_OK;
    (void)rf_raise(reterr, RF_ECONFIG, "the socket's path is longer than %zu bytes: %s", most, path);
    rf_error_hint(reterr, "set RIFFLE_TERM_SOCKET to a shorter path");
    return RF_ECONFIG;
}

static bool is_folder(const char *path) {
    struct stat is;
    return path && stat(path, &is) == 0 && S_ISDIR(is.st_mode);
}

rf_code rf_term_socket_path(rf_arena *arena, const char **ret_path, rf_error *reterr) {
    assert(arena && ret_path);
    const char *own = getenv("RIFFLE_TERM_SOCKET"), *runtime = variable("XDG_RUNTIME_DIR");
    if (own && *own) {
        if (own[0] != '/') {
            (void)rf_raise(reterr, RF_ECONFIG, "RIFFLE_TERM_SOCKET is %s, which is no absolute path", own);
            rf_error_hint(reterr, "begin it with /");
            return RF_ECONFIG;
        }
        *ret_path = rf_strdup_in(arena, own);
        return *ret_path ? check_length(*ret_path, reterr) : rf_raise_nomem(reterr);
    }
    const char *folder = is_folder(runtime) ? rf_printf_in(arena, "%s/riffle", runtime).data
                                            : rf_printf_in(arena, "/tmp/riffle-%u", (unsigned)geteuid()).data;
    *ret_path = folder ? rf_printf_in(arena, "%s/term.sock", folder).data : NULL;
    if (!*ret_path)
        return rf_raise_nomem(reterr);
    rf_code code = check_length(*ret_path, reterr);
    return code ? code : check_folder(folder, reterr);
}

/* Makes each folder above the file; one that cannot be made shows when the file is opened. */
static void make_folders(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

const char *rf_term_log_path(rf_arena *arena) {
    assert(arena);
    const char *state = variable("XDG_STATE_HOME"), *home = variable("HOME");
    if (!state && !home)
        return NULL;
    rf_slice path = state ? rf_printf_in(arena, "%s/riffle/term.log", state) : rf_printf_in(arena, "%s/.local/state/riffle/term.log", home);
    if (path.data)
        make_folders((char *)path.data);
    return path.data;
}
