/* json_doc.c: JSON text to yyjson's tree, without the heap for ordinary sizes. */
#include "message/json_doc.h"

#include "base/alloc.h"
#include "base/utf8.h"

#include <assert.h>

/* yyjson makes one block, lets it grow, shrinks it never: the doc's own room serves it while it fits. */
static void *room_malloc(void *ctx, size_t size) {
    rf_json_doc *doc = ctx;
    if (doc->room_taken || size > sizeof doc->room)
        return rf_alloc(size);
    doc->room_taken = true;
    return doc->room;
}

static void *room_realloc(void *ctx, void *memory, size_t old_size, size_t size) {
    rf_json_doc *doc = ctx;
    if (memory != doc->room)
        return rf_realloc(memory, size);
    if (size <= sizeof doc->room)
        return memory;
    void *moved = rf_alloc(size);
    if (moved)
        memcpy(moved, memory, old_size < size ? old_size : size);
    return moved;
}

static void room_free(void *ctx, void *memory) {
    rf_json_doc *doc = ctx;
    if (memory != doc->room)
        rf_free(memory);
}

/* A copy that yyjson may write into: it unescapes in place and wants its padding behind. */
static char *copy_text(rf_arena *arena, rf_slice text) {
    size_t size;
    if (rf_add_overflow(text.len, YYJSON_PADDING_SIZE, &size))
        return NULL;
    char *copy = rf_arena_alloc(arena, size);
    if (!copy)
        return NULL;
    if (text.len)
        memcpy(copy, text.data, text.len);
    memset(copy + text.len, 0, YYJSON_PADDING_SIZE);
    return copy;
}

static bool parse(rf_json_doc *doc, char *text, size_t len, rf_json_numbers numbers, yyjson_read_err *ret_why) {
    yyjson_alc alc = { room_malloc, room_realloc, room_free, doc };
    yyjson_read_flag flags = YYJSON_READ_INSITU | (numbers == RF_JSON_LEXEMES ? YYJSON_READ_NUMBER_AS_RAW : 0);
    doc->room_taken = false;
    doc->tree = yyjson_read_opts(text, len, flags, &alc, ret_why);
    doc->root = doc->tree ? yyjson_doc_get_root(doc->tree) : NULL;
    return doc->tree;
}

/* The code of a \uXXXX at `at`, or -1. */
static int32_t escaped_unit(const char *text, size_t len, size_t at) {
    if (len - at < 6 || text[at] != '\\' || text[at + 1] != 'u')
        return -1;
    int32_t unit = 0;
    for (size_t i = at + 2; i < at + 6; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
                  : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* Lone surrogate escapes become \ufffd. A backslash outside strings is an error anyway: no need to know where we are. */
static void repair_surrogates(char *text, size_t len) {
    assert(text);
    for (size_t i = 0; i < len;) {
        if (text[i] != '\\') {
            i++;
            continue;
        }
        int32_t unit = escaped_unit(text, len, i);
        if (unit < 0xd800 || unit > 0xdfff) {
            i += 2;
            continue;
        }
        int32_t low = unit < 0xdc00 && len - i >= 12 ? escaped_unit(text, len, i + 6) : -1;
        if (low >= 0xdc00 && low <= 0xdfff) {
            i += 12;
            continue;
        }
        memcpy(text + i + 2, "fffd", 4);
        i += 6;
    }
}

/* The slow path of texts that are not clean Unicode. */
static bool parse_repaired(rf_json_doc *doc, rf_arena *arena, rf_slice text, rf_json_numbers numbers, yyjson_read_err *ret_why) {
    rf_slice clean = rf_utf8_clean_in(arena, text);
    char *copy = clean.data ? copy_text(arena, clean) : NULL;
    if (!copy) {
        ret_why->code = YYJSON_READ_ERROR_MEMORY_ALLOCATION;
        return false;
    }
    repair_surrogates(copy, clean.len);
    return parse(doc, copy, clean.len, numbers, ret_why);
}

static rf_code raise_why(const yyjson_read_err *why, rf_error *reterr) {
    if (why->code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return rf_raise_nomem(reterr);
    return rf_raise(reterr, RF_EPARSE, "not JSON at byte %zu: %s", why->pos, why->msg);
}

rf_code rf_json_doc_open(rf_json_doc *doc, rf_arena *arena, rf_slice text, rf_json_numbers numbers,
                         rf_json_repair repair, rf_error *reterr) {
    assert(doc && arena);
    doc->tree = NULL;
    doc->root = NULL;
    if (text.len > UINT32_MAX) /* texts of values hold their size in 32 bits */
        return rf_raise(reterr, RF_ELIMIT, "a JSON text of %zu bytes is too large", text.len);
    if (text.len == 0)
        return rf_raise(reterr, RF_EPARSE, "not JSON at byte 0: nothing there");
    char *copy = copy_text(arena, text);
    if (!copy)
        return rf_raise_nomem(reterr);
    yyjson_read_err why = { 0 };
    if (parse(doc, copy, text.len, numbers, &why))
        return RF_OK;
    bool unclean = why.code == YYJSON_READ_ERROR_INVALID_STRING && repair == RF_JSON_REPAIR;
    if (unclean && parse_repaired(doc, arena, text, numbers, &why))
        return RF_OK;
    return raise_why(&why, reterr);
}

void rf_json_doc_done(rf_json_doc *doc) {
    yyjson_doc_free(doc->tree); /* NULL is fine */
    doc->tree = NULL;
    doc->root = NULL;
}
