/* document.c: a YAML text as a tree of nodes, built from libfyaml's events. */
#include "stream/document.h"

#include "base/slice.h"
#include "base/table.h"
#include "base/vec.h"

#include <assert.h>
/* The library's own two are built on a function that is banned here; we use neither. */
#define FY_ALLOCA_COPY_FREE(text, len) NULL
#define FY_ALLOCA_COPY_FREE_NO_NULL(text, len) NULL
#include <libfyaml.h>

#define DEPTH_MAX 100
#define WEIGHT_MAX 1000000u /* nodes with all aliases written out; more is an expansion bomb */

typedef struct builder {
    rf_unit *unit;
    struct fy_diag *diag;
    struct fy_parser *parser;
    struct fy_event *event; /* the current one */
    rf_table anchors;       /* name to node; a node is known when it is complete, so there are no cycles */
    size_t seen;            /* where the events so far end */
    unsigned depth;
    bool stopped;           /* a finding was made after which there is no going on */
    bool nomem;
} builder;

static rf_conf *build(builder *b);

static void next(builder *b) {
    const struct fy_mark *end = b->event ? fy_event_end_mark(b->event) : NULL;
    b->seen = end && end->input_pos > b->seen ? end->input_pos : b->seen;
    if (b->event)
        fy_parser_event_free(b->parser, b->event);
    b->event = b->stopped || b->nomem ? NULL : fy_parser_parse(b->parser);
}

static enum fy_event_type kind(const builder *b) { return b->event ? b->event->type : FYET_NONE; }

static size_t event_at(builder *b) {
    const struct fy_mark *mark = fy_event_start_mark(b->event);
    return mark ? mark->input_pos : b->seen;
}

static void complain(builder *b, size_t at, const char *hint, const char *message) {
    rf_error error;
    (void)rf_raise(&error, RF_ECONFIG, "%s", message);
    if (hint)
        rf_error_hint(&error, "%s", hint);
    (void)rf_unit_report(b->unit, at, &error, false);
    b->stopped = true;
}

static rf_slice token_text(struct fy_token *token) {
    size_t len = 0;
    const char *text = token ? fy_token_get_text(token, &len) : NULL;
    return text ? (rf_slice){ text, len } : (rf_slice){ "", 0 };
}

static rf_conf *node_new(builder *b, rf_node_kind node_kind) {
    rf_conf *node = rf_arena_zero(b->unit->arena, 1, sizeof *node);
    if (!node) {
        b->nomem = true;
        return NULL;
    }
    *node = (rf_conf){ .unit = b->unit, .kind = (uint8_t)node_kind, .placed = true, .weight = 1, .at = event_at(b) };
    node->end = node->at;
    return node;
}

/* `!!str 5` is a text and `!!int "5"` is not; any other tag is passed over. */
static void apply_tag(rf_conf *node, struct fy_token *tag) {
    rf_slice text = token_text(tag);
    if (rf_slice_ends(text, RF_SLICE("!!str")) || rf_slice_ends(text, RF_SLICE(":str")))
        node->style = node->style == RF_STYLE_PLAIN ? RF_STYLE_DOUBLE : node->style;
    if (rf_slice_ends(text, RF_SLICE(":int")) || rf_slice_ends(text, RF_SLICE(":bool")) || rf_slice_ends(text, RF_SLICE(":float")))
        node->style = RF_STYLE_PLAIN;
}

static rf_node_style scalar_style(struct fy_token *token) {
    switch (fy_token_scalar_style(token)) {
    case FYSS_SINGLE_QUOTED: return RF_STYLE_SINGLE;
    case FYSS_DOUBLE_QUOTED: return RF_STYLE_DOUBLE;
    case FYSS_LITERAL: return RF_STYLE_LITERAL;
    case FYSS_FOLDED: return RF_STYLE_FOLDED;
    default: return RF_STYLE_PLAIN;
    }
}

static rf_conf *build_scalar(builder *b) {
    rf_conf *node = node_new(b, RF_NODE_SCALAR);
    if (!node)
        return NULL;
    struct fy_token *value = b->event->scalar.value;
    const struct fy_mark *end = value ? fy_token_end_mark(value) : NULL;
    node->style = (uint8_t)(value ? scalar_style(value) : RF_STYLE_PLAIN);
    node->end = end ? end->input_pos : node->at;
    /* A value that was left out: newer libraries give it a place without width, older ones none. */
    node->placed = fy_event_start_mark(b->event) && (node->end > node->at || node->style != RF_STYLE_PLAIN);
    if (!node->placed)
        node->at = node->end = b->seen;
    node->text = rf_slice_dup_in(b->unit->arena, token_text(value));
    b->nomem |= !node->text.data;
    apply_tag(node, b->event->scalar.tag);
    return node;
}

