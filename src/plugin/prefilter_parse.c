/* prefilter_parse.c: a regular expression as a tree; what would need going back is refused. */
#include "plugin/prefilter_internal.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

typedef struct parser {
    rf_arena *arena;
    rf_slice pattern; /* with its slashes: columns count from there */
    size_t at, end;
    uint32_t depth;
    bool fold;
    rf_pf_set set;    /* the set being read */
    rf_error *error;
} parser;

#define SHOWN_BYTES_MAX 80u

static rf_code refuse(const parser *p, rf_code code, size_t at, const char *why, const char *hint) {
    size_t shown = p->pattern.len < SHOWN_BYTES_MAX ? p->pattern.len : SHOWN_BYTES_MAX;
    while (shown < p->pattern.len && shown > 0 && ((unsigned char)p->pattern.data[shown] & 0xC0) == 0x80)
        shown--; /* not within a character */
    const char *more = shown < p->pattern.len ? "…" : "";
    (void)rf_raise(p->error, code, "%s in the pattern `%.*s%s`", why, (int)shown, p->pattern.data, more);
    if (hint)
        rf_error_hint(p->error, "%s", hint);
    rf_error_place(p->error, NULL, 1, (uint32_t)rf_utf8_length((rf_slice){ p->pattern.data, at }) + 1);
    return code;
}

/* The same with the text from `at` to where the parser stands in the message. */
static rf_code refuse_text(const parser *p, size_t at, const char *why, const char *hint) {
    char text[200];
    (void)snprintf(text, sizeof text, "`%.*s` %s", (int)(p->at - at), p->pattern.data + at, why); /* cut: it is short */
    return refuse(p, RF_ECONFIG, at, text, hint);
}

static int peek_at(const parser *p, size_t more) {
    return p->at + more < p->end ? (unsigned char)p->pattern.data[p->at + more] : -1;
}
static int peek(const parser *p) { return peek_at(p, 0); }

static bool take(parser *p, char c) {
    bool is_there = peek(p) == (unsigned char)c;
    p->at += is_there;
    return is_there;
}

static rf_code take_character(parser *p, uint32_t *ret_char) {
    size_t bytes = rf_utf8_decode((rf_slice){ p->pattern.data + p->at, p->end - p->at }, ret_char);
    if (bytes == 0)
        return refuse(p, RF_ECONFIG, p->at, "a byte that is no UTF-8", "only literals may hold any bytes");
    p->at += bytes;
    return RF_OK;
}

static rf_code node_new(parser *p, rf_pf_node_kind kind, rf_pf_node **ret) {
    *ret = rf_arena_zero(p->arena, 1, sizeof **ret);
    if (!*ret)
        return rf_raise_nomem(p->error);
    (*ret)->kind = kind;
    return RF_OK;
}

static void put_in(rf_pf_node *parent, rf_pf_node *child) {
    child->next = parent->first;
    parent->first = child;
}

/* ---- Sets ---- */

static const rf_pf_range digits[] = { { '0', '9' } };
static const rf_pf_range word[] = { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } };
static const rf_pf_range space[] = { { '\t', '\r' }, { ' ', ' ' } };

/* Adds \d, \w, \s or one of their capitals; false: the letter is none of them. */
static bool add_shorthand(parser *p, int letter, bool *ret_memory) {
    const rf_pf_range *ranges;
    size_t count;
    switch (letter | 0x20) {
    case 'd': ranges = digits, count = 1; break;
    case 'w': ranges = word, count = 4; break;
    case 's': ranges = space, count = 2; break;
    default: return false;
    }
    uint32_t from = 0;
    bool good = true;
    for (size_t i = 0; good && i < count; i++) {
        if (letter & 0x20)
            good = rf_pf_set_add(&p->set, ranges[i].lo, ranges[i].hi);
        else
            good = from == ranges[i].lo || rf_pf_set_add(&p->set, from, ranges[i].lo - 1);
        from = ranges[i].hi + 1;
    }
    *ret_memory = good && ((letter & 0x20) || rf_pf_set_add(&p->set, from, RF_PF_CHAR_MAX));
    return true;
}

