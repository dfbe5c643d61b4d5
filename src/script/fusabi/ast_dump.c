/* ast_dump.c: a syntax tree as text. */
#include "script/fusabi/ast_dump.h"

#include "base/number.h"
#include "base/slice.h"

#include <assert.h>

/* What is still to be written: the tree is walked without recursion. */
typedef enum task_kind { TASK_WORD, TASK_TEXT, TASK_STRING, TASK_EXPR, TASK_PAT, TASK_TY } task_kind;
typedef struct task {
    task_kind kind;
    bool close; /* no blank before it */
    union { const void *node; const char *word; rf_slice text; };
} task;

typedef struct dump {
    rf_buffer *out;
    RF_VEC(task) tasks;
    bool glue; /* no blank before what is next */
} dump;

static void add(dump *d, task row) {
    if (!rf_vec_push(&d->tasks, row))
        d->out->failed = true;
}
static void add_word(dump *d, const char *word) { add(d, (task){ .kind = TASK_WORD, .word = word }); }
static void add_close(dump *d, const char *word) { add(d, (task){ .kind = TASK_WORD, .close = true, .word = word }); }
static void add_text(dump *d, rf_slice text) { add(d, (task){ .kind = TASK_TEXT, .text = text }); }
static void add_expr(dump *d, const rf_fus_expr *expr) { add(d, (task){ .kind = TASK_EXPR, .node = expr }); }
static void add_pat(dump *d, const rf_fus_pat *pat) { add(d, (task){ .kind = TASK_PAT, .node = pat }); }
static void add_ty(dump *d, const rf_fus_ty *ty) { add(d, (task){ .kind = TASK_TY, .node = ty }); }
static void add_exprs(dump *d, const rf_fus_expr *expr, uint32_t from) {
    for (uint32_t i = from; i < expr->count; i++)
        add_expr(d, expr->items[i]);
}

static void write_string(rf_buffer *out, rf_slice text) {
    rf_buffer_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '\n')
            rf_buffer_text(out, "\\n");
        else if (c == '\t')
            rf_buffer_text(out, "\\t");
        else if (c == '"' || c == '\\')
            rf_buffer_printf(out, "\\%c", c);
        else
            rf_buffer_char(out, c);
    }
    rf_buffer_char(out, '"');
}

static void space(dump *d) {
    if (!d->glue)
        rf_buffer_char(d->out, ' ');
    d->glue = false;
}

static void write_number(dump *d, bool is_int, int64_t integer, double number) {
    char text[RF_NUMBER_TEXT_MAX];
    size_t len = is_int ? rf_number_i64(integer, text) : rf_number_text(number, text);
    space(d);
    rf_buffer_append(d->out, text, len);
    if (!is_int)
        rf_buffer_char(d->out, 'f');
}

/* Types */

static void dump_ty(dump *d, const rf_fus_ty *ty) {
    switch (ty->kind) {
    case RF_FUS_TY_ANY: add_word(d, "_"); return;
    case RF_FUS_TY_VAR: add_word(d, "'"); break;
    case RF_FUS_TY_FUN: add_word(d, "(->"); break;
    case RF_FUS_TY_TUPLE: add_word(d, "(*"); break;
    case RF_FUS_TY_RECORD: add_word(d, "{|"); break;
    case RF_FUS_TY_NAME:
        if (ty->count)
            add_word(d, "(");
        break;
    }
    if (ty->name.len)
        add(d, (task){ .kind = TASK_TEXT, .close = ty->kind == RF_FUS_TY_VAR || ty->count > 0, .text = ty->name });
    for (uint32_t i = 0; i < ty->count; i++) {
        if (ty->kind == RF_FUS_TY_RECORD)
            add_text(d, ty->names[i]);
        add_ty(d, ty->args[i]);
    }
    if (ty->kind != RF_FUS_TY_VAR && (ty->kind != RF_FUS_TY_NAME || ty->count))
        add_close(d, ty->kind == RF_FUS_TY_RECORD ? "|}" : ")");
}