static rf_conf *build_alias(builder *b) {
    rf_slice name = token_text(b->event->alias.anchor);
    rf_conf *node = rf_table_get(&b->anchors, name);
    if (!node) {
        char message[120];
        (void)snprintf(message, sizeof message, "yaml: unknown anchor '%.*s' referenced", (int)(name.len < 60 ? name.len : 60), name.data);
        complain(b, event_at(b) - (event_at(b) > 0), "an anchor is written `&name`, before the aliases that use it", message);
    }
    return node;
}

static void add_weight(builder *b, rf_conf *node, const rf_conf *part) {
    node->weight += part->weight;
    if (node->weight > WEIGHT_MAX && !b->stopped)
        complain(b, node->at, NULL, "yaml: document contains excessive aliasing");
}

static void *settle(builder *b, const void *items, size_t bytes) {
    void *kept = rf_arena_alloc(b->unit->arena, bytes + 1);
    if (!kept)
        b->nomem = true;
    return kept && bytes ? memcpy(kept, items, bytes) : kept;
}

/* An entry of which nothing is written stands at its dash. */
static void place_empty(const builder *b, rf_conf *item) {
    rf_slice text = b->unit->env.text;
    if (item->placed)
        return;
    while (item->at < text.len && text.data[item->at] != '-')
        item->at++;
    item->placed = true;
}

static rf_conf *build_list(builder *b) {
    rf_conf *node = node_new(b, RF_NODE_LIST);
    RF_VEC(rf_conf *) items = { 0 };
    next(b);
    while (node && b->event && kind(b) != FYET_SEQUENCE_END) {
        rf_conf *item = build(b);
        if (!item)
            break;
        place_empty(b, item);
        add_weight(b, node, item);
        b->nomem |= !rf_vec_push(&items, item);
        next(b);
    }
    if (node) {
        node->items = settle(b, items.items, items.count * sizeof(rf_conf *));
        node->count = (uint32_t)items.count;
    }
    rf_vec_done(&items);
    return b->nomem || b->stopped ? NULL : node;
}

/* A key that stands there already: both places are named, and reading goes on. */
static bool is_duplicate(const rf_pair *pairs, size_t count, const rf_pair *pair) {
    if (rf_slice_is(pair->name, "<<"))
        return false;
    for (size_t i = 0; i < count; i++)
        if (rf_slice_eq(pairs[i].name, pair->name)) {
            rf_place first;
            rf_unit_place(pair->unit, pairs[i].at, &first);
            (void)rf_pair_report_key(pair, "remove one of them: a key may stand only once in its map",
                                     "key '%.*s' is already given at line %u", RF_SLICE_ARG(pair->name), first.line);
            return true;
        }
    return false;
}

static rf_conf *build_map(builder *b) {
    rf_conf *node = node_new(b, RF_NODE_MAP);
    RF_VEC(rf_pair) pairs = { 0 };
    next(b);
    while (node && b->event && kind(b) != FYET_MAPPING_END) {
        rf_pair pair = { .unit = b->unit, .at = event_at(b), .name = { "", 0 } };
        const rf_conf *key = build(b);
        if (!key)
            break;
        if (key->kind == RF_NODE_SCALAR)
            pair.name = key->text;
        next(b);
        pair.value = b->event ? build(b) : NULL;
        if (!pair.value)
            break;
        add_weight(b, node, pair.value);
        if (!is_duplicate(pairs.items, pairs.count, &pair))
            b->nomem |= !rf_vec_push(&pairs, pair);
        next(b);
    }
    if (node) {
        node->pairs = settle(b, pairs.items, pairs.count * sizeof(rf_pair));
        node->count = (uint32_t)pairs.count;
    }
    rf_vec_done(&pairs);
    if (!node || b->nomem || b->stopped)
        return NULL;
    b->nomem = rf_document_merge(node, NULL) == RF_ENOMEM;
    return b->nomem ? NULL : node;
}

