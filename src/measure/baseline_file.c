/* baseline_file.c: baselines and history in their folder. */
#include "measure/result.h"

#include "base/alloc.h"
#include "base/nearest.h"
#include "base/number.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)512 << 20)
#define NAMES_MAX 100u

static rf_code check_name(const char *name, rf_error *reterr) {
    size_t len = strlen(name);
    if (len > 0 && len <= 100 && name[0] != '.' && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len)
        return RF_OK;
    rf_code code = rf_raise(reterr, RF_ECONFIG, "`%s` is no name for a baseline", name);
    rf_error_hint(reterr, "letters, digits, . _ and -, at most 100, not a dot first");
    return code;
}

static bool write_all(int fd, rf_slice text) {
    for (size_t at = 0; at < text.len;) {
        ssize_t done = write(fd, text.data + at, text.len - at);
        if (done < 0 && errno != EINTR)
            return false;
        at += done > 0 ? (size_t)done : 0;
    }
    return true;
}

/* With the folders above it. */
static rf_code make_folder(const char *dir, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer path = { 0 };
    rf_buffer_text(&path, dir);
    if (!rf_buffer_cstr(&path))
        return rf_raise_nomem(reterr);
    for (size_t i = 1; i < path.len; i++)
        if (path.data[i] == '/') {
            path.data[i] = '\0';
            (void)mkdir(path.data, 0777); /* if it cannot be made, neither can what is in it */
            path.data[i] = '/';
        }
    if (mkdir(path.data, 0777) == 0 || errno == EEXIST)
        return RF_OK;
    return rf_raise(reterr, RF_EIO, "cannot make the folder %s: %s", dir, strerror(errno));
}

static rf_code replace(const char *path, rf_slice content, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer beside = { 0 };
    rf_buffer_printf(&beside, "%s.new", path);
    const char *temporary = rf_buffer_cstr(&beside);
    if (!temporary)
        return rf_raise_nomem(reterr);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool good = fd >= 0 && write_all(fd, content);
    if (fd >= 0)
        good = close(fd) == 0 && good;
    if (good && rename(temporary, path) == 0)
        return RF_OK;
    int why = errno;
    (void)unlink(temporary);
    return rf_raise(reterr, RF_EIO, "cannot write %s: %s", path, strerror(why));
}

rf_code rf_baseline_save(const rf_bench_run *run, const char *dir, const char *name, rf_error *reterr) {
    assert(run && dir && name);
    RF_CLEANUP(rf_buffer_done) rf_buffer path = { 0 }, text = { 0 };
    rf_code code = check_name(name, reterr);
    if (!code)
        code = make_folder(dir, reterr);
    if (code)
        return code;
    rf_buffer_printf(&path, "%s/%s.json", dir, name);
    rf_baseline_write(run, &text);
    if (!rf_buffer_cstr(&path) || text.failed)
        return rf_raise_nomem(reterr);
    return replace(path.data, rf_buffer_view(&text), reterr);
}

