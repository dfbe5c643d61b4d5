/* infer_fixture.h: for tests: a script's types and findings as short text. */
#ifndef RF_SCRIPT_FUSABI_INFER_FIXTURE_H
#define RF_SCRIPT_FUSABI_INFER_FIXTURE_H

#include "base/slice.h"
#include "script/fusabi/infer.h"
#include "script/fusabi/parse.h"

typedef struct rf_fus_inferred {
    rf_arena arena;
    rf_fus_texts texts;
    rf_fus_diags diags;
    rf_fus_engine *engine;
    rf_fus_ast ast;
    rf_fus_resolved resolved;
    rf_buffer out;
} rf_fus_inferred;

static inline void rf_fus_inferred_done(rf_fus_inferred *self) {
    rf_fus_diags_done(&self->diags);
    rf_vec_done(&self->texts);
    rf_buffer_done(&self->out);
    rf_arena_done(&self->arena);
    rf_fus_engine_unref(self->engine);
}

/* Parses, resolves and infers. False: no memory. */
static inline bool rf_fus_inferred_run(rf_fus_inferred *self, rf_slice text) {
    rf_error error = { 0 };
    *self = (rf_fus_inferred){ 0 };
    rf_arena_init(&self->arena, 1 << 14);
    rf_fus_diags_init(&self->diags, &self->arena);
    return rf_fus_engine_new(&self->engine, &error) == RF_OK && rf_fus_texts_add(&self->texts, (rf_source){ "t.fsx", text })
           && rf_fus_parse(&self->arena, &self->texts, NULL, &self->diags, &self->ast, &error) == RF_OK
           && rf_fus_resolve(&self->ast, self->engine, &self->diags, &self->resolved, &error) == RF_OK
           && rf_fus_infer(&self->ast, &self->resolved, self->engine, &self->diags, &error) == RF_OK;
}

/* "f: int -> int\n" for each definition of the file. */
static inline rf_slice rf_fus_inferred_types(rf_fus_inferred *self) {
    rf_buffer_clear(&self->out);
    for (uint32_t i = 0; i < self->resolved.global_count; i++) {
        rf_buffer_printf(&self->out, "%.*s: ", RF_SLICE_ARG(self->resolved.global_names[i]));
        rf_fus_type_show(&self->out, self->resolved.globals[i]->type);
        rf_buffer_char(&self->out, '\n');
    }
    return rf_buffer_view(&self->out);
}

static inline void rf_fus_inferred_place(rf_fus_inferred *self, rf_fus_at at) {
    uint32_t line = 0, column = 0;
    (void)rf_fus_locate(&self->texts, at, &line, &column);
    rf_buffer_printf(&self->out, "%u:%u ", (unsigned)line, (unsigned)column);
}

/* "1:5 message | 1:1 other note\n" for each finding of inference; "~" before what --strict does not mind. */
static inline rf_slice rf_fus_inferred_warnings(rf_fus_inferred *self) {
    rf_buffer_clear(&self->out);
    for (size_t i = 0; i < self->diags.list.count; i++) {
        const rf_fus_diag *diag = &self->diags.list.items[i];
        if (diag->phase != RF_FUS_PHASE_TYPE && diag->severity != RF_FUS_ERROR)
            continue;
        rf_buffer_text(&self->out, diag->severity == RF_FUS_ERROR ? "error " : diag->strict_error ? "" : "~");
        rf_fus_inferred_place(self, diag->at);
        rf_buffer_text(&self->out, diag->message);
        if (diag->other != RF_FUS_NOWHERE) {
            rf_buffer_text(&self->out, " | ");
            rf_fus_inferred_place(self, diag->other);
            rf_buffer_text(&self->out, diag->other_note ? diag->other_note : "");
        }
        rf_buffer_char(&self->out, '\n');
    }
    return rf_buffer_view(&self->out);
}

#endif
