/* live_http.c: running plugins over HTTP: GET /plugins, POST /plugins/NAME/ORDER. */
#include "plugin/live.h"

#include "base/slice.h"
#include "message/json.h"

#include <assert.h>

/* An error as `{"error":"FILE:LINE:COLUMN: message","hint":"…"}`. */
static void put_error(rf_buffer *out, const rf_error *error) {
    char text[sizeof error->place.file + sizeof error->message + 40];
    if (error->place.line)
        (void)snprintf(text, sizeof text, "%s:%u:%u: %s", error->place.file, error->place.line, error->place.column, error->message);
    else
        (void)snprintf(text, sizeof text, "%s", error->message);
    rf_buffer_text(out, "{\"error\":");
    rf_json_write_string(out, rf_slice_of(text), 0);
    if (error->hint[0]) {
        rf_buffer_text(out, ",\"hint\":");
        rf_json_write_string(out, rf_slice_of(error->hint), 0);
    }
    rf_buffer_text(out, "}\n");
}

static rf_http_answer refuse(rf_buffer *out, unsigned status, const char *allow, const char *why) {
    rf_error error = { 0 };
    (void)rf_raise(&error, RF_EREFUSED, "%s", why);
    put_error(out, &error);
    return (rf_http_answer){ .status = status, .allow = allow };
}

static bool is_reading(const rf_http_request *request) {
    return rf_slice_is(request->method, "GET") || rf_slice_is(request->method, "HEAD");
}

typedef enum order { ORDER_ENABLE, ORDER_DISABLE, ORDER_RELOAD, ORDER_NONE } order;
static const char *const order_names[] = { "enable", "disable", "reload" };

/* "/NAME/ORDER" in its parts. */
static order split_order(rf_slice rest, rf_slice *ret_name) {
    assert(rest.len > 0 && rest.data[0] == '/');
    rf_slice tail = { rest.data + 1, rest.len - 1 };
    size_t slash = rf_slice_find(tail, '/');
    if (slash == 0 || slash == tail.len)
        return ORDER_NONE;
    *ret_name = (rf_slice){ tail.data, slash };
    rf_slice word = { tail.data + slash + 1, tail.len - slash - 1 };
    for (order i = ORDER_ENABLE; i < ORDER_NONE; i++)
        if (rf_slice_is(word, order_names[i]))
            return i;
    return ORDER_NONE;
}

static unsigned status_of(rf_code code) {
    switch (code) {
    case RF_OK: return 200;
    case RF_ENOTFOUND: return 404;
    case RF_EREFUSED: return 403;
    case RF_ENOMEM: return 503;
    default: return 422; /* the file has errors */
    }
}

static rf_http_answer obey(rf_plugins_live *live, order what, rf_slice name, rf_buffer *out) {
    rf_error error = { 0 };
    rf_code code = what == ORDER_RELOAD ? rf_plugins_live_reload(live, name, &error)
                                        : rf_plugins_live_enable(live, name, what == ORDER_ENABLE, &error);
    if (code) {
        put_error(out, &error);
        return (rf_http_answer){ .status = status_of(code) };
    }
    rf_buffer_text(out, "{\"plugin\":");
    rf_json_write_string(out, name, 0);
    rf_buffer_printf(out, ",\"order\":\"%s\"}\n", order_names[what]);
    return (rf_http_answer){ .status = 200 };
}

static rf_http_answer answer(void *arg, const rf_http_request *request, rf_buffer *out) {
    rf_plugins_live *live = arg;
    rf_slice name = { 0 };
    if (request->rest.len == 0 || rf_slice_is(request->rest, "/")) {
        if (!is_reading(request))
            return refuse(out, 405, "GET, HEAD", "plugins are listed by GET");
        rf_plugins_live_json(live, out);
        return (rf_http_answer){ .status = 200 };
    }
    order what = split_order(request->rest, &name);
    if (what == ORDER_NONE)
        return refuse(out, 404, NULL, "there is only /plugins, and /plugins/NAME/enable, disable and reload");
    if (!rf_slice_is(request->method, "POST"))
        return refuse(out, 405, "POST", "orders are given by POST");
    if (!request->deliberate)
        return refuse(out, 403, NULL, "orders need the header `X-Riffle: 1`, and are not taken from web pages");
    return obey(live, what, name, out);
}

rf_http_route rf_plugins_live_route(rf_plugins_live *live) {
    assert(live);
    return (rf_http_route){
        .path = "/plugins", .summary = "the plugins that run and what they cost; POST gives them orders", .answer = answer, .arg = live
    };
}