/* Up to `size` bytes, fewer where the file ends before; false: errno. */
static bool read_all(int fd, char *bytes, size_t size, size_t *ret_len) {
    for (*ret_len = 0; *ret_len < size;) {
        ssize_t got = read(fd, bytes + *ret_len, size - *ret_len);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return false;
        *ret_len += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static rf_code read_open_file(int fd, const char *path, rf_arena *arena, rf_slice *ret_text, rf_error *reterr) {
    struct stat about;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || (uint64_t)about.st_size > FILE_BYTES_MAX)
        return rf_raise(reterr, RF_EIO, "cannot read %s: it is no plain file, or larger than %zu MiB", path, FILE_BYTES_MAX >> 20);
    size_t size = (size_t)about.st_size, len;
    char *bytes = rf_arena_alloc(arena, size + 1);
    if (!bytes)
        return rf_raise_nomem(reterr);
    if (!read_all(fd, bytes, size, &len))
        return rf_raise(reterr, RF_EIO, "cannot read %s: %s", path, strerror(errno));
    *ret_text = (rf_slice){ bytes, len };
    return RF_OK;
}

/* All of a file; RF_ENOTFOUND there is none. */
static rf_code read_file(const char *path, rf_arena *arena, rf_slice *ret_text, rf_error *reterr) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return rf_raise(reterr, errno == ENOENT ? RF_ENOTFOUND : RF_EIO, "cannot read %s: %s", path, strerror(errno));
    rf_code code = read_open_file(fd, path, arena, ret_text, reterr);
    (void)close(fd); /* only read */
    return code;
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* The names of the baselines in the folder, in order, NULL behind; how many. */
static size_t list_names(const char *dir, rf_arena *arena, const char *names[NAMES_MAX + 1]) {
    size_t count = 0;
    DIR *folder = opendir(dir);
    for (struct dirent *entry; folder && count < NAMES_MAX && (entry = readdir(folder));) {
        rf_slice file = rf_slice_of(entry->d_name);
        if (!rf_slice_ends(file, RF_SLICE(".json")))
            continue;
        const char *name = rf_slice_dup_in(arena, (rf_slice){ file.data, file.len - 5 }).data;
        if (name && check_name(name, NULL) == RF_OK)
            names[count++] = name;
    }
    if (folder)
        (void)closedir(folder);
    qsort(names, count, sizeof *names, by_text);
    names[count] = NULL;
    return count;
}

/* The names that there are, as many as there is room for, the nearest first. */
static void hint_names(const char *dir, const char *name, rf_arena *arena, rf_error *error) {
    const char *names[NAMES_MAX + 1];
    char list[160] = "";
    size_t count = list_names(dir, arena, names), left = count, len = 0;
    const char *near = rf_nearest(rf_slice_of(name), names);
    for (size_t i = 0; i < count; i++) {
        size_t more = strlen(names[i]);
        if (names[i] == near || len + more + 3 > sizeof list)
            continue;
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", len ? ", " : "", names[i]);
        left--;
    }
    left -= near != NULL;
    if (count == 0)
        rf_error_hint(error, "`--save-baseline %s` makes it", name);
    else if (near)
        rf_error_hint(error, "did you mean %s?%s%s%s", near, len ? " there is also " : "", list, left ? " and more" : "");
    else
        rf_error_hint(error, "there is %s%s", list, left ? " and more" : "");
}

rf_code rf_baseline_load(const char *dir, const char *name, rf_arena *arena, rf_bench_run *ret_run, rf_error *reterr) {
    assert(dir && name && arena && ret_run);
    rf_code code = check_name(name, reterr);
    if (code)
        return code;
    rf_slice text, path = rf_printf_in(arena, "%s/%s.json", dir, name);
    if (!path.data)
        return rf_raise_nomem(reterr);
    code = read_file(path.data, arena, &text, reterr);
    if (code == RF_ENOTFOUND) {
        (void)rf_raise(reterr, code, "there is no baseline %s in %s", name, dir);
        if (reterr)
            hint_names(dir, name, arena, reterr);
    }
    return code ? code : rf_baseline_read(text, path.data, arena, ret_run, reterr);
}

/* ---- History ---- */

static void put_text(rf_buffer *out, const char *key, const char *text) {
    rf_buffer_printf(out, "\"%s\":", key);
    rf_json_write_string(out, rf_slice_of(text), 0);
    rf_buffer_char(out, ',');
}

static void put_number(rf_buffer *out, const char *key, double number, char behind) {
    char digits[RF_NUMBER_TEXT_MAX];
    rf_buffer_printf(out, "\"%s\":", key);
    rf_buffer_append(out, digits, rf_number_json(number, digits));
    rf_buffer_char(out, behind);
}

static bool ends_within_line(int fd) {
    char last = '\n';
    off_t size = lseek(fd, 0, SEEK_END);
    return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

/* In one write, so that lines of processes that append at once do not mix. */
rf_code rf_history_append(const rf_bench_run *run, const char *dir, rf_error *reterr) {
    assert(run && dir);
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 }, path = { 0 };
    rf_buffer_char(&text, '\n'); /* for a file whose last line was cut */
    for (size_t i = 0; i < run->results.count; i++) {
        const rf_result_of_bench *result = &run->results.items[i];
        if (result->failure)
            continue;
        const rf_interval *typical = rf_typical(&result->estimates, result->measurement.linear);
        rf_buffer_char(&text, '{');
        put_number(&text, "at_ms", (double)run->began_ms, ',');
        put_text(&text, "commit", run->commit);
        put_text(&text, "version", run->version);
        put_text(&text, "machine", run->machine.fingerprint);
        put_text(&text, "id", result->id);
        put_number(&text, "ns", typical->point, ',');
        put_number(&text, "low", typical->low, ',');
        put_number(&text, "high", typical->high, '}');
        rf_buffer_char(&text, '\n');
    }
    rf_code code = make_folder(dir, reterr);
    if (code)
        return code;
    rf_buffer_printf(&path, "%s/history.jsonl", dir);
    if (text.failed || !rf_buffer_cstr(&path))
        return rf_raise_nomem(reterr);
    int fd = open(path.data, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    size_t skipped = fd >= 0 && !ends_within_line(fd);
    bool good = fd >= 0 && write_all(fd, (rf_slice){ text.data + skipped, text.len - skipped });
    if (fd >= 0)
        good = close(fd) == 0 && good;
    return good ? RF_OK : rf_raise(reterr, RF_EIO, "cannot write %s: %s", path.data, strerror(errno));
}

static double number_of(const rf_value *map, const char *key) {
    const rf_value *value = rf_value_member(map, rf_slice_of(key));
    return value && value->kind == RF_DOUBLE ? value->number : -1;
}

/* RF_EPARSE: not a point. Texts of the parsed line may be views without a NUL, so they are copied. */
static rf_code take_point(rf_arena *arena, rf_slice line, rf_history_point *ret) {
    rf_value map;
    rf_code code = rf_json_parse(arena, line, RF_JSON_DOUBLES, &map, NULL);
    if (code || map.kind != RF_MAP)
        return code == RF_ENOMEM ? RF_ENOMEM : RF_EPARSE;
    const char *keys[] = { "commit", "machine", "id" };
    const char **places[] = { &ret->commit, &ret->fingerprint, &ret->id };
    for (size_t i = 0; i < 3; i++) {
        const rf_value *value = rf_value_member(&map, rf_slice_of(keys[i]));
        if (!value || value->kind != RF_STRING)
            return RF_EPARSE;
        if (!(*places[i] = rf_slice_dup_in(arena, rf_value_text(value)).data))
            return RF_ENOMEM;
    }
    double at = number_of(&map, "at_ms");
    ret->ns = number_of(&map, "ns");
    ret->low = number_of(&map, "low");
    ret->high = number_of(&map, "high");
    ret->at_ms = at >= 0 && at < 1e15 ? (int64_t)at : -1;
    return ret->at_ms >= 0 && ret->ns > 0 && ret->low > 0 && ret->high > 0 ? RF_OK : RF_EPARSE;
}

rf_code rf_history_read(const char *dir, rf_arena *arena, rf_history *ret_history, rf_error *reterr) {
    assert(dir && arena && ret_history);
    *ret_history = (rf_history){ 0 };
    rf_slice text, path = rf_printf_in(arena, "%s/history.jsonl", dir);
    if (!path.data)
        return rf_raise_nomem(reterr);
    rf_code code = read_file(path.data, arena, &text, reterr);
    if (code)
        return code == RF_ENOTFOUND ? RF_OK : code;
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.data[i] == '\n';
    ret_history->points = rf_arena_zero(arena, lines + 1, sizeof *ret_history->points);
    if (!ret_history->points)
        return rf_raise_nomem(reterr);
    while (text.len) {
        size_t end = rf_slice_find(text, '\n');
        code = take_point(arena, (rf_slice){ text.data, end }, &ret_history->points[ret_history->count]);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        ret_history->count += !code;
        end += end < text.len;
        text = (rf_slice){ text.data + end, text.len - end };
    }
    return RF_OK;
}
