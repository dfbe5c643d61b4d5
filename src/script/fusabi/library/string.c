/* string.c: the module String. */
#include "base/slice.h"
#include "base/utf8.h"
#include "script/fusabi/library/case.h"
#include "script/fusabi/library/common.h"
#include "script/fusabi/library/format.h"
#include "script/fusabi/library/globals.h"

static rf_fus_value string_length(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_string *text = rf_fus_lib_flat(vm, args[0]);
    return text ? rf_fus_of_small_int((int64_t)rf_fus_lib_chars(text)) : RF_FUS_RAISED;
}

static rf_fus_value string_is_empty(rf_fus_vm *vm, const rf_fus_value *args) {
    return rf_fus_is_string(args[0]) ? rf_fus_of_bool(rf_fus_object_of(args[0])->length == 0) : rf_fus_raise_type(vm, "string", args[0]);
}

static rf_fus_value string_is_blank(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    return rf_fus_expect_text(vm, args[0], &text) ? rf_fus_of_bool(rf_slice_trim_unicode(text).len == 0) : RF_FUS_RAISED;
}

/* ---- Cutting ---- */

/* A part of `whole`, or whole itself when nothing was cut off. */
static rf_fus_value part_of(rf_fus_vm *vm, rf_fus_value whole, rf_slice part) {
    return part.len == rf_fus_object_of(whole)->length ? whole : rf_fus_string_new(vm, part);
}

static rf_fus_value trimmed(rf_fus_vm *vm, rf_fus_value string, bool start, bool end) {
    rf_slice text;
    if (!rf_fus_expect_text(vm, string, &text))
        return RF_FUS_RAISED;
    rf_slice inner = rf_slice_trim_unicode(text);
    if (inner.len == 0)
        return rf_fus_string_new(vm, (rf_slice){ 0 });
    const char *from = start ? inner.data : text.data, *to = end ? inner.data + inner.len : text.data + text.len;
    return part_of(vm, string, (rf_slice){ from, (size_t)(to - from) });
}

static rf_fus_value string_trim(rf_fus_vm *vm, const rf_fus_value *args) { return trimmed(vm, args[0], true, true); }
static rf_fus_value string_trim_start(rf_fus_vm *vm, const rf_fus_value *args) { return trimmed(vm, args[0], true, false); }
static rf_fus_value string_trim_end(rf_fus_vm *vm, const rf_fus_value *args) { return trimmed(vm, args[0], false, true); }

/* The byte where character `index` begins (at most the end). */
static size_t offset_of(rf_fus_string *text, uint64_t index) {
    size_t chars = rf_fus_lib_chars(text), at = 0;
    if (index >= chars)
        return text->head.length;
    if (chars == text->head.length)
        return (size_t)index;
    for (; index; index--)
        do
            at++;
        while (((uint8_t)text->bytes[at] & 0xC0) == 0x80);
    return at;
}

static rf_fus_value string_char_at(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t index;
    rf_fus_string *text;
    if (!rf_fus_expect_int(vm, args[0], &index) || !(text = rf_fus_lib_flat(vm, args[1])))
        return RF_FUS_RAISED;
    if (index < 0 || (uint64_t)index >= rf_fus_lib_chars(text))
        return rf_fus_raise(vm, "String.charAt: index %lld out of range", (long long)index);
    size_t from = offset_of(text, (uint64_t)index), to = offset_of(text, (uint64_t)index + 1);
    return rf_fus_string_new(vm, (rf_slice){ text->bytes + from, to - from });
}

static rf_fus_value string_substring(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t start, count;
    rf_fus_string *text;
    if (!rf_fus_expect_int(vm, args[0], &start) || !rf_fus_expect_int(vm, args[1], &count) || !(text = rf_fus_lib_flat(vm, args[2])))
        return RF_FUS_RAISED;
    int64_t chars = (int64_t)rf_fus_lib_chars(text);
    if (start < 0 || count < 0 || start > chars || count > chars - start)
        return rf_fus_raise(vm, "String.substring: %lld characters from %lld on are out of range", (long long)count, (long long)start);
    size_t from = offset_of(text, (uint64_t)start), to = offset_of(text, (uint64_t)(start + count));
    return part_of(vm, args[2], (rf_slice){ text->bytes + from, to - from });
}

