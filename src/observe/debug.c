/* debug.c: the routes of /debug/…, what they share, and the small ones. */
#include "observe/debug.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "base/number.h"
#include "base/slice.h"
#include "observe/debug_internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define HTML "text/html; charset=utf-8"

/* ---- What they share ---- */

bool rf_debug_may_read(const rf_http_request *request, rf_buffer *out, rf_http_answer *ret_answer) {
    if (rf_slice_is(request->method, "GET") || rf_slice_is(request->method, "HEAD"))
        return true;
    rf_buffer_text(out, "this can only be read\n");
    *ret_answer = (rf_http_answer){ .status = 405, .allow = "GET, HEAD", .content_type = RF_DEBUG_TEXT };
    return false;
}

rf_http_answer rf_debug_refuse(const rf_error *error, rf_buffer *out) {
    unsigned status = error->code == RF_ECONFIG ? 400 : error->code == RF_EBUSY ? 503 : error->code == RF_ENOTFOUND ? 404 : 500;
    rf_buffer_printf(out, "%s\n", error->message);
    if (error->hint[0])
        rf_buffer_printf(out, "hint: %s\n", error->hint);
    return (rf_http_answer){ .status = status, .content_type = RF_DEBUG_TEXT };
}

static rf_slice asked(const rf_http_request *request, const char *key) {
    return request->query ? request->query(request, key) : (rf_slice){ 0 };
}

rf_code rf_debug_number(const rf_http_request *request, const char *key, uint32_t least, uint32_t most, uint32_t usual,
                        uint32_t *ret_number, rf_error *reterr) {
    rf_slice text = asked(request, key);
    int64_t number = usual;
    if (text.data && (!rf_number_parse_i64(text, &number) || number < least || number > most)) {
        (void)rf_raise(reterr, RF_ECONFIG, "%s=%.*s is no whole number from %" PRIu32 " to %" PRIu32, key,
                       (int)(text.len < 40 ? text.len : 40), text.data, least, most);
        rf_error_hint(reterr, "%s=%" PRIu32 " is taken when it is left out", key, usual);
        return RF_ECONFIG;
    }
    *ret_number = (uint32_t)number;
    return RF_OK;
}

rf_code rf_debug_word(const rf_http_request *request, const char *key, const char *const *words, size_t *ret_index, rf_error *reterr) {
    rf_slice text = asked(request, key);
    *ret_index = 0;
    if (!text.data)
        return RF_OK;
    for (size_t i = 0; words[i]; i++)
        if (rf_slice_is(text, words[i])) {
            *ret_index = i;
            return RF_OK;
        }
    const char *nearest = rf_nearest(text, words);
    (void)rf_raise(reterr, RF_ECONFIG, "%s=%.*s is not known", key, (int)(text.len < 40 ? text.len : 40), text.data);
    if (nearest)
        rf_error_hint(reterr, "did you mean %s=%s?", key, nearest);
    else
        rf_error_hint(reterr, "%s=%s is taken when it is left out", key, words[0]);
    return RF_ECONFIG;
}

bool rf_debug_wait(const rf_http_request *request, uint32_t seconds) {
    uint64_t until = rf_clock_mono_ns() + seconds * RF_NS_PER_S;
    for (uint64_t now; (now = rf_clock_mono_ns()) < until;) {
        if (request->gone && atomic_load(request->gone))
            return false;
        uint64_t left = until - now;
        rf_clock_sleep_ns(left < 50 * RF_NS_PER_MS ? left : 50 * RF_NS_PER_MS);
    }
    return !request->gone || !atomic_load(request->gone);
}

/* ---- The small ones ---- */

/* The command line as Go shows it: arguments with a NUL between them. */
static rf_http_answer answer_cmdline(void *arg, const rf_http_request *request, rf_buffer *out) {
    rf_http_answer answer = { .status = 200, .content_type = RF_DEBUG_TEXT };
    (void)arg;
    if (!rf_debug_may_read(request, out, &answer))
        return answer;
    int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        rf_buffer_printf(out, "cannot read the command line: %s\n", strerror(errno));
        return (rf_http_answer){ .status = 500, .content_type = RF_DEBUG_TEXT };
    }
    size_t start = out->len;
    char part[4096];
    for (ssize_t got; (got = read(file, part, sizeof part)) > 0;)
        rf_buffer_append(out, part, (size_t)got);
    (void)close(file);
    if (out->len > start && out->data[out->len - 1] == '\0')
        out->len--;
    return answer;
}