/* Patterns */

static const char *pat_word(rf_fus_pat_kind kind) {
    switch (kind) {
    case RF_FUS_PAT_TUPLE: return "(tuple";
    case RF_FUS_PAT_LIST: return "[";
    case RF_FUS_PAT_ARRAY: return "[|";
    case RF_FUS_PAT_CONS: return "(::";
    case RF_FUS_PAT_RECORD: return "{";
    case RF_FUS_PAT_OR: return "(|";
    case RF_FUS_PAT_AS: return "(as";
    case RF_FUS_PAT_TYPED: return "(:";
    default: return "(ctor";
    }
}

static void dump_pat_items(dump *d, const rf_fus_pat *pat) {
    bool bracket = pat->kind == RF_FUS_PAT_LIST || pat->kind == RF_FUS_PAT_ARRAY || pat->kind == RF_FUS_PAT_RECORD;
    add_word(d, pat_word(pat->kind));
    if (pat->kind == RF_FUS_PAT_CTOR || pat->kind == RF_FUS_PAT_AS)
        add_text(d, pat->text);
    for (uint32_t i = 0; i < pat->count; i++) {
        if (pat->kind == RF_FUS_PAT_RECORD)
            add_text(d, pat->names[i]);
        add_pat(d, pat->items[i]);
    }
    if (pat->kind == RF_FUS_PAT_TYPED)
        add_ty(d, pat->ty);
    add_close(d, !bracket ? ")" : pat->kind == RF_FUS_PAT_LIST ? "]" : pat->kind == RF_FUS_PAT_ARRAY ? "|]" : "}");
}

static void dump_pat(dump *d, const rf_fus_pat *pat) {
    switch (pat->kind) {
    case RF_FUS_PAT_WILD: add_word(d, "_"); break;
    case RF_FUS_PAT_VAR: add_text(d, pat->text); break;
    case RF_FUS_PAT_UNIT: add_word(d, "()"); break;
    case RF_FUS_PAT_BOOL: add_word(d, pat->flag ? "true" : "false"); break;
    case RF_FUS_PAT_INT: write_number(d, true, pat->integer, 0); break;
    case RF_FUS_PAT_FLOAT: write_number(d, false, 0, pat->number); break;
    case RF_FUS_PAT_STRING: add(d, (task){ .kind = TASK_STRING, .text = pat->text }); break;
    case RF_FUS_PAT_CTOR:
        if (pat->count == 0) {
            add_text(d, pat->text);
            break;
        }
        RF_FALLTHROUGH;
    default: dump_pat_items(d, pat); break;
    }
}

/* Expressions */

static const char *const op_words[] = {
    [RF_FUS_OP_ADD] = "(+", [RF_FUS_OP_SUB] = "(-", [RF_FUS_OP_MUL] = "(*", [RF_FUS_OP_DIV] = "(/", [RF_FUS_OP_MOD] = "(%",
    [RF_FUS_OP_POW] = "(**", [RF_FUS_OP_CONCAT] = "(++", [RF_FUS_OP_EQ] = "(=", [RF_FUS_OP_NE] = "(<>", [RF_FUS_OP_LT] = "(<",
    [RF_FUS_OP_LE] = "(<=", [RF_FUS_OP_GT] = "(>", [RF_FUS_OP_GE] = "(>=", [RF_FUS_OP_AND] = "(&&", [RF_FUS_OP_OR] = "(||",
    [RF_FUS_OP_CONS] = "(::", [RF_FUS_OP_PIPE] = "(|>", [RF_FUS_OP_PIPE_BACK] = "(<|", [RF_FUS_OP_COMPOSE] = "(>>",
    [RF_FUS_OP_COMPOSE_BACK] = "(<<",
};