/* What was gathered, as a node. Case is folded before it is turned round: [^a] without case is neither a nor A. */
static rf_code set_node(parser *p, bool negate, rf_pf_node **ret) {
    if ((p->fold && !rf_pf_set_fold(&p->set)) || (negate && !rf_pf_set_negate(&p->set)))
        return rf_raise_nomem(p->error);
    rf_pf_set_join(&p->set);
    rf_code code = node_new(p, RF_PF_SET, ret);
    if (code)
        return code;
    (*ret)->range_count = p->set.count;
    (*ret)->ranges = rf_arena_alloc(p->arena, p->set.count * sizeof *p->set.items);
    if (!(*ret)->ranges)
        return rf_raise_nomem(p->error);
    if (p->set.count)
        memcpy((*ret)->ranges, p->set.items, p->set.count * sizeof *p->set.items);
    return RF_OK;
}

/* ---- Escapes ---- */

static int hex_digit(int c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    int small = c | 0x20;
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/* \xHH or \x{H…}; the parser stands behind the x, `at` is the backslash. */
static rf_code take_hex(parser *p, size_t at, uint32_t *ret_char) {
    bool braces = take(p, '{');
    uint32_t value = 0;
    int count = 0, most = braces ? 6 : 2;
    for (int digit; count < most && (digit = hex_digit(peek(p))) >= 0; count++, p->at++)
        value = value * 16 + (uint32_t)digit;
    if (count == 0 || (braces ? !take(p, '}') : count < 2))
        return refuse_text(p, at, "is not whole", "write \\x41 or \\x{1F600}");
    if (value > RF_PF_CHAR_MAX || (value >= 0xD800 && value < 0xE000))
        return refuse_text(p, at, "is no character", NULL);
    *ret_char = value;
    return RF_OK;
}

static rf_code refuse_escape(const parser *p, size_t at, int letter) {
    if (letter >= '0' && letter <= '9')
        return refuse_text(p, at, "refers back to a group, which one pass over a line cannot do", "leave the rest to the plugin's code");
    switch (letter) {
    case 'b': case 'B': return refuse_text(p, at, "looks around, which is not supported", "name the characters: (^|\\W)word(\\W|$)");
    case 'A': return refuse_text(p, at, "is not supported", "use ^");
    case 'z': case 'Z': return refuse_text(p, at, "is not supported", "use $");
    case 'p': case 'P': return refuse_text(p, at, "is not supported", "name the characters in [ ]");
    default:
        return refuse_text(p, at, "is no escape that is known",
                           "known: \\d \\w \\s \\D \\W \\S \\t \\n \\r \\f \\a \\e \\xHH \\x{H}, and \\ before punctuation");
    }
}

/* An escape: a character, or a shorthand that is added to the set (*ret_is_set). */
static rf_code take_escape(parser *p, uint32_t *ret_char, bool *ret_is_set) {
    static const char letters[] = "tnrfae", meant[] = "\t\n\r\f\a\x1B";
    size_t at = p->at++;
    *ret_is_set = false;
    if (p->at == p->end)
        return refuse(p, RF_ECONFIG, at, "a backslash at the end", "write \\\\ for a backslash");
    rf_code code = take_character(p, ret_char);
    if (code)
        return code;
    uint32_t c = *ret_char;
    bool memory = true;
    if (c < 0x80 && add_shorthand(p, (int)c, &memory)) {
        *ret_is_set = true;
        return memory ? RF_OK : rf_raise_nomem(p->error);
    }
    const char *letter = c && c < 0x80 ? strchr(letters, (int)c) : NULL;
    if (letter)
        *ret_char = (uint32_t)meant[letter - letters];
    else if (c == 'x')
        return take_hex(p, at, ret_char);
    else if (c > ' ' && c < 0x7F && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !(c >= '0' && c <= '9'))
        return RF_OK; /* punctuation */
    else
        return refuse_escape(p, at, (int)c);
    return RF_OK;
}

/* ---- [ ] ---- */

/* One end of a range, or a single character, or a shorthand. */
static rf_code take_class_item(parser *p, uint32_t *ret_char, bool *ret_is_set) {
    *ret_is_set = false;
    if (peek(p) == '\\')
        return take_escape(p, ret_char, ret_is_set);
    int next = peek_at(p, 1);
    if (peek(p) == '[' && (next == ':' || next == '.' || next == '=')) {
        size_t at = p->at;
        p->at += 2;
        return refuse_text(p, at, "begins a named class, which is not supported", "use \\d \\w \\s or ranges; write \\[ for the bracket");
    }
    return take_character(p, ret_char);
}

static rf_code take_class_range(parser *p) {
    uint32_t lo = 0, hi = 0;
    bool lo_is_set, hi_is_set = false;
    size_t at = p->at;
    rf_code code = take_class_item(p, &lo, &lo_is_set);
    if (code)
        return code;
    hi = lo;
    bool is_range = peek(p) == '-' && peek_at(p, 1) != ']' && peek_at(p, 1) >= 0;
    if (is_range) {
        p->at++;
        code = take_class_item(p, &hi, &hi_is_set);
        if (code)
            return code;
        if (lo_is_set || hi_is_set)
            return refuse_text(p, at, "is a range to or from more than one character", "put the - first or last, or write \\-");
        if (hi < lo)
            return refuse_text(p, at, "is a range that ends before it begins", NULL);
    }
    if (!lo_is_set && !rf_pf_set_add(&p->set, lo, hi))
        return rf_raise_nomem(p->error);
    return RF_OK;
}

static rf_code take_class(parser *p, rf_pf_node **ret) {
    size_t at = p->at++;
    bool negate = take(p, '^');
    for (bool first = true; first || peek(p) != ']'; first = false) {
        if (p->at == p->end)
            return refuse(p, RF_ECONFIG, at, "a `[` that is not closed", "write \\[ for the bracket itself");
        rf_code code = take_class_range(p);
        if (code)
            return code;
    }
    p->at++;
    return set_node(p, negate, ret);
}

/* ---- Groups, repeats, sequences ---- */

static rf_code take_choice(parser *p, rf_pf_node **ret);

static rf_code refuse_group(parser *p, size_t at) {
    int c = peek(p), next = peek_at(p, 1);
    p->at += p->at < p->end && c < 0x80;
    if (c == '=' || c == '!' || (c == '<' && (next == '=' || next == '!')))
        return refuse_text(p, at, "looks around, which is not supported", "leave the rest to the plugin's code");
    if (c == '<' || c == 'P' || c == '\'')
        return refuse_text(p, at, "names a group, which is not supported", "write ( or (?:");
    return refuse_text(p, at, "is not supported", "write ( or (?:; for the case of letters /…/i");
}

static rf_code take_group(parser *p, rf_pf_node **ret) {
    size_t at = p->at++;
    if (take(p, '?') && !take(p, ':'))
        return refuse_group(p, at);
    if (p->depth == RF_PF_DEPTH_MAX)
        return refuse(p, RF_ELIMIT, at, "more than 64 groups within each other", NULL);
    p->depth++;
    rf_code code = take_choice(p, ret);
    p->depth--;
    if (!code && !take(p, ')'))
        return refuse(p, RF_ECONFIG, at, "a `(` that is not closed", "write \\( for the parenthesis itself");
    return code;
}

static rf_code take_atom(parser *p, rf_pf_node **ret) {
    uint32_t c = '\n';
    bool is_set = false, is_dot = peek(p) == '.'; /* all but the line feed */
    rf_code code = RF_OK;
    p->set.count = 0;
    switch (peek(p)) {
    case '(': return take_group(p, ret);
    case '[': return take_class(p, ret);
    case '^': p->at++; return node_new(p, RF_PF_START, ret);
    case '$': p->at++; return node_new(p, RF_PF_END, ret);
    case '.': p->at++; break;
    case '\\': code = take_escape(p, &c, &is_set); break;
    default: code = take_character(p, &c); break;
    }
    if (code)
        return code;
    if (!is_set && !rf_pf_set_add(&p->set, c, c))
        return rf_raise_nomem(p->error);
    return set_node(p, is_dot, ret);
}

/* Digits as a number; far above the limit it stays there. */
static uint32_t take_number(parser *p) {
    uint32_t number = 0;
    for (int c; (c = peek(p)) >= '0' && c <= '9'; p->at++)
        number = number > RF_PF_REPEAT_MAX ? number : number * 10 + (uint32_t)(c - '0');
    return number;
}

/* True when `{` begins what looks like a count: nothing but digits, commas and blanks up to its `}`. Others are plain characters. */
static bool is_count(const parser *p) {
    size_t i = 1;
    int c;
    while (((c = peek_at(p, i)) >= '0' && c <= '9') || c == ',' || c == ' ' || c == '\t')
        i++;
    return i > 1 && c == '}';
}

static rf_code take_count(parser *p, uint32_t *ret_min, uint32_t *ret_max) {
    size_t at = p->at++;
    bool good = peek(p) >= '0' && peek(p) <= '9';
    *ret_min = *ret_max = take_number(p);
    if (take(p, ','))
        *ret_max = peek(p) == '}' ? RF_PF_NO_MAX : take_number(p);
    good = peek(p) == '}' && good;
    while (!take(p, '}'))
        p->at++; /* is_count() has seen it */
    if (!good)
        return refuse_text(p, at, "is no count", "write {2}, {2,}, {0,5} or {2,5}; \\{ for the brace itself");
    if (*ret_min > RF_PF_REPEAT_MAX || (*ret_max != RF_PF_NO_MAX && *ret_max > RF_PF_REPEAT_MAX))
        return refuse(p, RF_ELIMIT, at, "a count above 1000", NULL);
    if (*ret_max < *ret_min)
        return refuse_text(p, at, "is a count that ends before it begins", NULL);
    return RF_OK;
}

/* *, +, ?, {…} if there; false: none. */
static bool take_repeat(parser *p, uint32_t *ret_min, uint32_t *ret_max, rf_code *ret_code) {
    *ret_code = RF_OK;
    *ret_min = 0;
    *ret_max = RF_PF_NO_MAX;
    switch (peek(p)) {
    case '*': break;
    case '+': *ret_min = 1; break;
    case '?': *ret_max = 1; break;
    case '{':
        if (!is_count(p))
            return false;
        *ret_code = take_count(p, ret_min, ret_max);
        return true;
    default: return false;
    }
    p->at++;
    return true;
}

static rf_code take_item(parser *p, rf_pf_node **ret) {
    uint32_t min, max;
    rf_code code;
    size_t at = p->at;
    if (take_repeat(p, &min, &max, &code))
        return code ? code : refuse_text(p, at, "has nothing before it to repeat", "write \\ before it for the character itself");
    code = take_atom(p, ret);
    at = p->at;
    rf_code repeat_code = RF_OK;
    if (code || !take_repeat(p, &min, &max, &repeat_code))
        return code;
    if (repeat_code)
        return repeat_code;
    if ((*ret)->kind == RF_PF_START || (*ret)->kind == RF_PF_END)
        return refuse_text(p, at, "repeats an end of the line", NULL);
    (void)take(p, '?'); /* as few as can be: the same lines */
    size_t again = p->at;
    uint32_t more_min, more_max;
    if (take_repeat(p, &more_min, &more_max, &code))
        return code ? code : refuse_text(p, again, "repeats a repeat", "put the first one in ( )");
    rf_pf_node *repeat;
    code = node_new(p, RF_PF_REPEAT, &repeat);
    if (code)
        return code;
    repeat->min = min;
    repeat->max = max;
    put_in(repeat, *ret);
    *ret = repeat;
    return RF_OK;
}

static rf_code take_sequence(parser *p, rf_pf_node **ret) {
    rf_code code = node_new(p, RF_PF_SEQUENCE, ret);
    while (!code && p->at < p->end && peek(p) != '|' && peek(p) != ')') {
        rf_pf_node *item = NULL;
        code = take_item(p, &item);
        if (!code)
            put_in(*ret, item);
    }
    return code;
}

static rf_code take_choice(parser *p, rf_pf_node **ret) {
    rf_code code = node_new(p, RF_PF_CHOICE, ret);
    do {
        rf_pf_node *sequence = NULL;
        code = code ? code : take_sequence(p, &sequence);
        if (!code)
            put_in(*ret, sequence);
    } while (!code && take(p, '|'));
    return code;
}

rf_code rf_pf_parse(rf_arena *arena, rf_slice pattern, size_t start, size_t end, bool fold, rf_pf_node **ret_root, rf_error *reterr) {
    parser p = { .arena = arena, .pattern = pattern, .at = start, .end = end, .fold = fold, .error = reterr };
    rf_pf_node *root = NULL;
    rf_code code = take_choice(&p, &root);
    if (!code && p.at < p.end)
        code = refuse(&p, RF_ECONFIG, p.at, "a `)` that closes nothing", "write \\) for the parenthesis itself");
    rf_vec_done(&p.set);
    if (!code)
        *ret_root = root;
    return code;
}