/* Characters first … last, both included, as far as they exist; a negative place counts from the end. */
static rf_fus_value string_slice(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t first, last;
    rf_fus_string *text;
    if (!rf_fus_expect_int(vm, args[0], &first) || !rf_fus_expect_int(vm, args[1], &last) || !(text = rf_fus_lib_flat(vm, args[2])))
        return RF_FUS_RAISED;
    int64_t chars = (int64_t)rf_fus_lib_chars(text);
    first += first < 0 ? chars : 0;
    last += last < 0 ? chars : 0;
    first = first < 0 ? 0 : first;
    last = last >= chars ? chars - 1 : last;
    if (first > last)
        return rf_fus_string_new(vm, (rf_slice){ 0 });
    size_t from = offset_of(text, (uint64_t)first), to = offset_of(text, (uint64_t)last + 1);
    return part_of(vm, args[2], (rf_slice){ text->bytes + from, to - from });
}

/* ---- Finding ---- */

static bool two_texts(rf_fus_vm *vm, const rf_fus_value *args, rf_slice *ret_a, rf_slice *ret_b) {
    return rf_fus_expect_text(vm, args[0], ret_a) && rf_fus_expect_text(vm, args[1], ret_b);
}

/* Offset of the first `needle` in text from `from` on, or text.len + 1. */
static size_t find_from(rf_slice text, rf_slice needle, size_t from) {
    if (needle.len == 0)
        return from;
    const char *found = from < text.len ? memmem(text.data + from, text.len - from, needle.data, needle.len) : NULL;
    return found ? (size_t)(found - text.data) : text.len + 1;
}

static rf_fus_value string_contains(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice needle, text;
    return two_texts(vm, args, &needle, &text) ? rf_fus_of_bool(find_from(text, needle, 0) <= text.len) : RF_FUS_RAISED;
}

static rf_fus_value string_starts_with(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice prefix, text;
    return two_texts(vm, args, &prefix, &text) ? rf_fus_of_bool(rf_slice_starts(text, prefix)) : RF_FUS_RAISED;
}

static rf_fus_value string_ends_with(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice suffix, text;
    return two_texts(vm, args, &suffix, &text) ? rf_fus_of_bool(rf_slice_ends(text, suffix)) : RF_FUS_RAISED;
}

static rf_fus_value index_at(rf_slice text, size_t offset) {
    return rf_fus_of_small_int(offset > text.len ? -1 : (int64_t)rf_utf8_length((rf_slice){ text.data, offset }));
}

static rf_fus_value string_index_of(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice needle, text;
    return two_texts(vm, args, &needle, &text) ? index_at(text, find_from(text, needle, 0)) : RF_FUS_RAISED;
}

static rf_fus_value string_last_index_of(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice needle, text;
    if (!two_texts(vm, args, &needle, &text))
        return RF_FUS_RAISED;
    if (needle.len > text.len)
        return rf_fus_of_small_int(-1);
    for (size_t at = text.len - needle.len + 1; at--;)
        if (needle.len == 0 || (text.data[at] == needle.data[0] && memcmp(text.data + at, needle.data, needle.len) == 0))
            return index_at(text, at);
    return rf_fus_of_small_int(-1);
}

static rf_fus_value string_compare(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice a, b;
    if (!two_texts(vm, args, &a, &b))
        return RF_FUS_RAISED;
    int order = rf_slice_compare(a, b);
    return rf_fus_of_small_int((order > 0) - (order < 0));
}

/* ---- Pieces ---- */

static bool push_text(rf_fus_vm *vm, rf_fus_list_builder *out, rf_slice piece) {
    rf_fus_value string = rf_fus_string_new(vm, piece);
    return string != RF_FUS_RAISED && rf_fus_list_push(vm, out, string);
}