static rf_slice anchor_name(builder *b) {
    struct fy_token *token = NULL;
    if (kind(b) == FYET_SCALAR)
        token = b->event->scalar.anchor;
    else if (kind(b) == FYET_SEQUENCE_START)
        token = b->event->sequence_start.anchor;
    else if (kind(b) == FYET_MAPPING_START)
        token = b->event->mapping_start.anchor;
    if (!token)
        return (rf_slice){ 0 };
    rf_slice name = rf_slice_dup_in(b->unit->arena, token_text(token));
    b->nomem |= !name.data;
    return name;
}

/* The node that begins at the current event, which is left at its last event. NULL: stopped, or no memory. */
static rf_conf *build(builder *b) {
    if (b->depth >= DEPTH_MAX) {
        complain(b, event_at(b), NULL, "yaml: nested too deep");
        return NULL;
    }
    rf_slice anchor = anchor_name(b);
    rf_conf *node = NULL;
    b->depth++;
    switch (kind(b)) {
    case FYET_SCALAR: node = build_scalar(b); break;
    case FYET_ALIAS: node = build_alias(b); break;
    case FYET_SEQUENCE_START: node = build_list(b); break;
    case FYET_MAPPING_START: node = build_map(b); break;
    default: break; /* the parser failed: it has an error to show */
    }
    b->depth--;
    if (node && anchor.data && !rf_table_put(&b->anchors, anchor, node))
        b->nomem = true;
    return b->nomem || b->stopped ? NULL : node;
}

/* Only the parser's first complaint is shown: the others follow from it. */
static void report_syntax(builder *b) {
    void *at = NULL;
    const struct fy_diag_error *found = fy_diag_errors_iterate(b->diag, &at);
    if (b->stopped || b->nomem || !(found || fy_parser_get_stream_error(b->parser)))
        return;
    char message[400];
    (void)snprintf(message, sizeof message, "yaml: %s", found ? found->msg : "this text cannot be read");
    complain(b, found ? rf_text_offset(b->unit->env.text, found->line, found->column) : 0, rf_text_hint(message), message);
}

static rf_conf *build_documents(builder *b) {
    rf_conf *root = NULL;
    unsigned documents = 0;
    for (next(b); b->event; next(b)) {
        if (kind(b) == FYET_DOCUMENT_START && ++documents == 2) {
            complain(b, event_at(b), "put it into a file of its own", "only one document is read, and a second one begins here");
            b->stopped = false; /* the first one is read on */
            break;
        }
        if (kind(b) == FYET_DOCUMENT_START || kind(b) == FYET_DOCUMENT_END || kind(b) == FYET_STREAM_START || kind(b) == FYET_STREAM_END)
            continue;
        root = build(b);
        if (!root)
            break;
    }
    return root;
}

static rf_code parse(builder *b, rf_conf **ret_root) {
    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    b->diag = fy_diag_create(&diag_config);
    if (!b->diag)
        return RF_ENOMEM;
    fy_diag_set_collect_errors(b->diag, true);
    const struct fy_parse_cfg config = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DISABLE_ACCELERATORS, .diag = b->diag };
    b->parser = fy_parser_create(&config);
    if (!b->parser || fy_parser_set_string(b->parser, b->unit->env.text.data, b->unit->env.text.len) != 0)
        return RF_ENOMEM;
    rf_conf *root = build_documents(b);
    report_syntax(b);
    *ret_root = b->stopped ? NULL : root;
    return b->nomem ? RF_ENOMEM : RF_OK;
}

rf_code rf_document_parse(rf_unit *unit, rf_conf **ret_root, rf_error *reterr) {
    assert(unit && unit->arena && unit->findings);
    builder b = { .unit = unit };
    rf_conf *root = NULL;
    rf_code code = RF_OK;
    size_t at;
    const char *fault = rf_text_fault(unit->env.text, &at);
    if (fault)
        complain(&b, at, rf_text_hint(fault), fault);
    else
        code = parse(&b, &root);
    if (b.event)
        fy_parser_event_free(b.parser, b.event);
    if (b.parser)
        fy_parser_destroy(b.parser);
    if (b.diag)
        fy_diag_destroy(b.diag);
    rf_table_done(&b.anchors);
    if (code)
        return rf_raise_nomem(reterr);
    *ret_root = root;
    return RF_OK;
}
