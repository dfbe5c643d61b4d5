/* request.c: requests of the control protocol, read, checked against the table, and answered. */
#include "terminal/request.h"

#include "base/alloc.h"
#include "base/nearest.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>

enum { NAMES_MAX = 64 };

void rf_request_free(rf_request *request) {
    if (!request)
        return;
    rf_conn_unref(request->conn);
    rf_arena_done(&request->arena);
    rf_free(request);
}

/* ---- Answers ---- */

static const char *code_name(const rf_error *error) {
    switch (error->code) {
    case RF_ENOTFOUND: return "not-found";
    case RF_EREFUSED: return "refused";
    case RF_ELIMIT:
    case RF_ENOMEM: return "limit";
    case RF_EAGAIN: return "timeout";
    case RF_EBUSY: return "busy";
    case RF_ECONFIG:
    case RF_EPARSE: return "invalid";
    default: return "failed";
    }
}

static void begin(const rf_request *request, rf_buffer *out) {
    rf_buffer_text(out, "{\"id\":");
    if (rf_json_write(out, &request->id, 0, NULL))
        out->failed = true;
}

/* Without memory the client would wait for ever: its connection ends. */
static void end(rf_request *request, rf_buffer *out) {
    rf_buffer_char(out, '\n');
    if (out->failed)
        rf_conn_break(request->conn);
    else
        rf_conn_send(request->conn, rf_buffer_view(out));
    rf_buffer_done(out);
    rf_request_free(request);
}

void rf_request_answer(rf_request *request, rf_slice members) {
    rf_buffer out = { 0 };
    begin(request, &out);
    rf_buffer_text(&out, ",\"result\":{");
    rf_buffer_slice(&out, members);
    rf_buffer_text(&out, "}}");
    end(request, &out);
}

static void write_error(rf_buffer *out, const char *code, const char *message, const char *hint) {
    rf_buffer_printf(out, ",\"error\":{\"code\":\"%s\",\"message\":", code);
    rf_json_write_string(out, rf_slice_of(message), 0);
    rf_buffer_text(out, ",\"hint\":");
    rf_json_write_string(out, rf_slice_of(hint), 0);
    rf_buffer_text(out, "}}");
}

void rf_request_fail(rf_request *request, const rf_error *error) {
    rf_buffer out = { 0 };
    begin(request, &out);
    write_error(&out, request->method ? code_name(error) : "unknown-method", error->message, error->hint);
    end(request, &out);
}

void rf_request_settle(rf_request *request, rf_code code, const rf_error *error, const rf_buffer *members) {
    rf_error full = { 0 };
    if (code)
        rf_request_fail(request, error);
    else if (members->failed) {
        (void)rf_raise_nomem(&full);
        rf_request_fail(request, &full);
    } else
        rf_request_answer(request, rf_buffer_view(members));
}

/* ---- Reading ---- */

static const rf_protocol_method *find_method(rf_slice name, rf_error *reterr) {
    const char *names[NAMES_MAX] = { NULL };
    size_t count = 0;
    for (const rf_protocol_method *method = rf_protocol_methods; method->name; method++) {
        if (rf_slice_is(name, method->name))
            return method;
        if (count + 1 < NAMES_MAX)
            names[count++] = method->name;
    }
    (void)rf_raise(reterr, RF_ENOTFOUND, "there is no method `%.*s`", (int)(name.len > 60 ? 60 : name.len), name.data ? name.data : "");
    const char *nearest = rf_nearest(name, names);
    if (nearest)
        rf_error_hint(reterr, "did you mean `%s`?", nearest);
    else
        rf_error_hint(reterr, "`riffle term protocol` lists them");
    return NULL;
}

static bool is_list_of_texts(const rf_value *value) {
    bool good = value->kind == RF_LIST;
    for (uint32_t i = 0; good && i < value->size; i++)
        good = value->items[i].kind == RF_STRING && !memchr(rf_value_text(&value->items[i]).data, '\0', value->items[i].size);
    return good;
}

static bool fits(const rf_protocol_param *param, const rf_value *value) {
    rf_slice type = rf_slice_of(param->type);
    if (rf_slice_is(type, "string"))
        return value->kind == RF_STRING;
    if (rf_slice_is(type, "boolean"))
        return value->kind == RF_BOOL;
    if (rf_slice_is(type, "integer"))
        return value->kind == RF_INT || (value->kind == RF_DOUBLE && value->number >= -1e15 && value->number <= 1e15 &&
                                         value->number == (double)(int64_t)value->number);
    return rf_slice_is(type, "object") ? value->kind == RF_MAP : is_list_of_texts(value);
}

