/* shell.c: puts a shell's snippet into its start-up files, and takes it away (shell.h). */
#include "terminal/shell.h"

#include "base/nearest.h"
#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0644, FOLDER_MODE = 0755, FILE_BYTES_MAX = 16 << 20, PIECE_BYTES = 4096 };

/* The lines between them are ours. */
#define BEGIN "# >>> riffle shell integration >>>\n"
#define END "# <<< riffle shell integration <<<\n"

typedef struct paths { rf_buffer snippet, startup; } paths;
static void paths_done(paths *p) {
    rf_buffer_done(&p->snippet);
    rf_buffer_done(&p->startup);
}

const rf_shell_snippet *rf_shell_find(const char *shell) {
    assert(shell);
    for (const rf_shell_snippet *snippet = rf_shell_snippets; snippet->shell; snippet++) {
        if (strcmp(snippet->shell, shell) == 0)
            return snippet;
    }
    return NULL;
}

static const rf_shell_snippet *find(const char *shell, rf_error *reterr) {
    const rf_shell_snippet *snippet = rf_shell_find(shell);
    if (snippet)
        return snippet;
    static const char *const names[] = { "bash", "zsh", "fish", NULL };
    (void)rf_raise(reterr, RF_ENOTFOUND, "there is nothing for the shell `%s`", shell);
    const char *nearest = rf_nearest(rf_slice_of(shell), names);
    rf_error_hint(reterr, nearest ? "did you mean `%s`?" : "bash, zsh and fish can be set up", nearest);
    return NULL;
}

/* ---- Paths ---- */

static void put_config_home(const char *home, rf_buffer *out) {
    const char *config = getenv("XDG_CONFIG_HOME");
    rf_buffer_printf(out, "%s%s", config && *config == '/' ? config : home, config && *config == '/' ? "" : "/.config");
}

static rf_code find_paths(const rf_shell_snippet *snippet, const char *home, paths *ret, rf_error *reterr) {
    put_config_home(home, &ret->snippet);
    rf_buffer_printf(&ret->snippet, "/riffle/shell/%s", snippet->file);
    const char *zdotdir = getenv("ZDOTDIR");
    if (strcmp(snippet->shell, "bash") == 0) {
        rf_buffer_printf(&ret->startup, "%s/.bashrc", home);
    } else if (strcmp(snippet->shell, "zsh") == 0) {
        rf_buffer_printf(&ret->startup, "%s/.zshrc", zdotdir && *zdotdir == '/' ? zdotdir : home);
    } else {
        put_config_home(home, &ret->startup);
        rf_buffer_text(&ret->startup, "/fish/conf.d/riffle.fish");
    }
    bool fine = rf_buffer_cstr(&ret->snippet) && rf_buffer_cstr(&ret->startup);
    return fine ? RF_OK : rf_raise_nomem(reterr);
}

/* Makes the folders that the path lies in. */
static rf_code make_folders(char *path, rf_error *reterr) {
    for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        int said = mkdir(path, FOLDER_MODE), reason = errno;
        rf_code code = said == 0 || reason == EEXIST ? RF_OK
                                                     : rf_raise(reterr, RF_EIO, "cannot make the folder `%s`: %s", path, strerror(reason));
        *at = '/';
        if (code)
            return code;
    }
    return RF_OK;
}

/* ---- Files ---- */

/* What the file holds; one that is not there holds nothing. */
static rf_code read_file(const char *path, rf_buffer *out, mode_t *ret_mode, rf_error *reterr) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? RF_OK : rf_raise(reterr, RF_EIO, "cannot open `%s`: %s", path, strerror(errno));
    struct stat info;
    rf_code code = RF_OK;
    if (fstat(fd, &info) || !S_ISREG(info.st_mode) || info.st_size > FILE_BYTES_MAX)
        code = rf_raise(reterr, RF_EIO, "`%s` is no file, or too large to be one of a shell", path);
    else
        *ret_mode = info.st_mode & 07777;
    for (ssize_t got = 1; got && !code;) {
        if (!rf_buffer_reserve(out, PIECE_BYTES)) {
            code = rf_raise_nomem(reterr);
            break;
        }
        got = read(fd, out->data + out->len, PIECE_BYTES);
        if (got < 0 && errno != EINTR)
            code = rf_raise(reterr, RF_EIO, "cannot read `%s`: %s", path, strerror(errno));
        out->len += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd); /* it was only read */
    return code;
}

static bool write_all(int fd, rf_slice bytes) {
    while (bytes.len) {
        ssize_t done = write(fd, bytes.data, bytes.len);
        if (done < 0 && errno != EINTR)
            return false;
        size_t taken = done > 0 ? (size_t)done : 0;
        bytes = (rf_slice){ bytes.data + taken, bytes.len - taken };
    }
    return true;
}

/* As a whole, or not at all. */
static rf_code replace_file(const char *path, rf_slice text, mode_t mode, rf_error *reterr) {
    char whole[PATH_MAX]; /* where a link points to, so that it stays one */
    if (!realpath(path, whole) && errno != ENOENT)
        return rf_raise(reterr, RF_EIO, "cannot find `%s`: %s", path, strerror(errno));
    const char *target = access(path, F_OK) == 0 ? whole : path;
    RF_CLEANUP(rf_buffer_done) rf_buffer beside = { 0 };
    rf_buffer_printf(&beside, "%s.riffle-%d", target, (int)getpid());
    const char *new = rf_buffer_cstr(&beside);
    if (!new)
        return rf_raise_nomem(reterr);
    int fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    bool fine = fd >= 0 && fchmod(fd, mode) == 0 && write_all(fd, text) && fsync(fd) == 0;
    int reason = errno;
    if (fd >= 0 && close(fd) && fine) {
        fine = false;
        reason = errno;
    }
    if (fine && rename(new, target)) {
        fine = false;
        reason = errno;
    }
    if (!fine && fd >= 0)
        (void)unlink(new);
    return fine ? RF_OK : rf_raise(reterr, RF_EIO, "cannot write `%s`: %s", path, strerror(reason));
}