static bool push_chars(rf_fus_vm *vm, rf_fus_list_builder *out, rf_slice text) {
    uint32_t c;
    size_t len;
    for (; (len = rf_utf8_decode(text, &c)) > 0; text = (rf_slice){ text.data + len, text.len - len })
        if (!push_text(vm, out, (rf_slice){ text.data, len }))
            return false;
    return true;
}

static rf_fus_value string_chars(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    rf_slice text;
    return rf_fus_expect_text(vm, args[0], &text) && push_chars(vm, &out, text) ? out.first : RF_FUS_RAISED;
}

static rf_fus_value string_split(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    rf_slice separator, text;
    if (!two_texts(vm, args, &separator, &text))
        return RF_FUS_RAISED;
    if (separator.len == 0) { /* it is before, between and behind all characters */
        bool done = push_text(vm, &out, (rf_slice){ 0 }) && push_chars(vm, &out, text) && push_text(vm, &out, (rf_slice){ 0 });
        return done ? out.first : RF_FUS_RAISED;
    }
    for (size_t at = 0;;) {
        size_t found = find_from(text, separator, at);
        bool is_last = found > text.len;
        if (!push_text(vm, &out, (rf_slice){ text.data + at, (is_last ? text.len : found) - at }))
            return RF_FUS_RAISED;
        if (is_last)
            return out.first;
        at = found + separator.len;
    }
}

static rf_fus_value string_lines(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    rf_slice text;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    for (size_t at = 0; at < text.len;) {
        size_t len = rf_slice_find((rf_slice){ text.data + at, text.len - at }, '\n'), end = at + len;
        bool has_return = len && text.data[end - 1] == '\r' && end < text.len;
        if (!push_text(vm, &out, (rf_slice){ text.data + at, len - has_return }))
            return RF_FUS_RAISED;
        at = end + 1;
    }
    return out.first;
}

/* Whether a character is white space: nothing is left of it when trimmed. */
static bool is_white(rf_slice character) { return rf_slice_trim_unicode(character).len == 0; }

static rf_fus_value string_words(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    rf_slice text;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    size_t begun = 0, at = 0;
    while (at < text.len) {
        uint32_t c;
        size_t len = rf_utf8_decode((rf_slice){ text.data + at, text.len - at }, &c);
        len = len ? len : 1;
        bool white = is_white((rf_slice){ text.data + at, len });
        if (white && at > begun && !push_text(vm, &out, (rf_slice){ text.data + begun, at - begun }))
            return RF_FUS_RAISED;
        at += len;
        begun = white ? at : begun;
    }
    if (at > begun && !push_text(vm, &out, (rf_slice){ text.data + begun, at - begun }))
        return RF_FUS_RAISED;
    return out.first;
}

/* ---- Joining ---- */

static rf_fus_value joined(rf_fus_vm *vm, rf_slice separator, rf_fus_value list) {
    rf_buffer out = { 0 };
    rf_fus_value item;
    rf_slice text;
    bool failed = false;
    for (size_t i = 0; !failed && rf_fus_list_next(vm, &list, &item, &failed); i++) {
        failed = !rf_fus_expect_text(vm, item, &text) || !rf_fus_vm_allows(vm, out.len);
        if (i && !failed)
            rf_buffer_slice(&out, separator);
        if (!failed)
            rf_buffer_slice(&out, text);
    }
    if (!failed)
        return rf_fus_make_string(vm, &out);
    rf_buffer_done(&out);
    return RF_FUS_RAISED;
}

static rf_fus_value string_concat(rf_fus_vm *vm, const rf_fus_value *args) { return joined(vm, (rf_slice){ 0 }, args[0]); }

static rf_fus_value string_join(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice separator;
    return rf_fus_expect_text(vm, args[0], &separator) ? joined(vm, separator, args[1]) : RF_FUS_RAISED;
}

