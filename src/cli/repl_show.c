/* repl_show.c: what an input came to, as a session shows it. */
#include "cli/repl_session.h"

#include "base/slice.h"
#include "cli/script.h"

#include <assert.h>

enum { SHOWN_MAX = 4000 }; /* bytes of a value */

void rf_repl_show_findings(const rf_repl_work *work, rf_buffer *out) {
    for (size_t i = 0; i < work->diags.list.count; i++)
        if (work->diags.list.items[i].at >= work->base)
            rf_fus_diag_show(out, &work->texts, &work->diags.list.items[i], rf_cli_colours());
}

/* The text of a value, cut when it is long. */
static void show_value(const rf_repl_session *session, rf_fus_value value, rf_buffer *out) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    if (!rf_fus_display(session->vm, value, &text) || text.failed) {
        rf_buffer_text(out, "(too large to show)");
        return;
    }
    size_t len = text.len;
    if (len > SHOWN_MAX)
        for (len = SHOWN_MAX; len > 0 && ((unsigned char)text.data[len] & 0xC0) == 0x80;)
            len--;
    rf_buffer_append(out, text.data, len);
    if (len < text.len)
        rf_buffer_printf(out, "… (%zu bytes in all)", text.len);
}

static void show_binding(const rf_repl_session *session, const rf_fus_binding *binding, rf_buffer *out) {
    rf_fus_value value = rf_fus_instance_global(session->instance, binding->index);
    bool is_it = rf_slice_is(binding->name, "it");
    if (value == RF_FUS_UNDEF || (is_it && value == RF_FUS_UNIT))
        return;
    if (rf_fus_is(value, RF_FUS_T_CELL))
        value = RF_FUS_AS(const rf_fus_cell, value)->value;
    rf_buffer_printf(out, "val %s%.*s : ", binding->is_mutable ? "mutable " : "", RF_SLICE_ARG(binding->name));
    if (binding->type)
        rf_fus_type_show(out, binding->type);
    else
        rf_buffer_char(out, '_');
    if (!rf_fus_is_function(value)) {
        rf_buffer_text(out, " = ");
        if (rf_fus_is_string(value))
            rf_buffer_char(out, '"');
        show_value(session, value, out);
        if (rf_fus_is_string(value))
            rf_buffer_char(out, '"');
    }
    rf_buffer_char(out, '\n');
}

/* All names of a pattern. Patterns nest no deeper than the parser allows. */
static void show_pattern(const rf_repl_session *session, const rf_fus_pat *pat, rf_buffer *out) {
    if (pat->binding && pat->binding->kind == RF_FUS_BIND_GLOBAL)
        show_binding(session, pat->binding, out);
    for (uint32_t i = 0; i < pat->count && pat->kind != RF_FUS_PAT_OR; i++)
        show_pattern(session, pat->items[i], out);
    if (pat->kind == RF_FUS_PAT_OR && pat->count)
        show_pattern(session, pat->items[0], out);
}

static void show_item(const rf_repl_session *session, const rf_fus_item *item, rf_buffer *out) {
    switch (item->kind) {
    case RF_FUS_ITEM_LET:
        for (uint32_t i = 0; i < item->bind_count; i++)
            show_pattern(session, item->binds[i].pat, out);
        break;
    case RF_FUS_ITEM_TYPE: rf_buffer_printf(out, "type %.*s\n", RF_SLICE_ARG(item->name)); break;
    case RF_FUS_ITEM_EXCEPTION: rf_buffer_printf(out, "exception %.*s\n", RF_SLICE_ARG(item->name)); break;
    case RF_FUS_ITEM_MODULE: rf_buffer_printf(out, "module %.*s\n", RF_SLICE_ARG(item->name)); break;
    default: break;
    }
}

void rf_repl_show_values(const rf_repl_session *session, const rf_repl_work *work, rf_buffer *out) {
    assert(session && work && out);
    for (const rf_fus_item *item = work->items; item; item = item->next)
        show_item(session, item, out);
}

bool rf_repl_show_type(const rf_repl_work *work, rf_buffer *out) {
    const rf_fus_item *last = work->items;
    while (last && last->next)
        last = last->next;
    if (!last || last->kind != RF_FUS_ITEM_LET || last->bind_count != 1 || !last->binds[0].pat->binding ||
        !last->binds[0].pat->binding->type)
        return false;
    rf_fus_type_show(out, last->binds[0].pat->binding->type);
    return true;
}
