/* http_path.c: matching "/post/{id}/x" and "/files/{rest:.*}". */
#include "components/http_path.h"

#include "base/slice.h"

#include <assert.h>

/* The name that begins at a brace; *ret_rest: it takes all that follows. False: no brace closes it, or the pattern in it is one we
 * do not have. */
static bool read_name(rf_slice pattern, size_t at, rf_slice *ret_name, bool *ret_rest, size_t *ret_end) {
    assert(pattern.data[at] == '{');
    rf_slice inner = { pattern.data + at + 1, pattern.len - at - 1 };
    size_t end = rf_slice_find(inner, '}');
    if (end == inner.len)
        return false;
    inner.len = end;
    size_t colon = rf_slice_find(inner, ':');
    *ret_rest = colon < inner.len;
    if (*ret_rest && !rf_slice_is((rf_slice){ inner.data + colon + 1, inner.len - colon - 1 }, ".*"))
        return false;
    *ret_name = (rf_slice){ inner.data, colon };
    *ret_end = at + end + 2;
    return colon > 0;
}

static rf_code raise(rf_slice pattern, const char *what, rf_error *reterr) {
    rf_code code = rf_raise(reterr, RF_ECONFIG, "path `%.*s` %s", RF_SLICE_ARG(pattern), what);
    rf_error_hint(reterr, "such as /post, /post/{id}/x, or /files/{rest:.*}");
    return code;
}

rf_code rf_http_path_check(rf_slice pattern, rf_error *reterr) {
    rf_slice names[RF_HTTP_PATH_NAMES_MAX];
    size_t count = 0;
    if (pattern.len == 0 || pattern.data[0] != '/')
        return raise(pattern, "does not begin with a slash", reterr);
    for (size_t at = 0; at < pattern.len;) {
        rf_slice name;
        bool rest;
        if (pattern.data[at] == '}')
            return raise(pattern, "has a brace that nothing opened", reterr);
        if (pattern.data[at++] != '{')
            continue;
        if (!read_name(pattern, at - 1, &name, &rest, &at))
            return raise(pattern, "has braces without a name in them", reterr);
        for (size_t i = 0; i < count; i++)
            if (rf_slice_eq(names[i], name))
                return raise(pattern, "has one name twice", reterr);
        if (count == RF_HTTP_PATH_NAMES_MAX)
            return raise(pattern, "has more than 16 names", reterr);
        names[count++] = name;
    }
    return RF_OK;
}

/* Where the value at the start of `path` ends: before what the pattern has behind the brace, and within the segment. */
static size_t value_end(rf_slice path, rf_slice behind, bool rest) {
    if (rest)
        return path.len;
    size_t end = rf_slice_find(path, '/');
    if (behind.len == 0 || behind.data[0] == '{' || behind.data[0] == '/')
        return end;
    return rf_slice_find((rf_slice){ path.data, end }, behind.data[0]);
}

static rf_slice after(rf_slice slice, size_t bytes) {
    assert(bytes <= slice.len);
    return (rf_slice){ slice.data + bytes, slice.len - bytes };
}

bool rf_http_path_match(rf_slice pattern, rf_slice path, rf_http_path_param *ret_params, size_t *ret_count) {
    size_t count = 0, end;
    while (pattern.len > 0) {
        rf_slice name;
        bool rest;
        if (pattern.data[0] != '{') {
            if (path.len == 0 || path.data[0] != pattern.data[0])
                return false;
            pattern = after(pattern, 1);
            path = after(path, 1);
            continue;
        }
        if (count == RF_HTTP_PATH_NAMES_MAX || !read_name(pattern, 0, &name, &rest, &end))
            return false;
        pattern = after(pattern, end);
        end = value_end(path, pattern, rest);
        if (end == 0 && !rest)
            return false;
        if (ret_params)
            ret_params[count] = (rf_http_path_param){ name, { path.data, end } };
        count++;
        path = after(path, end);
    }
    if (ret_count)
        *ret_count = count;
    return path.len == 0;
}