static rf_fus_value string_replace(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice old, new, text;
    if (!two_texts(vm, args, &old, &new) || !rf_fus_expect_text(vm, args[2], &text))
        return RF_FUS_RAISED;
    if (old.len == 0)
        return rf_fus_raise(vm, "String.replace: the text to look for is empty");
    size_t found = find_from(text, old, 0), at = 0;
    if (found > text.len)
        return args[2];
    rf_buffer out = { 0 };
    for (; found <= text.len && rf_fus_vm_allows(vm, out.len); found = find_from(text, old, at)) {
        rf_buffer_append(&out, text.data + at, found - at);
        rf_buffer_slice(&out, new);
        at = found + old.len;
    }
    if (found > text.len) {
        rf_buffer_append(&out, text.data + at, text.len - at);
        return rf_fus_make_string(vm, &out);
    }
    rf_buffer_done(&out);
    return RF_FUS_RAISED;
}

static rf_fus_value string_repeat(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t count;
    rf_slice text;
    if (!rf_fus_expect_int(vm, args[0], &count) || !rf_fus_expect_text(vm, args[1], &text))
        return RF_FUS_RAISED;
    if (count < 0)
        return rf_fus_raise(vm, "String.repeat requires non-negative count, got %lld", (long long)count);
    size_t bytes = 0;
    if (__builtin_mul_overflow((size_t)count, text.len, &bytes))
        bytes = SIZE_MAX / 2; /* refused below */
    char *to = NULL;
    rf_fus_value string = rf_fus_string_room(vm, bytes, &to);
    if (string == RF_FUS_RAISED || text.len == 0)
        return string;
    for (int64_t i = 0; i < count; i++)
        memcpy(to + (size_t)i * text.len, text.data, text.len);
    return string;
}