/* What opens and closes an expression that is a list of its items. */
static const struct { const char *open, *close; } expr_words[RF_FUS_E_ERROR + 1] = {
    [RF_FUS_E_APPLY] = { "(", ")" }, [RF_FUS_E_INDEX] = { "(.[]", ")" }, [RF_FUS_E_UPDATE] = { "(.[]<-", ")" },
    [RF_FUS_E_NEGATE] = { "(neg", ")" }, [RF_FUS_E_IF] = { "(if", ")" }, [RF_FUS_E_SEQ] = { "(seq", ")" },
    [RF_FUS_E_WHILE] = { "(while", ")" }, [RF_FUS_E_FINALLY] = { "(finally", ")" }, [RF_FUS_E_TUPLE] = { "(tuple", ")" },
    [RF_FUS_E_LIST] = { "[", "]" }, [RF_FUS_E_ARRAY] = { "[|", "|]" }, [RF_FUS_E_RANGE] = { "(..", ")" },
    [RF_FUS_E_LIST_FROM] = { "[from", "]" }, [RF_FUS_E_ARRAY_FROM] = { "[|from", "|]" }, [RF_FUS_E_ASYNC] = { "(async", ")" },
    [RF_FUS_E_CTOR] = { "(ctor", ")" }, [RF_FUS_E_METHOD] = { "(method", ")" }, [RF_FUS_E_FIELD] = { "(.", ")" },
    [RF_FUS_E_ASSIGN] = { "(<-", ")" }, [RF_FUS_E_TYPED] = { "(:", ")" }, [RF_FUS_E_YIELD] = { "(yield", ")" },
};

static void dump_bind(dump *d, const rf_fus_bind *bind) {
    if (bind->is_mutable)
        add_word(d, "mutable");
    if (bind->doc.len)
        add(d, (task){ .kind = TASK_STRING, .text = bind->doc });
    add_pat(d, bind->pat);
    if (bind->ty) {
        add_word(d, ":");
        add_ty(d, bind->ty);
    }
    add_expr(d, bind->value);
}

static void dump_binds(dump *d, const rf_fus_bind *binds, uint32_t count, bool is_rec) {
    add_word(d, is_rec ? "(let rec" : "(let");
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            add_word(d, "and");
        dump_bind(d, &binds[i]);
    }
}

static void dump_arms(dump *d, const rf_fus_expr *expr) {
    for (uint32_t i = 0; i < expr->arm_count; i++) {
        add_word(d, "(");
        add(d, (task){ .kind = TASK_PAT, .close = true, .node = expr->arms[i].pat });
        if (expr->arms[i].guard) {
            add_word(d, "when");
            add_expr(d, expr->arms[i].guard);
        }
        add_word(d, "->");
        add_expr(d, expr->arms[i].body);
        add_close(d, ")");
    }
}

static void dump_lambda(dump *d, const rf_fus_expr *expr) {
    add_word(d, expr->is_function ? "(function" : "(fun");
    if (!expr->is_function)
        for (uint32_t i = 0; i < expr->param_count; i++)
            add_pat(d, expr->params[i]);
    if (expr->ty) {
        add_word(d, ":");
        add_ty(d, expr->ty);
    }
    if (!expr->is_function)
        add_word(d, "->");
    if (expr->is_function && expr->items[0]->kind == RF_FUS_E_MATCH)
        dump_arms(d, expr->items[0]);
    else
        add_expr(d, expr->items[0]);
    add_close(d, ")");
}

static void dump_for(dump *d, const rf_fus_expr *expr) {
    add_word(d, "(for");
    add_pat(d, expr->pat);
    add_word(d, expr->kind == RF_FUS_E_FOR_IN ? "in" : expr->flag ? "downto" : "to");
    add_exprs(d, expr, 0);
    add_close(d, ")");
}

static void dump_record(dump *d, const rf_fus_expr *expr) {
    uint32_t first = expr->kind == RF_FUS_E_RECORD_WITH;
    add_word(d, "{");
    if (first) {
        add_expr(d, expr->items[0]);
        add_word(d, "with");
    }
    for (uint32_t i = first; i < expr->count; i++) {
        add_text(d, expr->names[i - first]);
        add_expr(d, expr->items[i]);
    }
    add_close(d, "}");
}

