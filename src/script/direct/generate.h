/* generate.h: simple scripts, and messages for them, made of any bytes. For a test and a fuzz target. */
#ifndef RF_SCRIPT_DIRECT_GENERATE_H
#define RF_SCRIPT_DIRECT_GENERATE_H

#include "base/buffer.h"

#include <stddef.h>
#include <stdint.h>

/* Whoever runs out of bytes gets zeros, and so the shortest of everything. */
typedef struct generator {
    const uint8_t *data;
    size_t size;
    rf_buffer *out;
    unsigned locals; /* declared so far: l0, l1, … */
} generator;

static inline unsigned pick(generator *g, unsigned count) {
    if (g->size == 0)
        return 0;
    g->size--;
    return *g->data++ % count;
}

#define GENERATE_PICK(g, words) rf_buffer_text((g)->out, (words)[pick((g), (unsigned)(sizeof(words) / sizeof *(words)))])

static inline void generate_key(generator *g) {
    static const char *const keys[] = { "msg.meta.a", "msg.meta.b", "msg.meta['c']", "msg.meta.n", "msg.meta.none", "msg.meta.long" };
    GENERATE_PICK(g, keys);
}

static inline void generate_atom(generator *g) {
    static const char *const atoms[] = {
        "'x'", "\"i=1\"", "'12'", "''", "'Bool'", "'-7 '", "'\\n\\t'", "'ä'", "0", "1", "2.5", "20", "true", "false", "null", "undefined", "msg.payload", "msg.meta",
    };
    unsigned which = pick(g, 4);
    if (which == 1 && g->locals)
        rf_buffer_printf(g->out, "l%u", pick(g, g->locals));
    else if (which <= 1)
        generate_key(g);
    else
        GENERATE_PICK(g, atoms);
}

static inline void generate_pattern(generator *g, bool may_be_global) {
    static const char *const parts[] = { "Bool", "(\\d+)", "[^a-z0-9_]", ".", "\\w+", "(?:o)", "a?", "x*", "\\.", "[A-C-]", "\\s*?", "l{1,2}", "\\b", "(.*?)", "i" };
    rf_buffer_text(g->out, pick(g, 4) == 1 ? "/^" : "/");
    for (unsigned i = pick(g, 3) + 1; i > 0; i--)
        GENERATE_PICK(g, parts);
    rf_buffer_text(g->out, pick(g, 4) == 1 ? "$/" : "/");
    rf_buffer_text(g->out, pick(g, 4) == 1 ? "i" : "");
    rf_buffer_text(g->out, may_be_global && pick(g, 2) == 1 ? "g" : "");
}

static inline void generate_expression(generator *g, unsigned depth);

static inline void generate_argument(generator *g, const char *before, unsigned depth, const char *after) {
    rf_buffer_text(g->out, before);
    generate_expression(g, depth);
    rf_buffer_text(g->out, after);
}

/* What is a number, for most messages. */
static inline void generate_number(generator *g, unsigned depth) {
    static const char *const atoms[] = { "7", "0", "2.5", "msg.payload", "parseInt('12px')", "msg.meta.long.length", "msg.meta.a.length", "msg.meta.long.indexOf('B')", "-3" };
    static const char *const signs[] = { " + ", " - ", " * ", " / " };
    if (depth == 0 || pick(g, 3) == 0) {
        GENERATE_PICK(g, atoms);
        return;
    }
    rf_buffer_char(g->out, '(');
    generate_number(g, depth - 1);
    GENERATE_PICK(g, signs);
    generate_number(g, depth - 1);
    rf_buffer_char(g->out, ')');
}

static inline void generate_method(generator *g, unsigned depth) {
    static const char *const searches[] = { ".includes(", ".startsWith(", ".endsWith(", ".indexOf(" };
    static const char *const changes[] = { ".toUpperCase()", ".toLowerCase()", ".trim()", ".length", ".toString()", "[0]", "[1]" };
    unsigned which = pick(g, 6);
    if (which == 5) {
        generate_pattern(g, false);
        generate_argument(g, ".test(", depth, ")");
        return;
    }
    generate_atom(g);
    if (which == 0) {
        GENERATE_PICK(g, searches);
        generate_argument(g, "", depth, ")");
    } else if (which == 1) {
        GENERATE_PICK(g, changes);
    } else if (which == 2) {
        rf_buffer_text(g->out, ".substring(");
        generate_number(g, 1);
        rf_buffer_text(g->out, pick(g, 2) ? ", " : " + ");
        generate_number(g, 1);
        rf_buffer_char(g->out, ')');
    } else if (which == 3) {
        rf_buffer_text(g->out, ".replace(");
        generate_pattern(g, true);
        generate_argument(g, ", ", depth, ")");
    } else {
        rf_buffer_text(g->out, ".match(");
        generate_pattern(g, false);
        rf_buffer_text(g->out, ")");
    }
}