static rf_fus_value padded(rf_fus_vm *vm, const rf_fus_value *args, bool left) {
    int64_t width;
    rf_fus_string *text;
    if (!rf_fus_expect_int(vm, args[0], &width) || !(text = rf_fus_lib_flat(vm, args[1])))
        return RF_FUS_RAISED;
    int64_t padding = width < 0 ? 0 : width - (int64_t)rf_fus_lib_chars(text);
    if (padding <= 0)
        return args[1];
    char *to = NULL;
    rf_fus_value string = rf_fus_string_room(vm, (size_t)padding + text->head.length, &to);
    if (string == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    memset(left ? to : to + text->head.length, ' ', (size_t)padding);
    memcpy(left ? to + padding : to, text->bytes, text->head.length);
    return string;
}

static rf_fus_value string_pad_left(rf_fus_vm *vm, const rf_fus_value *args) { return padded(vm, args, true); }
static rf_fus_value string_pad_right(rf_fus_vm *vm, const rf_fus_value *args) { return padded(vm, args, false); }

static rf_fus_value string_reverse(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    char *to = NULL;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    rf_fus_value string = rf_fus_string_room(vm, text.len, &to);
    if (string == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    for (size_t at = 0, len = 1; at < text.len; at += len) {
        for (len = 1; at + len < text.len && ((uint8_t)text.data[at + len] & 0xC0) == 0x80;)
            len++;
        memcpy(to + text.len - at - len, text.data + at, len);
    }
    return string;
}

/* ---- Characters and numbers ---- */

static rf_fus_value string_to_upper(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    rf_buffer out = { 0 };
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    rf_fus_case_upper(&out, text);
    return rf_fus_make_string(vm, &out);
}

static rf_fus_value string_to_lower(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    rf_buffer out = { 0 };
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    rf_fus_case_lower(&out, text);
    return rf_fus_make_string(vm, &out);
}

static rf_fus_value string_code(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    uint32_t c;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    return rf_utf8_decode(text, &c) ? rf_fus_of_small_int(c) : rf_fus_raise(vm, "String.code: the string is empty");
}

static rf_fus_value string_to_int(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    int64_t number;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    if (!rf_fus_lib_parse_int(text, &number))
        return rf_fus_none(vm);
    rf_fus_value value = rf_fus_int_new(vm, number);
    return value == RF_FUS_RAISED ? value : rf_fus_some(vm, value);
}

static rf_fus_value string_to_float(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    double number;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    return rf_fus_lib_parse_float(text, &number) ? rf_fus_some(vm, rf_fus_of_double(number)) : rf_fus_none(vm);
}

static rf_fus_value string_format(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice format;
    return rf_fus_expect_text(vm, args[0], &format) ? rf_fus_format_list(vm, format, args[1]) : RF_FUS_RAISED;
}

#define ROW RF_FUS_ROW
#define OURS RF_FUS_OURS
static const rf_fus_lib_row rows[] = {
    OURS("String.charAt", "i s", "int -> string -> string", "Character i, from 0; an error when there is none.",
         "String.charAt 1 \"abc\" // b", string_char_at, 2),
    OURS("String.chars", "s", "string -> string list", "The characters, each a string.", "String.chars \"abc\" // [a; b; c]",
         string_chars, 1),
    OURS("String.code", "s", "string -> int", "The Unicode number of the first character (`char` is the way back).",
         "String.code \"A\" // 65", string_code, 1),
    OURS("String.collect", "f s", "(string -> string) -> string -> string",
         "The texts that the function gives for each character, joined.", "String.collect (fun c -> c ++ c) \"ab\" // aabb", NULL,
         2),
    OURS("String.compare", "a b", "string -> string -> int", "-1, 0 or 1: the order of their characters' numbers.",
         "String.compare \"a\" \"b\" // -1", string_compare, 2),
    ROW("String.concat", "strings", "string list -> string",
        "The strings one behind the other (String.join puts a separator between).", "String.concat [\"a\"; \"b\"] // ab",
        string_concat, 1),
    ROW("String.contains", "needle s", "string -> string -> bool", "Whether the needle is somewhere in the string.",
        "String.contains \"b\" \"abc\" // true", string_contains, 2),
    ROW("String.endsWith", "suffix s", "string -> string -> bool", "Whether the string ends so.",
        "String.endsWith \"c\" \"abc\" // true", string_ends_with, 2),
    OURS("String.exists", "p s", "(string -> bool) -> string -> bool", "Whether the predicate holds for any character.",
         "String.exists (fun c -> c = \"b\") \"abc\" // true", NULL, 2),
    OURS("String.filter", "p s", "(string -> bool) -> string -> string", "The characters for which the predicate holds.",
         "String.filter (fun c -> c <> \"b\") \"abc\" // ac", NULL, 2),
    OURS("String.forall", "p s", "(string -> bool) -> string -> bool", "Whether the predicate holds for all characters.",
         "String.forall (fun c -> c = \"a\") \"aa\" // true", NULL, 2),
    ROW("String.format", "format args", "string -> _ list -> string",
        "Text by a format: %s any value, %d an int, %f a float, %.2f a float rounded to two places, %% a percent sign.",
        "String.format \"%s is %d\" [\"x\"; 42] // x is 42", string_format, 2),
    OURS("String.indexOf", "needle s", "string -> string -> int", "The place of the first needle, from 0; -1 when there is none.",
         "String.indexOf \"c\" \"abc\" // 2", string_index_of, 2),
    OURS("String.init", "n f", "int -> (int -> string) -> string", "The texts that the function gives for 0 to n - 1, joined.",
         "String.init 3 string // 012", NULL, 2),
    OURS("String.isEmpty", "s", "string -> bool", "Whether there are no characters.", "String.isEmpty \"\" // true",
         string_is_empty, 1),
    OURS("String.isNullOrEmpty", "s", "string -> bool", "The same as String.isEmpty.", "String.isNullOrEmpty \"\" // true",
         string_is_empty, 1),
    OURS("String.isNullOrWhiteSpace", "s", "string -> bool", "Whether there is nothing but white space.",
         "String.isNullOrWhiteSpace \" \" // true", string_is_blank, 1),
    OURS("String.iter", "f s", "(string -> unit) -> string -> unit", "Calls the function for each character.",
         "String.iter ignore \"ab\" // ()", NULL, 2),
    OURS("String.iteri", "f s", "(int -> string -> unit) -> string -> unit", "Calls it with place and character.",
         "String.iteri (fun i c -> ()) \"ab\" // ()", NULL, 2),
    OURS("String.join", "separator strings", "string -> string list -> string", "The strings with the separator between.",
         "String.join \", \" [\"a\"; \"b\"] // a, b", string_join, 2),
    OURS("String.lastIndexOf", "needle s", "string -> string -> int",
         "The place of the last needle, from 0; -1 when there is none.", "String.lastIndexOf \"a\" \"aba\" // 2",
         string_last_index_of, 2),
    ROW("String.length", "s", "string -> int", "Number of characters (Unicode code points).", "String.length \"abc\" // 3",
        string_length, 1),
    OURS("String.lines", "s", "string -> string list", "The lines, without their ends.", "String.lines \"a\\nb\\n\" // [a; b]",
         string_lines, 1),
    OURS("String.map", "f s", "(string -> string) -> string -> string", "What the function gives for each character.",
         "String.map String.toUpper \"ab\" // AB", NULL, 2),
    OURS("String.mapi", "f s", "(int -> string -> string) -> string -> string", "What it gives for place and character.",
         "String.mapi (fun i c -> string i ++ c) \"ab\" // 0a1b", NULL, 2),
    OURS("String.padLeft", "width s", "int -> string -> string", "Blanks before, until it has that many characters.",
         "String.padLeft 3 \"7\" //   7", string_pad_left, 2),
    OURS("String.padRight", "width s", "int -> string -> string", "Blanks behind, until it has that many characters.",
         "String.padRight 1 \"ab\" // ab", string_pad_right, 2),
    OURS("String.repeat", "n s", "int -> string -> string", "n times the same string.", "String.repeat 3 \"ab\" // ababab",
         string_repeat, 2),
    OURS("String.replace", "old new s", "string -> string -> string -> string", "With each `old` replaced.",
         "String.replace \"b\" \"x\" \"abc\" // axc", string_replace, 3),
    OURS("String.replicate", "n s", "int -> string -> string", "The same as String.repeat.", "String.replicate 2 \"a\" // aa",
         string_repeat, 2),
    OURS("String.rev", "s", "string -> string", "The characters from last to first.", "String.rev \"abc\" // cba", string_reverse,
         1),
    OURS("String.reverse", "s", "string -> string", "The characters from last to first.", "String.reverse \"abc\" // cba",
         string_reverse, 1),
    OURS("String.slice", "first last s", "int -> int -> string -> string",
         "Characters first to last, both included, as far as they exist; negative places count from the end.",
         "String.slice 1 (-1) \"abcd\" // bcd", string_slice, 3),
    ROW("String.split", "separator s", "string -> string -> string list", "What stands between the separators.",
        "String.split \",\" \"a,b\" // [a; b]", string_split, 2),
    ROW("String.startsWith", "prefix s", "string -> string -> bool", "Whether the string begins so.",
        "String.startsWith \"a\" \"abc\" // true", string_starts_with, 2),
    OURS("String.substring", "start n s", "int -> int -> string -> string",
         "n characters from `start` on; an error when they do not all exist.", "String.substring 1 2 \"abcd\" // bc",
         string_substring, 3),
    OURS("String.toFloat", "s", "string -> float option", "The float that the text stands for, if it is one.",
         "String.toFloat \"2.5\" // Some(2.5)", string_to_float, 1),
    OURS("String.toInt", "s", "string -> int option", "The int that the text stands for, if it is one.",
         "String.toInt \"x\" // None", string_to_int, 1),
    ROW("String.toLower", "s", "string -> string", "In lower case.", "String.toLower \"ABC\" // abc", string_to_lower, 1),
    ROW("String.toUpper", "s", "string -> string", "In upper case.", "String.toUpper \"abc\" // ABC", string_to_upper, 1),
    ROW("String.trim", "s", "string -> string", "Without white space at both ends.", "String.trim \" a \" // a", string_trim, 1),
    OURS("String.trimEnd", "s", "string -> string", "Without white space at the end.", "String.trimEnd \"a  \" // a",
         string_trim_end, 1),
    OURS("String.trimStart", "s", "string -> string", "Without white space at the beginning.", "String.trimStart \"  a\" // a",
         string_trim_start, 1),
    OURS("String.words", "s", "string -> string list", "What stands between white space.", "String.words \" a  b \" // [a; b]",
         string_words, 1),
    { 0 },
};
RF_FUS_LIB_MODULE(string, "String", "Text: Unicode characters, which never change.", rows);
