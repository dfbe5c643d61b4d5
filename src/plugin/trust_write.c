/* trust_write.c: writes the trust list: beside the old one, then in its place. */
#include "plugin/trust.h"

#include "base/slice.h"
#include "plugin/manifest.h"
#include "plugin/toml.h"
#include "plugin/trust_hex.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0600, FOLDER_MODE = 0700 };

/* ---- The text ---- */

static void write_grant(const rf_trust_grant *grant, rf_buffer *out) {
    const char *comma = "";
    rf_buffer_text(out, "\n[[grant]]\nname = ");
    rf_toml_write_text(out, grant->name);
    rf_buffer_text(out, "\ncapabilities = [");
    const rf_plugin_capability *known;
    for (size_t i = 0; (known = rf_plugin_capability_at(i)); i++) {
        if (!(grant->capabilities & known->bit))
            continue;
        rf_buffer_printf(out, "%s\"%s\"", comma, known->name);
        comma = ", ";
    }
    rf_buffer_text(out, "]\n");
    if (grant->any_version) {
        rf_buffer_text(out, "any-version = true\n");
        return;
    }
    rf_buffer_text(out, "hash = \"");
    rf_trust_hex_write(out, grant->hash, sizeof grant->hash);
    rf_buffer_text(out, "\"\n");
}

static void write_key(const rf_trust_key *key, rf_buffer *out) {
    rf_buffer_text(out, "\n[[key]]\nname = ");
    rf_toml_write_text(out, key->name);
    rf_buffer_text(out, "\npublic = \"");
    rf_trust_hex_write(out, key->key, sizeof key->key);
    rf_buffer_text(out, "\"\n");
}

static void write_list(const rf_trust *trust, rf_buffer *out) {
    rf_buffer_text(out, "# What plugins may do, whose signatures count, and which plugins are off. `riffle plugin trust`, `enable` and\n"
                        "# `disable` write this file anew, without comments of your own.\n");
    if (trust->disabled_count)
        rf_buffer_text(out, "disabled = [");
    for (size_t i = 0; i < trust->disabled_count; i++) {
        rf_buffer_text(out, i ? ", " : "");
        rf_toml_write_text(out, trust->disabled[i]);
    }
    if (trust->disabled_count)
        rf_buffer_text(out, "]\n");
    for (size_t i = 0; i < trust->grant_count; i++)
        write_grant(&trust->grants[i], out);
    for (size_t i = 0; i < trust->key_count; i++)
        write_key(&trust->keys[i], out);
}

/* ---- The file ---- */

static rf_code failed(const char *path, rf_error *reterr) {
    return rf_raise(reterr, RF_EIO, "cannot write the trust list `%s`: %s", path, strerror(errno));
}

/* Makes the folders that `path` lies in. */
static rf_code make_folders(const char *path, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer folder = { 0 };
    for (size_t i = 0; path[i]; i++) {
        struct stat info;
        if (i > 0 && path[i] == '/') {
            const char *name = rf_buffer_cstr(&folder);
            if (!name)
                return rf_raise_nomem(reterr);
            if (mkdir(name, FOLDER_MODE) && (stat(name, &info) || !S_ISDIR(info.st_mode)))
                return rf_raise(reterr, RF_EIO, "cannot make the folder `%s`: %s", name, strerror(errno));
        }
        rf_buffer_char(&folder, path[i]);
    }
    return RF_OK;
}

static bool write_all(int fd, rf_slice text) {
    while (text.len) {
        ssize_t done = write(fd, text.data, text.len);
        if (done < 0 && errno != EINTR)
            return false;
        size_t step = done > 0 ? (size_t)done : 0;
        text = (rf_slice){ text.data + step, text.len - step };
    }
    return fsync(fd) == 0;
}

/* Whoever reads meanwhile sees the old list or the new one, never a part; so does who comes after a loss of power. */
static rf_code replace(const char *path, const char *temp, rf_slice text, rf_error *reterr) {
    (void)unlink(temp); /* one that was left behind; when it cannot go, the next call says so */
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return failed(path, reterr);
    rf_code code = write_all(fd, text) ? RF_OK : failed(path, reterr);
    if (close(fd) && !code)
        code = failed(path, reterr);
    if (!code && rename(temp, path))
        code = failed(path, reterr);
    if (code)
        (void)unlink(temp); /* the error is said already */
    return code;
}

rf_code rf_trust_save(const char *path, const rf_trust *trust, rf_error *reterr) {
    assert(path && trust);
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 }, temp = { 0 };
    write_list(trust, &text);
    rf_buffer_printf(&temp, "%s.%ld.new", path, (long)getpid());
    const char *temp_path = rf_buffer_cstr(&temp);
    if (!temp_path || text.failed)
        return rf_raise_nomem(reterr);
    rf_code code = make_folders(path, reterr);
    return code ? code : replace(path, temp_path, rf_buffer_view(&text), reterr);
}