static const rf_protocol_param *find_param(const rf_protocol_method *method, rf_slice name) {
    for (const rf_protocol_param *param = method->params; param->name; param++)
        if (rf_slice_is(name, param->name))
            return param;
    return NULL;
}

static rf_code unknown_param(const rf_protocol_method *method, rf_slice name, rf_error *reterr) {
    const char *names[16] = { NULL };
    for (size_t i = 0; i < 10 && method->params[i].name; i++)
        names[i] = method->params[i].name;
    (void)rf_raise(reterr, RF_ECONFIG, "`%s` takes no parameter `%.*s`", method->name, (int)(name.len > 60 ? 60 : name.len), name.data);
    const char *nearest = rf_nearest(name, names);
    if (nearest)
        rf_error_hint(reterr, "did you mean `%s`?", nearest);
    return RF_ECONFIG;
}

static rf_code check_params(const rf_request *request, rf_error *reterr) {
    const rf_protocol_method *method = request->method;
    for (uint32_t i = 0; i < request->params.size; i++) {
        const rf_member *member = &request->params.members[i];
        const rf_protocol_param *param = find_param(method, member->key);
        if (!param)
            return unknown_param(method, member->key, reterr);
        if (member->value.kind != RF_NULL && !fits(param, &member->value))
            return rf_raise(reterr, RF_ECONFIG, "`%s` of `%s` is no %s", param->name, method->name, param->type);
    }
    for (const rf_protocol_param *param = method->params; param->name; param++)
        if (param->required && !rf_request_param(request, param->name))
            return rf_raise(reterr, RF_ECONFIG, "`%s` needs the parameter `%s` (%s)", method->name, param->name, param->type);
    return RF_OK;
}

static rf_code read_into(rf_request *request, rf_slice line, rf_error *reterr) {
    rf_value root;
    rf_slice copy = rf_slice_dup_in(&request->arena, line); /* texts are views of it, and it outlives the connection's buffer */
    rf_code code = copy.data ? rf_json_parse(&request->arena, copy, RF_JSON_DOUBLES, &root, reterr) : rf_raise_nomem(reterr);
    if (code)
        return code;
    if (root.kind != RF_MAP)
        return rf_raise(reterr, RF_EPARSE, "a request is a JSON object: {\"id\":1,\"method\":\"hello\",\"params\":{}}");
    const rf_value *id = rf_value_member(&root, RF_SLICE("id")), *method = rf_value_member(&root, RF_SLICE("method"));
    const rf_value *params = rf_value_member(&root, RF_SLICE("params"));
    request->id = id ? *id : rf_null();
    request->params = params && params->kind != RF_NULL ? *params : (rf_value){ .kind = RF_MAP };
    request->method = find_method(method && method->kind == RF_STRING ? rf_value_text(method) : RF_SLICE(""), reterr);
    if (!request->method)
        return RF_ENOTFOUND;
    if (request->params.kind != RF_MAP)
        return rf_raise(reterr, RF_ECONFIG, "the params of `%s` are no object", request->method->name);
    return check_params(request, reterr);
}

rf_code rf_request_read(rf_conn *conn, rf_slice line, rf_request **ret_request, rf_error *reterr) {
    assert(conn && ret_request);
    rf_error error = { 0 };
    rf_request *request = rf_alloc_zero(1, sizeof *request);
    if (!request) {
        rf_conn_break(conn);
        return rf_raise_nomem(reterr);
    }
    rf_arena_init(&request->arena, 1024);
    request->conn = rf_conn_ref(conn);
    rf_code code = read_into(request, line, &error);
    if (!code) {
        *ret_request = request;
        return RF_OK;
    }
    if (reterr)
        *reterr = error;
    static const rf_protocol_method unknown = { .name = "" };
    if (!request->method && code != RF_ENOTFOUND)
        request->method = &unknown; /* what is no request has another code than what asks for an unknown method */
    rf_request_fail(request, &error);
    return code;
}

/* ---- Parameters ---- */

const rf_value *rf_request_param(const rf_request *request, const char *name) {
    const rf_value *value = rf_value_member(&request->params, rf_slice_of(name));
    return value && value->kind != RF_NULL ? value : NULL;
}

rf_slice rf_request_text(const rf_request *request, const char *name) {
    const rf_value *value = rf_request_param(request, name);
    return value ? (rf_slice){ value->size ? value->text : "", value->size } : (rf_slice){ NULL, 0 };
}

int64_t rf_request_int(const rf_request *request, const char *name, int64_t standard) {
    const rf_value *value = rf_request_param(request, name);
    return !value ? standard : value->kind == RF_INT ? value->integer : (int64_t)value->number;
}

bool rf_request_bool(const rf_request *request, const char *name, bool standard) {
    const rf_value *value = rf_request_param(request, name);
    return value ? value->truth : standard;
}