static inline void generate_binary(generator *g, unsigned depth) {
    static const char *const signs[] = { " + ", " === ", " !== ", " == ", " != ", " < ", " > ", " <= ", " >= ", " && ", " || ", " - ", " * ", " / " };
    generate_expression(g, depth);
    GENERATE_PICK(g, signs);
    generate_expression(g, depth);
}

static inline void generate_expression(generator *g, unsigned depth) {
    static const char *const unary[] = { "!", "-", "typeof ", "parseInt", "String" };
    static const char *const comparisons[] = { " < ", " > ", " <= ", " >= ", " === ", " != " };
    unsigned which = depth ? pick(g, 9) : 0;
    switch (which) {
    case 1: generate_argument(g, "(", depth - 1, ")"); break;
    case 2: GENERATE_PICK(g, unary); generate_argument(g, "(", depth - 1, ")"); break;
    case 3: rf_buffer_char(g->out, '('); generate_binary(g, depth - 1); rf_buffer_char(g->out, ')'); break;
    case 4: generate_method(g, depth - 1); break;
    case 5:
        generate_argument(g, "(", depth - 1, " ? ");
        generate_argument(g, "", depth - 1, " : ");
        generate_argument(g, "", depth - 1, ")");
        break;
    case 6: generate_argument(g, "`a${", depth - 1, "}b`"); break;
    case 7: generate_number(g, depth); break;
    case 8:
        generate_number(g, depth - 1);
        GENERATE_PICK(g, comparisons);
        generate_number(g, depth - 1);
        break;
    default: generate_atom(g);
    }
}

/* What a match found goes where it can be seen. */
static inline void generate_groups(generator *g) {
    rf_buffer_printf(g->out, "var l%u = ", g->locals);
    generate_key(g);
    rf_buffer_text(g->out, ".match(");
    generate_pattern(g, false);
    rf_buffer_printf(g->out, "); if (l%u) msg.meta.b = l%u[0] + '|' + l%u[1]; ", g->locals, g->locals, g->locals);
    g->locals++;
}

static inline void generate_statement(generator *g, unsigned depth) {
    static const char *const ends[] = { ";\n", "\n", "; " };
    unsigned which = pick(g, depth ? 7 : 4);
    switch (which) {
    case 1:
        generate_argument(g, "msg.payload = ", 2, "");
        break;
    case 2:
        rf_buffer_text(g->out, pick(g, 2) ? "var " : "let ");
        rf_buffer_printf(g->out, "l%u = ", g->locals);
        generate_expression(g, 2);
        g->locals++;
        break;
    case 3:
        rf_buffer_text(g->out, pick(g, 8) == 1 ? "return null" : "return msg");
        break;
    case 6: generate_groups(g); return;
    case 4:
    case 5:
        generate_argument(g, "if (", 2, ") { ");
        generate_statement(g, depth - 1);
        rf_buffer_text(g->out, "} else { ");
        generate_statement(g, depth - 1);
        rf_buffer_text(g->out, "}\n");
        return;
    default:
        generate_key(g);
        generate_argument(g, " = ", 3, "");
    }
    GENERATE_PICK(g, ends);
}

/* A body. */
static inline void generate_script(generator *g) {
    for (unsigned i = pick(g, 5) + 1; i > 0; i--)
        generate_statement(g, 2);
    rf_buffer_text(g->out, "return msg");
}

static inline void generate_line(generator *g) {
    static const char *const payloads[] = { "1", "2.5", "\"text\"", "true", "null", "{\"value\":1}", "-0", "1e300", "\"\"", "9007199254740993" };
    static const char *const texts[] = { "\"rampBool12\"", "\"i=1\"", "\"\"", "\"12\"", "\"Müller\"", "\" a.B-c \"", "7", "true", "\"Bool\\nx\"" };
    rf_buffer_text(g->out, "{\"payload\":");
    GENERATE_PICK(g, payloads);
    rf_buffer_text(g->out, ",\"meta\":{\"a\":");
    GENERATE_PICK(g, texts);
    rf_buffer_text(g->out, ",\"b\":");
    GENERATE_PICK(g, texts);
    rf_buffer_text(g->out, ",\"other\":\"o\",\"n\":");
    GENERATE_PICK(g, texts);
    rf_buffer_text(g->out, ",\"long\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa Bool1234567 xxxxxxxxxxx\"}}");
}

#endif
