/* load.c: a script and all that it #loads. */
#include "script/fusabi/parser.h"

#include "base/slice.h"

#include <assert.h>

enum { LOADS_DEEP_MAX = 64 };

/* One compile; a frame for each text that is being read, the outermost first. */
typedef struct loading {
    rf_arena *arena;
    rf_fus_texts *texts;
    const rf_fus_loader *loader;
    rf_fus_diags *diags;
    rf_error *reterr;
    uint32_t depth;
    size_t open[LOADS_DEEP_MAX]; /* indexes of texts */
} loading;

static rf_code read_text(loading *self, size_t index, rf_fus_item **ret_items);

/* Where the text named `name` has been read; SIZE_MAX: not yet. */
static size_t find_text(const loading *self, const char *name) {
    for (size_t i = 0; i < self->texts->count; i++) {
        const char *known = self->texts->items[i].source.name;
        if (known && name && strcmp(known, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

static bool is_open(const loading *self, size_t index) {
    for (uint32_t i = 0; i < self->depth; i++)
        if (self->open[i] == index)
            return true;
    return false;
}

/* The reference has #load of a missing file pass; --strict makes it an error. */
static void warn(loading *self, const rf_fus_item *item, const char *reason) {
    rf_fus_diag *diag = rf_fus_report(self->diags, RF_FUS_WARNING, RF_FUS_PHASE_PARSE, item->at, item->end, "cannot load \"%.*s\": %s",
                                      RF_SLICE_ARG(item->name), reason);
    if (diag)
        diag->strict_error = true;
}

/* Where a text stands is lost when the list of texts grows: only its index stays. */
static rf_code add_text(loading *self, const rf_fus_item *item, rf_source source, rf_fus_item **ret_items) {
    size_t known = find_text(self, source.name);
    if (known != SIZE_MAX && is_open(self, known)) {
        rf_fus_diag *diag = rf_fus_report(self->diags, RF_FUS_ERROR, RF_FUS_PHASE_PARSE, item->at, item->end,
                                          "\"%.*s\" loads itself, by way of the files that are being loaded", RF_SLICE_ARG(item->name));
        rf_fus_diag_hint(self->diags, diag, "move what both need to a third file");
        return RF_OK;
    }
    if (known != SIZE_MAX)
        return RF_OK; /* spliced once, where it is first named */
    if (self->depth == LOADS_DEEP_MAX) {
        (void)rf_fus_report(self->diags, RF_FUS_ERROR, RF_FUS_PHASE_PARSE, item->at, item->end,
                            "files that load each other more than %d deep", LOADS_DEEP_MAX);
        return RF_OK;
    }
    if (!rf_fus_texts_add(self->texts, source))
        return rf_raise_nomem(self->reterr);
    return read_text(self, self->texts->count - 1, ret_items);
}

static rf_code load_item(loading *self, const char *from, rf_fus_item *item) {
    if (!self->loader || !self->loader->load) {
        warn(self, item, "files cannot be loaded here");
        return RF_OK;
    }
    rf_source source = { 0 };
    rf_error error = { 0 };
    rf_code code = self->loader->load(self->loader->user, self->arena, from, item->name, &source, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(self->reterr);
    if (code) {
        warn(self, item, error.message);
        return RF_OK;
    }
    return add_text(self, item, source, &item->items);
}

static rf_code load_items(loading *self, const char *from, rf_fus_item *items) {
    for (rf_fus_item *item = items; item; item = item->next) {
        rf_code code = item->kind == RF_FUS_ITEM_LOAD ? load_item(self, from, item) : RF_OK;
        if (code)
            return code;
    }
    return RF_OK;
}

static rf_code read_text(loading *self, size_t index, rf_fus_item **ret_items) {
    assert(self->depth < LOADS_DEEP_MAX);
    rf_fus_loaded text = self->texts->items[index];
    rf_code code = rf_fus_parse_one(self->arena, &text, self->diags, NULL, ret_items, self->reterr);
    self->texts->items[index] = text;
    if (code)
        return code;
    self->open[self->depth++] = index;
    code = load_items(self, text.source.name, *ret_items);
    self->depth--;
    return code;
}

/* In the order of the text: the lexer's come before the parser's. A few, nearly sorted. */
static void sort(rf_fus_diags *diags) {
    rf_fus_diag *list = diags->list.items;
    for (size_t i = 1; i < diags->list.count; i++)
        for (size_t j = i; j > 0 && list[j].at < list[j - 1].at; j--) {
            rf_fus_diag moved = list[j];
            list[j] = list[j - 1];
            list[j - 1] = moved;
        }
}

rf_code rf_fus_parse(rf_arena *arena, rf_fus_texts *texts, const rf_fus_loader *loader, rf_fus_diags *diags, rf_fus_ast *ret_ast,
                     rf_error *reterr) {
    assert(arena && texts && texts->count > 0 && diags && ret_ast);
    loading self = { .arena = arena, .texts = texts, .loader = loader, .diags = diags, .reterr = reterr };
    rf_fus_item *items = NULL;
    rf_code code = read_text(&self, 0, &items);
    if (!code && diags->no_memory)
        code = rf_raise_nomem(reterr);
    sort(diags);
    if (!code)
        *ret_ast = (rf_fus_ast){ .arena = arena, .texts = texts, .items = items };
    return code;
}

bool rf_fus_text_unfinished(rf_slice text) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 16384);
    RF_CLEANUP(rf_fus_diags_done) rf_fus_diags diags;
    rf_fus_diags_init(&diags, &arena);
    rf_fus_loaded loaded = { .source = { "", text } };
    rf_fus_item *items = NULL;
    bool unfinished = false;
    rf_code code = rf_fus_parse_one(&arena, &loaded, &diags, &unfinished, &items, NULL);
    return code == RF_OK && unfinished;
}
