/* http_server_reply.c: messages become the answer to the request that they were made from. */
#include "base/number.h"
#include "base/slice.h"
#include "components/inputs/http_server.h"

#include <assert.h>

static bool is_line(rf_slice text) {
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < ' ' && text.data[i] != '\t')
            return false;
    return true;
}

/* What is being made, until all of it is there. */
typedef struct draft {
    unsigned status;
    rf_buffer body;
    rf_multipart_writer parts; /* of several messages */
    rf_strings names, values;
} draft;

static void draft_done(draft *d) { rf_buffer_done(&d->body); }

static rf_code make_body(rf_batch *batch, draft *d, rf_error *reterr) {
    const bool many = batch->count > 1;
    rf_code code = many ? rf_multipart_begin(&d->parts, &d->body, reterr) : RF_OK;
    for (uint32_t i = 0; i < batch->count && !code; i++) {
        rf_slice bytes = { 0 };
        code = rf_message_bytes(batch, &batch->messages[i], &bytes, reterr);
        if (many && !code)
            rf_multipart_put(&d->parts, RF_MULTIPART_BYTES, bytes);
        else
            rf_buffer_slice(&d->body, bytes);
    }
    if (code)
        return code;
    if (many)
        rf_multipart_end(&d->parts);
    return d->body.failed ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code make_status(rf_http_server *self, rf_batch *batch, draft *d, rf_error *reterr) {
    rf_slice text;
    int64_t number;
    rf_code code = rf_dynamic_text(self->reply_status, batch, 0, &text, reterr);
    if (code)
        return code;
    if (!rf_number_parse_i64(rf_slice_trim(text), &number) || number < 200 || number > 599)
        return rf_raise(reterr, RF_ESCRIPT, "status `%.*s` is none that a request can be answered with", RF_SLICE_ARG(text));
    d->status = (unsigned)number;
    return RF_OK;
}

static rf_code add(draft *d, rf_slice name, rf_slice value, rf_error *reterr) {
    if (name.len == 0 || !is_line(name) || !is_line(value) || rf_slice_find(name, ':') < name.len)
        return rf_raise(reterr, RF_ESCRIPT, "header `%.*s` has a character that headers may not have", RF_SLICE_ARG(name));
    d->names.items[d->names.count++] = name;
    d->values.items[d->values.count++] = value;
    return RF_OK;
}

static rf_code add_metadata(rf_http_server *self, rf_batch *batch, draft *d, rf_error *reterr) {
    rf_meta *meta = &batch->messages[0].meta;
    rf_code code = RF_OK;
    if (!rf_meta_filter_is_on(&self->reply_filter))
        return RF_OK;
    for (uint32_t i = 0; i < meta->count && !code; i++) {
        rf_slice name = rf_key_text(meta->entries[i].key);
        if (!rf_meta_filter_takes(&self->reply_filter, name))
            continue;
        rf_slice value = rf_meta_text(&batch->arena, &meta->entries[i].value);
        code = value.data ? add(d, name, value, reterr) : rf_raise_nomem(reterr);
    }
    return code;
}

static rf_code make_headers(rf_http_server *self, rf_batch *batch, draft *d, rf_error *reterr) {
    size_t room = self->reply_headers.count + batch->messages[0].meta.count + 1;
    d->names.items = rf_arena_zero(&batch->arena, room, sizeof *d->names.items);
    d->values.items = rf_arena_zero(&batch->arena, room, sizeof *d->values.items);
    bool typed = batch->count > 1;
    rf_code code = d->names.items && d->values.items ? RF_OK : rf_raise_nomem(reterr);
    for (size_t i = 0; i < self->reply_headers.count && !code; i++) {
        rf_slice name = self->reply_headers.names[i], value;
        bool is_type = rf_slice_eq_nocase(name, RF_SLICE("content-type"));
        if (is_type && batch->count > 1)
            continue; /* it is what the parts make it */
        typed |= is_type;
        code = rf_dynamic_text(self->reply_headers.items[i], batch, 0, &value, reterr);
        if (!code)
            code = add(d, name, value, reterr);
    }
    if (!code && batch->count > 1)
        code = add(d, RF_SLICE("Content-Type"), rf_slice_of(d->parts.type), reterr);
    if (!code && !typed)
        code = add(d, RF_SLICE("Content-Type"), RF_SLICE("application/octet-stream"), reterr);
    return code ? code : add_metadata(self, batch, d, reterr);
}

rf_code rf_http_server_reply(void *server, uint64_t mark, rf_batch *batch, rf_error *reterr) {
    rf_http_server *self = server;
    RF_CLEANUP(draft_done) draft d = { 0 };
    assert(batch->count > 0);
    rf_mutex_lock(&self->reply_lock);
    rf_code code = make_body(batch, &d, reterr);
    if (!code)
        code = make_status(self, batch, &d, reterr);
    if (!code)
        code = make_headers(self, batch, &d, reterr);
    rf_mutex_unlock(&self->reply_lock);
    return code ? code : rf_arrivals_reply(mark, d.status, &d.body, &d.names, &d.values, reterr);
}
