/* script_out.c: standard output of scripts: buffered, by lines on a terminal. */
#include "cli/script_out.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void rf_script_out_init(rf_script_out *out) {
    out->by_lines = isatty(STDOUT_FILENO) == 1;
    out->failed = false;
    out->len = 0;
}

static bool put(rf_script_out *out, const char *data, size_t len) {
    while (len && !out->failed) {
        ssize_t wrote = write(STDOUT_FILENO, data, len);
        if (wrote < 0 && errno == EINTR)
            continue;
        out->failed = wrote < 0;
        data += wrote < 0 ? 0 : wrote;
        len -= wrote < 0 ? 0 : (size_t)wrote;
    }
    return !out->failed;
}

bool rf_script_out_flush(void *user) {
    rf_script_out *out = user;
    size_t len = out->len;
    out->len = 0;
    return put(out, out->data, len);
}

bool rf_script_out_write(void *user, rf_slice text) {
    rf_script_out *out = user;
    if (text.len > sizeof out->data - out->len && !rf_script_out_flush(out))
        return false;
    if (text.len > sizeof out->data)
        return put(out, text.data, text.len);
    if (text.len)
        memcpy(out->data + out->len, text.data, text.len);
    out->len += text.len;
    bool line = out->by_lines && text.len && memchr(text.data, '\n', text.len);
    return !out->failed && (!line || rf_script_out_flush(out));
}
