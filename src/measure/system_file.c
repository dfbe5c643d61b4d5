/* system_file.c: the kernel's small text files. */
#include "measure/system_file.h"

#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

rf_slice rf_system_read(const char *path, char *text, size_t room) {
    assert(room > 0);
    size_t len = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    while (file >= 0 && len < room - 1) {
        ssize_t got = read(file, text + len, room - 1 - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    if (file >= 0)
        (void)close(file);
    text[len] = '\0';
    return (rf_slice){ text, len };
}

static rf_slice from(rf_slice text, size_t at) { return (rf_slice){ text.data + at, text.len - at }; }

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static rf_slice without_quotes(rf_slice value) {
    if (value.len >= 2 && (value.data[0] == '"' || value.data[0] == '\'') && value.data[value.len - 1] == value.data[0])
        return (rf_slice){ value.data + 1, value.len - 2 };
    return value;
}

/* The value, when the line is one of `name`. */
static bool read_line(rf_slice line, rf_slice name, rf_slice *ret_value) {
    if (!rf_slice_starts(line, name))
        return false;
    rf_slice rest = from(line, name.len);
    while (rest.len && is_blank(rest.data[0]))
        rest = from(rest, 1);
    if (rest.len == 0 || (rest.data[0] != ':' && rest.data[0] != '='))
        return false;
    *ret_value = without_quotes(rf_slice_trim(from(rest, 1)));
    return true;
}

rf_slice rf_system_field(rf_slice text, const char *name) {
    rf_slice value = { "", 0 };
    while (text.len) {
        size_t end = rf_slice_find(text, '\n');
        if (read_line((rf_slice){ text.data, end }, rf_slice_of(name), &value))
            break;
        text = from(text, end < text.len ? end + 1 : end);
    }
    return value;
}

bool rf_system_number(rf_slice *text, uint64_t *ret) {
    rf_slice rest = *text;
    while (rest.len && is_blank(rest.data[0]))
        rest = from(rest, 1);
    uint64_t value = 0;
    size_t digits = 0;
    for (; digits < rest.len && rest.data[digits] >= '0' && rest.data[digits] <= '9'; digits++)
        if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)(rest.data[digits] - '0'), &value))
            return false;
    if (digits == 0)
        return false;
    *text = from(rest, digits);
    *ret = value;
    return true;
}

bool rf_system_decimal(rf_slice *text, double *ret) {
    uint64_t whole;
    if (!rf_system_number(text, &whole))
        return false;
    double value = (double)whole, unit = 0.1;
    if (text->len && text->data[0] == '.')
        for (*text = from(*text, 1); text->len && text->data[0] >= '0' && text->data[0] <= '9'; *text = from(*text, 1), unit /= 10)
            value += unit * (text->data[0] - '0');
    *ret = value;
    return true;
}