static void dump_interpolated(dump *d, const rf_fus_expr *expr) {
    add_word(d, "($");
    for (uint32_t i = 0; i < expr->count; i++) {
        add_expr(d, expr->items[i]);
        if (i % 2 == 1 && expr->names[i / 2].len) {
            add_word(d, ":");
            add_text(d, expr->names[i / 2]);
        }
    }
    add_close(d, ")");
}

static void dump_listed(dump *d, const rf_fus_expr *expr) {
    if (expr->kind == RF_FUS_E_CTOR && expr->count == 0) {
        add_text(d, expr->text);
        return;
    }
    add_word(d, expr->kind == RF_FUS_E_YIELD && expr->flag ? "(yield!" : expr_words[expr->kind].open);
    bool named = expr->kind == RF_FUS_E_CTOR || expr->kind == RF_FUS_E_METHOD || expr->kind == RF_FUS_E_ASSIGN;
    if (named)
        add_text(d, expr->text);
    add_exprs(d, expr, 0);
    if (expr->kind == RF_FUS_E_FIELD)
        add_text(d, expr->text);
    if (expr->kind == RF_FUS_E_TYPED)
        add_ty(d, expr->ty);
    add_close(d, expr_words[expr->kind].close);
}

static void dump_expr(dump *d, const rf_fus_expr *expr) {
    switch (expr->kind) {
    case RF_FUS_E_UNIT: add_word(d, "()"); break;
    case RF_FUS_E_BOOL: add_word(d, expr->flag ? "true" : "false"); break;
    case RF_FUS_E_INT: write_number(d, true, expr->integer, 0); break;
    case RF_FUS_E_FLOAT: write_number(d, false, 0, expr->number); break;
    case RF_FUS_E_STRING: add(d, (task){ .kind = TASK_STRING, .text = expr->text }); break;
    case RF_FUS_E_NAME: add_text(d, expr->text); break;
    case RF_FUS_E_BREAK: add_word(d, "break"); break;
    case RF_FUS_E_CONTINUE: add_word(d, "continue"); break;
    case RF_FUS_E_ERROR: add_word(d, "ERROR"); break;
    case RF_FUS_E_BINARY:
        add_word(d, op_words[expr->op]);
        add_exprs(d, expr, 0);
        add_close(d, ")");
        break;
    case RF_FUS_E_LAMBDA: dump_lambda(d, expr); break;
    case RF_FUS_E_INTERP: dump_interpolated(d, expr); break;
    case RF_FUS_E_FOR_IN:
    case RF_FUS_E_FOR_TO: dump_for(d, expr); break;
    case RF_FUS_E_RECORD:
    case RF_FUS_E_RECORD_WITH: dump_record(d, expr); break;
    case RF_FUS_E_MATCH:
    case RF_FUS_E_TRY:
        add_word(d, expr->kind == RF_FUS_E_MATCH ? "(match" : "(try");
        add_exprs(d, expr, 0);
        dump_arms(d, expr);
        add_close(d, ")");
        break;
    case RF_FUS_E_LET:
        dump_binds(d, expr->binds, expr->bind_count, expr->is_rec);
        add_exprs(d, expr, 0);
        add_close(d, ")");
        break;
    default: dump_listed(d, expr); break;
    }
}

/* Writes what is on the list, the last first. */
static void drain(dump *d) {
    while (d->tasks.count && !d->out->failed) {
        task next = d->tasks.items[--d->tasks.count];
        size_t mark = d->tasks.count;
        d->glue = d->glue || next.close;
        switch (next.kind) {
        case TASK_WORD:
            space(d);
            rf_buffer_text(d->out, next.word);
            d->glue = strcmp(next.word, "(") == 0 || next.word[0] == '[' || next.word[0] == '{' || next.word[0] == '\'';
            break;
        case TASK_TEXT:
            space(d);
            rf_buffer_slice(d->out, next.text);
            break;
        case TASK_STRING:
            space(d);
            write_string(d->out, next.text);
            break;
        case TASK_EXPR: dump_expr(d, next.node); break;
        case TASK_PAT: dump_pat(d, next.node); break;
        case TASK_TY: dump_ty(d, next.node); break;
        }
        for (size_t low = mark, high = d->tasks.count; low + 1 < high; low++) {
            high--;
            task moved = d->tasks.items[low];
            d->tasks.items[low] = d->tasks.items[high];
            d->tasks.items[high] = moved;
        }
    }
}