/* Hexadecimal with 0x or without; false: it is none. */
static bool parse_address(rf_slice text, uintptr_t *ret_address) {
    if (rf_slice_starts(text, RF_SLICE("0x")))
        text = (rf_slice){ text.data + 2, text.len - 2 };
    *ret_address = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        unsigned digit = c >= '0' && c <= '9'                 ? (unsigned)(c - '0')
                         : (c | 32) >= 'a' && (c | 32) <= 'f' ? (unsigned)((c | 32) - 'a') + 10
                                                              : 16;
        if (digit == 16)
            return false;
        *ret_address = *ret_address << 4 | digit;
    }
    return text.len > 0 && text.len <= sizeof(uintptr_t) * 2;
}

static void put_names(rf_slice addresses, const rf_symbols *symbols, rf_buffer *out) {
    while (addresses.len) {
        size_t end = 0;
        while (end < addresses.len && !strchr("+, ", addresses.data[end]))
            end++;
        uintptr_t address;
        if (parse_address((rf_slice){ addresses.data, end }, &address)) {
            rf_symbol symbol = rf_symbols_find(symbols, address);
            if (symbol.function && symbol.function[0])
                rf_buffer_printf(out, "0x%" PRIxPTR "\t%s\n", address, symbol.function);
        }
        end += end < addresses.len;
        addresses = (rf_slice){ addresses.data + end, addresses.len - end };
    }
}

/* Profiles carry their names with them; this is for addresses from elsewhere (a log, a core). */
static rf_http_answer answer_symbol(void *arg, const rf_http_request *request, rf_buffer *out) {
    rf_http_answer answer = { .status = 200, .content_type = RF_DEBUG_TEXT };
    rf_symbols *symbols = NULL;
    rf_error error;
    (void)arg;
    if (!rf_debug_may_read(request, out, &answer))
        return answer;
    if (rf_symbols_open(&symbols, &error))
        return rf_debug_refuse(&error, out);
    rf_buffer_text(out, "num_symbols: 1\n"); /* pprof's way to ask whether there are any */
    put_names(asked(request, "address"), symbols, out);
    rf_symbols_close(symbols);
    return answer;
}

static rf_http_answer answer_index(void *debug, const rf_http_request *request, rf_buffer *out);

/* Longer paths before those they begin with. `links`: queries that the index shows; "" the path itself, a blank parts them. */
static const struct row {
    const char *path, *summary, *links;
    rf_http_answer (*answer)(void *debug, const rf_http_request *request, rf_buffer *out);
    bool slow;
} rows[] = {
    { "/debug/pprof/profile", "processor time by stage, script line and function: ?seconds= (30) ?hz= (100) ?format=pprof, flame or folded",
      "?seconds=5 ?seconds=5&format=flame ?seconds=5&format=folded", rf_debug_cpu, true },
    { "/debug/pprof/heap", "memory held, by stage and plugin: ?debug=1 as text", "? ?debug=1", rf_debug_heap, false },
    { "/debug/pprof/allocs", "memory ever allocated, by stage and plugin: ?debug=1 as text", "? ?debug=1", rf_debug_allocs, false },
    { "/debug/pprof/goroutine", "threads with their stacks: ?debug=1 as text, 2 each thread by itself", "? ?debug=1 ?debug=2", rf_debug_threads, false },
    { "/debug/pprof/mutex", "waits for locks: ?seconds= (10)", "?seconds=10 ?seconds=10&debug=1", rf_debug_mutex, true },
    { "/debug/pprof/cmdline", "the command line, NUL between arguments", "?", answer_cmdline, false },
    { "/debug/pprof/symbol", "names of addresses: ?address=0x1234,0x5678", "?", answer_symbol, false },
    { "/debug/pprof", "these, as a page", "", answer_index, false },
    { "/debug/trace", "a trace for Perfetto or Chrome: ?seconds= (5)", "?seconds=5", rf_debug_trace, true },
    { "/debug/zones", "times by zone since somebody began to look, as JSON", "?", rf_debug_zones, false },
};
_Static_assert(sizeof rows / sizeof *rows <= RF_DEBUG_ROUTES_MAX, "room for all routes");