/* ---- Our lines ---- */

/* Where our lines begin and end; false: they are not there. */
static bool find_lines(rf_slice text, size_t *ret_begin, size_t *ret_end) {
    const char *begin = text.len ? memmem(text.data, text.len, BEGIN, sizeof BEGIN - 1) : NULL;
    if (!begin || (begin > text.data && begin[-1] != '\n'))
        return false;
    size_t at = (size_t)(begin - text.data);
    const char *end = memmem(begin, text.len - at, END, sizeof END - 1);
    if (!end)
        return false;
    *ret_begin = at;
    *ret_end = (size_t)(end - text.data) + sizeof END - 1;
    return true;
}

/* In quotes that all three shells read the same. */
static void put_quoted(rf_buffer *out, rf_slice path) {
    rf_buffer_char(out, '"');
    for (size_t i = 0; i < path.len; i++) {
        if (memchr("\"\\$`", path.data[i], 4))
            rf_buffer_char(out, '\\');
        rf_buffer_char(out, path.data[i]);
    }
    rf_buffer_char(out, '"');
}

static void put_lines(const rf_shell_snippet *snippet, rf_slice path, rf_buffer *out) {
    bool is_fish = strcmp(snippet->shell, "fish") == 0;
    rf_buffer_text(out, BEGIN);
    rf_buffer_text(out, is_fish ? "test -r " : "[ -r ");
    put_quoted(out, path);
    rf_buffer_text(out, is_fish ? "; and source " : " ] && . ");
    put_quoted(out, path);
    rf_buffer_text(out, "\n" END);
}

static rf_code add_lines(const rf_shell_snippet *snippet, paths *p, rf_buffer *told, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    mode_t mode = FILE_MODE;
    size_t begin, end;
    rf_code code = read_file(p->startup.data, &text, &mode, reterr);
    if (code)
        return code;
    if (find_lines(rf_buffer_view(&text), &begin, &end)) {
        rf_buffer_printf(told, "%s reads it already\n", p->startup.data);
        return RF_OK;
    }
    if (text.len && text.data[text.len - 1] != '\n')
        rf_buffer_char(&text, '\n');
    put_lines(snippet, rf_buffer_view(&p->snippet), &text);
    code = text.failed ? rf_raise_nomem(reterr) : make_folders(p->startup.data, reterr);
    if (!code)
        code = replace_file(p->startup.data, rf_buffer_view(&text), mode, reterr);
    if (!code)
        rf_buffer_printf(told, "%s reads it now\n", p->startup.data);
    return code;
}

/* A file that then is empty and is fish's, which is all ours, goes as a whole. */
static rf_code remove_lines(const rf_shell_snippet *snippet, paths *p, rf_buffer *told, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    mode_t mode = FILE_MODE;
    size_t begin, end;
    rf_code code = read_file(p->startup.data, &text, &mode, reterr);
    if (code || !find_lines(rf_buffer_view(&text), &begin, &end))
        return code;
    memmove(text.data + begin, text.data + end, text.len - end);
    text.len -= end - begin;
    if (text.len == 0 && strcmp(snippet->shell, "fish") == 0)
        code = unlink(p->startup.data) ? rf_raise(reterr, RF_EIO, "cannot remove `%s`: %s", p->startup.data, strerror(errno)) : RF_OK;
    else
        code = replace_file(p->startup.data, rf_buffer_view(&text), mode, reterr);
    if (!code)
        rf_buffer_printf(told, "%s no longer reads it\n", p->startup.data);
    return code;
}

/* ---- Both ---- */

static rf_code find_both(const char *shell, const char *home, const rf_shell_snippet **ret_snippet, paths *p, rf_error *reterr) {
    *ret_snippet = find(shell, reterr);
    return *ret_snippet ? find_paths(*ret_snippet, home, p, reterr) : RF_ENOTFOUND;
}

rf_code rf_shell_install(const char *shell, const char *home, rf_buffer *told, rf_error *reterr) {
    assert(shell && home && told);
    RF_CLEANUP(paths_done) paths p = { 0 };
    const rf_shell_snippet *snippet;
    rf_code code = find_both(shell, home, &snippet, &p, reterr);
    if (!code)
        code = make_folders(p.snippet.data, reterr);
    if (!code)
        code = replace_file(p.snippet.data, rf_slice_of(snippet->text), FILE_MODE, reterr);
    if (code)
        return code;
    rf_buffer_printf(told, "wrote %s\n", p.snippet.data);
    code = add_lines(snippet, &p, told, reterr);
    return code ? code : told->failed ? rf_raise_nomem(reterr) : RF_OK;
}

rf_code rf_shell_uninstall(const char *shell, const char *home, rf_buffer *told, rf_error *reterr) {
    assert(shell && home && told);
    RF_CLEANUP(paths_done) paths p = { 0 };
    const rf_shell_snippet *snippet;
    rf_code code = find_both(shell, home, &snippet, &p, reterr);
    if (!code)
        code = remove_lines(snippet, &p, told, reterr); /* first: the lines bear that the file is gone */
    if (code)
        return code;
    if (unlink(p.snippet.data) == 0)
        rf_buffer_printf(told, "removed %s\n", p.snippet.data);
    else if (errno != ENOENT && errno != ENOTDIR)
        return rf_raise(reterr, RF_EIO, "cannot remove `%s`: %s", p.snippet.data, strerror(errno));
    return told->failed ? rf_raise_nomem(reterr) : RF_OK;
}