/* Adds in order what is written in order. */
static void flush(dump *d) {
    for (size_t low = 0, high = d->tasks.count; low + 1 < high; low++) {
        high--;
        task moved = d->tasks.items[low];
        d->tasks.items[low] = d->tasks.items[high];
        d->tasks.items[high] = moved;
    }
    drain(d);
}

/* Items */

static void dump_type(dump *d, const rf_fus_item *item) {
    static const char *const kinds[] = { "(union", "(record", "(alias", "(provider" };
    add_word(d, item->kind == RF_FUS_ITEM_EXCEPTION ? "(exception" : kinds[item->decl]);
    add_text(d, item->name);
    for (uint32_t i = 0; i < item->var_count; i++) {
        add_word(d, "'");
        add(d, (task){ .kind = TASK_TEXT, .close = true, .text = item->vars[i] });
    }
    for (uint32_t i = 0; i < item->case_count; i++) {
        const rf_fus_case *row = &item->cases[i];
        add_word(d, "(");
        add(d, (task){ .kind = TASK_TEXT, .close = true, .text = row->name });
        for (uint32_t k = 0; k < row->count; k++)
            add_ty(d, row->tys[k]);
        if (row->is_mutable)
            add_word(d, "mutable");
        add_close(d, ")");
    }
    if (item->alias)
        add_ty(d, item->alias);
    if (item->is_recursive_next)
        add_word(d, "and");
    add_close(d, ")");
}

static void dump_item(dump *d, const rf_fus_item *item) {
    switch (item->kind) {
    case RF_FUS_ITEM_LET:
        dump_binds(d, item->binds, item->bind_count, item->is_rec);
        add_close(d, ")");
        break;
    case RF_FUS_ITEM_EXPR:
        if (item->is_do)
            add_word(d, "(do");
        add_expr(d, item->expr);
        if (item->is_do)
            add_close(d, ")");
        break;
    case RF_FUS_ITEM_TYPE:
    case RF_FUS_ITEM_EXCEPTION: dump_type(d, item); break;
    case RF_FUS_ITEM_OPEN:
        add_word(d, "(open");
        add_text(d, item->name);
        add_close(d, ")");
        break;
    case RF_FUS_ITEM_MODULE:
        add_word(d, "(module");
        add_text(d, item->name);
        break;
    case RF_FUS_ITEM_LOAD:
        add_word(d, "(load");
        add(d, (task){ .kind = TASK_STRING, .text = item->name });
        break;
    }
    flush(d);
}

enum { MODULES_DEEP_MAX = RF_FUS_DIAGS_MAX * 20 };

/* Recursion over modules only, which the parser bounds. */
static void dump_items(dump *d, const rf_fus_item *items, unsigned depth) {
    assert(depth < MODULES_DEEP_MAX);
    for (const rf_fus_item *item = items; item && !d->out->failed; item = item->next) {
        d->glue = depth == 0;
        if (depth)
            rf_buffer_printf(d->out, "\n%*s", (int)depth * 2 - 1, "");
        dump_item(d, item);
        if (item->kind == RF_FUS_ITEM_MODULE || item->kind == RF_FUS_ITEM_LOAD) {
            dump_items(d, item->items, depth + 1);
            rf_buffer_char(d->out, ')');
        }
        if (depth == 0)
            rf_buffer_char(d->out, '\n');
    }
}

void rf_fus_dump(const rf_fus_item *items, rf_buffer *out) {
    assert(out);
    dump d = { .out = out };
    dump_items(&d, items, 0);
    rf_vec_done(&d.tasks);
}