static void put_escaped(rf_buffer *out, rf_slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '&')
            rf_buffer_text(out, "&amp;");
        else
            rf_buffer_char(out, text.data[i]);
}

/* Links are relative, and so right below any root path: from /debug/pprof/ the others are its neighbours. */
static void put_links(const struct row *row, const char *base, rf_buffer *out) {
    rf_slice links = rf_slice_of(row->links);
    rf_slice name = rf_slice_of(row->path + strlen("/debug/"));
    while (links.len) {
        size_t end = rf_slice_find(links, ' ');
        rf_slice link = { links.data, end == 1 ? 0 : end }; /* "?" alone: without */
        rf_buffer_printf(out, "<a href=\"%s%.*s", base, RF_SLICE_ARG(name));
        put_escaped(out, link);
        rf_buffer_printf(out, "\">%.*s", RF_SLICE_ARG(name));
        put_escaped(out, link);
        rf_buffer_text(out, "</a> ");
        end += end < links.len;
        links = (rf_slice){ links.data + end, links.len - end };
    }
}

static rf_http_answer answer_index(void *debug, const rf_http_request *request, rf_buffer *out) {
    rf_http_answer answer = { .status = 200, .content_type = HTML };
    (void)debug;
    if (!rf_debug_may_read(request, out, &answer))
        return answer;
    if (request->rest.len > 0 && !rf_slice_is(request->rest, "/")) {
        rf_buffer_printf(out, "there is no profile %.*s\nhint: /debug/pprof/ lists them\n",
                         (int)(request->rest.len < 80 ? request->rest.len : 80), request->rest.data);
        return (rf_http_answer){ .status = 404, .content_type = RF_DEBUG_TEXT };
    }
    const char *base = request->rest.len ? "../" : ""; /* below /debug/pprof/, or beside it */
    rf_buffer_text(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>riffle: profiles</title>\n"
                        "<style>body{font:15px/1.5 sans-serif;margin:2em auto;max-width:56em;padding:0 1em}td{padding:.3em 1em .3em 0;vertical-align:top}"
                        "code{background:#eee;padding:.1em .3em}a{white-space:nowrap}</style></head><body>\n<h1>What this process does</h1>\n<table>\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].links[0])
            continue;
        rf_buffer_text(out, "<tr><td>");
        put_links(&rows[i], base, out);
        rf_buffer_printf(out, "</td><td>%s</td></tr>\n", rows[i].summary);
    }
    rf_buffer_text(
        out, "</table>\n<p>Profiles are for <code>go tool pprof -http=: URL</code>; a flame graph opens in the browser; a trace opens in "
             "ui.perfetto.dev.</p>\n</body></html>\n");
    return answer;
}

/* ---- Making ---- */

rf_code rf_debug_new(const rf_debug_options *options, rf_debug **ret_debug, rf_error *reterr) {
    assert(options && ret_debug);
    rf_debug *debug = rf_alloc_zero(1, sizeof *debug);
    if (!debug)
        return rf_raise_nomem(reterr);
    debug->options = *options;
    if (!debug->options.zones_idle_ns)
        debug->options.zones_idle_ns = 10 * RF_NS_PER_S;
    rf_mutex_init(&debug->lock);
    rf_cond_init(&debug->ending);
    *ret_debug = debug;
    return RF_OK;
}

void rf_debug_free(rf_debug *debug) {
    if (!debug)
        return;
    rf_debug_zones_end(debug);
    rf_cond_done(&debug->ending);
    rf_mutex_done(&debug->lock);
    rf_free(debug);
}

size_t rf_debug_routes(rf_debug *debug, rf_http_route *ret_routes, size_t max) {
    size_t count = sizeof rows / sizeof *rows;
    for (size_t i = 0; i < count && i < max; i++)
        ret_routes[i] = (rf_http_route){
            .path = rows[i].path, .summary = rows[i].summary, .answer = rows[i].answer, .arg = debug, .slow = rows[i].slow
        };
    return count;
}
