/* toml_test.c: TOML documents, good and bad. */
#include "harness.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/number.h"
#include "base/slice.h"
#include "plugin/toml.h"

static void dump(rf_buffer *out, const rf_toml *value);

static void dump_members(rf_buffer *out, const rf_toml *first, bool with_keys) {
    for (const rf_toml *at = first; at; at = at->next) {
        if (at != first)
            rf_buffer_char(out, ' ');
        if (with_keys) {
            rf_buffer_slice(out, at->key);
            rf_buffer_char(out, '=');
        }
        dump(out, at);
    }
}

/* Recursion: the reader's depth. */
static void dump(rf_buffer *out, const rf_toml *value) {
    char number[RF_NUMBER_TEXT_MAX];
    switch (value->kind) {
    case RF_TOML_STRING: rf_toml_write_text(out, value->text); break;
    case RF_TOML_INT: rf_buffer_append(out, number, rf_number_i64(value->integer, number)); break;
    case RF_TOML_FLOAT:
        rf_buffer_text(out, "f:");
        rf_buffer_append(out, number, rf_number_text(value->number, number));
        break;
    case RF_TOML_BOOL: rf_buffer_text(out, value->boolean ? "true" : "false"); break;
    case RF_TOML_TIME: rf_buffer_printf(out, "t:%.*s", RF_SLICE_ARG(value->text)); break;
    case RF_TOML_ARRAY:
    case RF_TOML_TABLE:
        rf_buffer_char(out, value->kind == RF_TOML_ARRAY ? '[' : '{');
        dump_members(out, value->first, value->kind == RF_TOML_TABLE);
        rf_buffer_char(out, value->kind == RF_TOML_ARRAY ? ']' : '}');
        break;
    }
}

/* The document, or "line:column: message", in `out`. */
static void read_text(rf_slice text, rf_buffer *out) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    rf_source source = { "x.toml", text };
    rf_toml *root = NULL;
    rf_error error = { 0 };
    if (rf_toml_read(&arena, &source, &root, &error))
        rf_buffer_printf(out, "%u:%u: %s%s%s", error.place.line, error.place.column, error.message, error.hint[0] ? "; " : "", error.hint);
    else
        dump(out, root);
}

struct row { rf_slice text; const char *expected; };
#define ROW(text, expected) { RF_SLICE(text), expected }

/* True: all rows gave what they should. */
static bool rows_hold(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        read_text(rows[i].text, &out);
        if (!rf_test_same_text(__FILE__, __LINE__, rows[i].text.data, rf_buffer_view(&out), rf_slice_of(rows[i].expected)))
            return false;
    }
    return true;
}
#define rf_check_rows(rows) rf_check(rows_hold(rows, sizeof(rows) / sizeof *(rows)))

RF_TEST(documents_of_keys_and_comments) {
    static const struct row rows[] = {
        ROW("", "{}"),
        ROW("\xEF\xBB\xBF# only this", "{}"),
        ROW("\r\n \t# a\tcomment \xC3\xA9\r\n", "{}"),
        ROW("a = 1", "{a=1}"),
        ROW("a=1#c\nb\t=\t2\r\n\n3 = 4\n-_ = 5", "{a=1 b=2 3=4 -_=5}"),
        ROW("\"a b\" = 1\n'\"x\"' = 2\n\"\" = 3\n\"\\u00e9\" = 4", "{a b=1 \"x\"=2 =3 \xC3\xA9=4}"),
        ROW("a.b . c = 1\na.b.d = 2\na.\"e.f\" = 3\n3.14 = 4", "{a={b={c=1 d=2} e.f=3} 3={14=4}}"),
        ROW("true = false\ninf = nan", "{true=false inf=f:NaN}"),
    };
    rf_check_rows(rows);
}

RF_TEST(texts_of_all_kinds) {
    static const struct row rows[] = {
        ROW("a = \"x\\t\\\"\\\\\\b\\f\\n\\r\\u00e9\\U0001F600\"", "{a=\"x\\t\\\"\\\\\\b\\f\\n\\r\xC3\xA9\xF0\x9F\x98\x80\"}"),
        ROW("a = '\\n \"x\" \\'", "{a=\"\\\\n \\\"x\\\" \\\\\"}"),
        ROW("a = \"\"\nb = ''\nc = \"\"\"\"\"\"\nd = ''''''", "{a=\"\" b=\"\" c=\"\" d=\"\"}"),
        ROW("a = \"\"\"\none\r\ntwo\"\"\"", "{a=\"one\\ntwo\"}"),
        ROW("a = \"\"\"\r\n\none \\\n\n   two \\  \n three\"\"\"", "{a=\"\\none two three\"}"),
        ROW("a = \"\"\"q \"\"\\\"\" q\"\"\"\"\"", "{a=\"q \\\"\\\"\\\"\\\" q\\\"\\\"\"}"),
        ROW("a = '''\nit's ''fine'' \\'''''", "{a=\"it's ''fine'' \\\\''\"}"),
        ROW("a = \"tab\there\" # c", "{a=\"tab\\there\"}"),
        ROW("a = \"\\u0000\\u007F\"", "{a=\"\\u0000\\u007F\"}"),
    };
    rf_check_rows(rows);
}

RF_TEST(numbers_and_words) {
    static const struct row rows[] = {
        ROW("a = +99\nb = -17\nc = 0\nd = +0\ne = -0", "{a=99 b=-17 c=0 d=0 e=0}"),
        ROW("a = 1_000\nb = 5_349_221\nc = 1_2_3", "{a=1000 b=5349221 c=123}"),
        ROW("a = 0xDEAD_beef\nb = 0o755\nc = 0b1101_0110\nd = 0x00", "{a=3735928559 b=493 c=214 d=0}"),
        ROW("a = 9223372036854775807\nb = -9223372036854775808\nc = 0x7fffffffffffffff", "{a=9223372036854775807 b=-9223372036854775808 c=9223372036854775807}"),
        ROW("a = +1.0\nb = 3.1415\nc = -0.01\nd = 5e+22\ne = 1e06\nf = -2E-2\ng = 6.626e-34", "{a=f:1 b=f:3.1415 c=f:-0.01 d=f:5e+22 e=f:1e+06 f=f:-0.02 g=f:6.626e-34}"),
        ROW("a = 224_617.445_991\nb = 1e1_0\nc = 1_0e1\nd = 0e0", "{a=f:224617.445991 b=f:1e+10 c=f:100 d=f:0}"),
        ROW("a = inf\nb = +inf\nc = -inf\nd = nan\ne = -nan", "{a=f:+Inf b=f:+Inf c=f:-Inf d=f:NaN e=f:NaN}"),
        ROW("a = 1e-999", "{a=f:0}"),
        ROW("a = true\nb = false", "{a=true b=false}"),
    };
    rf_check_rows(rows);
}

RF_TEST(dates_and_times_stay_text) {
    static const struct row rows[] = {
        ROW("a = 1979-05-27T07:32:00Z\nb = 1979-05-27T00:32:00.999999-07:00\nc = 1979-05-27 07:32:00z",
            "{a=t:1979-05-27T07:32:00Z b=t:1979-05-27T00:32:00.999999-07:00 c=t:1979-05-27 07:32:00z}"),
        ROW("a = 1979-05-27T07:32:00\nb = 1979-05-27 # d\nc = 07:32:00\nd = 00:32:60.5", "{a=t:1979-05-27T07:32:00 b=t:1979-05-27 c=t:07:32:00 d=t:00:32:60.5}"),
        ROW("a = [2000-02-29, 2024-02-29]", "{a=[t:2000-02-29 t:2024-02-29]}"),
    };
    rf_check_rows(rows);
}

RF_TEST(arrays_and_tables_in_braces) {
    static const struct row rows[] = {
        ROW("a = []\nb = [ ]\nc = [1, 2,]\nd = [\n 1, # one\n\n # two\n 2\n ,\n]", "{a=[] b=[] c=[1 2] d=[1 2]}"),
        ROW("a = [[1, 2], [\"a\", 0.5], {b = 1}, true]", "{a=[[1 2] [\"a\" f:0.5] {b=1} true]}"),
        ROW("a = {}\nb = { }\nc = { x = 1, y.z = 'q', y.w = [\n1\n] }", "{a={} b={} c={x=1 y={z=\"q\" w=[1]}}}"),
        ROW("a=[{b=[{c=1}]}]", "{a=[{b=[{c=1}]}]}"),
    };
    rf_check_rows(rows);
}

RF_TEST(tables_with_headers) {
    static const struct row rows[] = {
        ROW("x = 0\n[a]\nx = 1\n[ b . \"c d\" ]\ny = 2 # z\n[a.b]\n[e] # c", "{x=0 a={x=1 b={}} b={c d={y=2}} e={}}"),
        ROW("[x.y.z.w]\n[x]\na = 1", "{x={y={z={w={}}} a=1}}"),
        ROW("[fruit]\napple.color = 'red'\napple.taste.sweet = true\n[fruit.apple.texture]\nsmooth = true", "{fruit={apple={color=\"red\" taste={sweet=true} texture={smooth=true}}}}"),
        ROW("[[p]]\nn = 1\n[[p]]\n[[p]]\nn = 3\n", "{p=[{n=1} {} {n=3}]}"),
        ROW("[[f]]\nn = 1\n[f.g]\nh = 2\n[[f.v]]\nw = 3\n[[f.v]]\nw = 4\n[[f]]\nn = 5\n[[ f . v ]]\nw = 6",
            "{f=[{n=1 g={h=2} v=[{w=3} {w=4}]} {n=5 v=[{w=6}]}]}"),
        ROW("[a.b.c]\n[a]\nb.d = 1", "{a={b={c={} d=1}}}"),
    };
    rf_check_rows(rows);
}

static const struct row wrong[] = {
    ROW("a", "1:2: `=` is expected behind the key `a`, not the end"),
    ROW("a b = 1", "1:3: `=` is expected behind the key `a`, not `b`"),
    ROW("a = ", "1:5: a value is missing before the end"),
    ROW("a = # c", "1:5: a value is missing before `#`"),
    ROW("a =\nb = 1", "1:4: a value is missing before the end of the line"),
    ROW("= 1", "1:1: a key is expected here, not `=`"),
    ROW("a: 1", "1:2: `=` is expected behind the key `a`, not `:`; in TOML it is written key = value"),
    ROW("a = 1 b = 2", "1:7: the end of the line is expected behind the value, not `b`; each key has a line of its own; a comment begins with #"),
    ROW("a = 1 2", "1:7: the end of the line is expected behind the value, not `2`; each key has a line of its own; a comment begins with #"),
    ROW("a = \"x\" y", "1:9: the end of the line is expected behind the value, not `y`; each key has a line of its own; a comment begins with #"),
    ROW("a = foo", "1:5: `foo` is no value; a text stands in quotes: \"foo\""),
    ROW("a = foo bar", "1:5: `foo` is no value; a text stands in quotes: \"foo\""),
    ROW("a = True", "1:5: `True` is no value; write `true`"),
    ROW("a = FALSE", "1:5: `FALSE` is no value; write `false`"),
    ROW("a = None", "1:5: `None` is no value; a text stands in quotes: \"None\""),
    ROW("a = yes", "1:5: `yes` is no value; write `true`"),
    ROW("a.b.", "1:5: a key is expected here, not the end"),
    ROW("a. = 1", "1:4: a key is expected here, not `=`"),
    ROW(".a = 1", "1:1: a key is expected here, not `.`"),
    ROW("a..b = 1", "1:3: a key is expected here, not `.`"),
    ROW("\303\251 = 1",
        "1:1: a key is expected here, not `\303\251`; a key that is more than a-z, A-Z, 0-9, _ and - stands in quotes"),
    ROW("a! = 1", "1:2: `=` is expected behind the key `a`, not `!`"),
    ROW("\"a = 1", "1:1: the text is not closed: \" is missing; it must end on the line that it begins on"),
    ROW("\"\"\"a\"\"\" = 1", "1:3: `=` is expected behind the key ``, not `\"`"),
    ROW("a = 1\na = 2", "2:1: key `a` is given twice; it is in line 1 already"),
    ROW("a = 1\n\n\"a\" = 2", "3:1: key `a` is given twice; it is in line 1 already"),
    ROW("a.b = 1\na.b = 2", "2:3: key `b` is given twice; it is in line 1 already"),
    ROW("a = 1\na.b = 2", "2:1: `a` is no table: it has a value already (integer); it is in line 1"),
    ROW("a.b = 1\na = 2", "2:1: key `a` is given twice; it is in line 1 already"),
    ROW("a = {}\na.b = 1", "2:1: `a` is a table in braces: nothing can be added to it; it is in line 1"),
    ROW("a = {b.c = 1}\na.b.d = 2", "2:1: `a` is a table in braces: nothing can be added to it; it is in line 1"),
    ROW("a = []\na.b = 1", "2:1: `a` is no table: it has a value already (array); it is in line 1"),
    ROW("[a]\nb = 1\n[a]", "3:2: table `a` is given twice; it is in line 1 already"),
    ROW("[a]\n[b]\n[a.c]\n[b]\n[a]", "4:2: table `b` is given twice; it is in line 2 already"),
    ROW("a.b = 1\n[a]", "2:2: table `a` is given twice; it is in line 1 already"),
    ROW("[a]\nb.c = 1\n[a.b]", "3:4: table `b` is given twice; it is in line 2 already"),
    ROW("a = 1\n[a]", "2:2: key `a` is given twice; it is in line 1 already"),
    ROW("a = 1\n[a.b]", "2:2: `a` is no table: it has a value already (integer); it is in line 1"),
    ROW("a = {}\n[a.b]", "2:2: `a` is a table in braces: nothing can be added to it; it is in line 1"),
    ROW("a = {}\n[a]", "2:2: table `a` is given twice; it is in line 1 already"),
    ROW("a = []\n[[a]]", "2:3: key `a` is given twice; it is in line 1 already"),
    ROW("[[a]]\n[a]", "2:2: key `a` is given twice; it is in line 1 already"),
    ROW("[a]\n[[a]]", "2:3: key `a` is given twice; it is in line 1 already"),
    ROW("[a.b]\n[[a]]", "2:3: key `a` is given twice; it is in line 1 already"),
    ROW("[[a.b]]\n[a]\nb.c = 1", "3:1: `b` is no table: it has a value already (array); it is in line 1"),
    ROW("[a.b.c]\nz = 1\n[a]\nb.c.t = 2", "4:3: `c` has a header of its own: its keys are added there; it is in line 1"),
    ROW("[", "1:2: a key is expected here, not the end"),
    ROW("[a", "1:3: the header that begins with `[` must end in `]`, not the end"),
    ROW("[a b]", "1:4: the header that begins with `[` must end in `]`, not `b`"),
    ROW("[]", "1:2: a key is expected here, not `]`"),
    ROW("[[]]", "1:3: a key is expected here, not `]`"),
    ROW("[[a]", "1:4: the header that begins with `[[` must end in `]]`, not `]`"),
    ROW("[[a] ]", "1:4: the header that begins with `[[` must end in `]]`, not `]`"),
    ROW("[a]]", "1:4: the end of the line is expected behind the header, not `]`; each key has a line of its own; a comment begins with #"),
    ROW("[a] b = 1", "1:5: the end of the line is expected behind the header, not `b`; each key has a line of its own; a comment begins with #"),
    ROW("[a]\n[b.]", "2:4: a key is expected here, not `]`"),
    ROW("[a.b", "1:5: the header that begins with `[` must end in `]`, not the end"),
    ROW("a = \"x", "1:5: the text is not closed: \" is missing; it must end on the line that it begins on"),
    ROW("a = \"x\ny\"", "1:5: the text is not closed: \" is missing; it must end on the line that it begins on"),
    ROW("a = 'x", "1:5: the text is not closed: ' is missing; it must end on the line that it begins on"),
    ROW("a = \"\"\"x", "1:5: the text is not closed: \"\"\" is missing"),
    ROW("a = '''x", "1:5: the text is not closed: ''' is missing"),
    ROW("a = \"\\q\"",
        "1:6: a backslash followed by `q` is no escape; write \\\\ for a backslash, or put the text in '\342\200\246', where it stands for itself"),
    ROW("a = \"C:\\Users\"",
        "1:8: `\\U` wants 8 hexadecimal digits behind it; write \\\\ for a backslash, or put the text in '\342\200\246', where it stands for itself"),
    ROW("a = \"\\u12\"",
        "1:6: `\\u` wants 4 hexadecimal digits behind it; write \\\\ for a backslash, or put the text in '\342\200\246', where it stands for itself"),
    ROW("a = \"\\uD800\"", "1:6: `\\uD800` is no character"),
    ROW("a = \"\\U00110000\"", "1:6: `\\U00110000` is no character"),
    ROW("a = \"\\", "1:5: the text is not closed: \" is missing; it must end on the line that it begins on"),
    ROW("a = \"x\001y\"", "1:7: the control character U+0001 in a text"),
    ROW("a = 'x\177y'", "1:7: the control character U+007F in a text"),
    ROW("a = \"\"\"x\ry\"\"\"", "1:9: a carriage return in a text"),
    ROW("a = \"x\\", "1:5: the text is not closed: \" is missing; it must end on the line that it begins on"),
    ROW("# \001", "1:3: the control character U+0001 in a comment"),
    ROW("# a\rb\n", "1:4: a carriage return in a comment"),
    ROW("a = 01", "1:5: `01` is no number; numbers have no zeros at their front; a text stands in quotes"),
    ROW("a = -01", "1:5: `-01` is no number; numbers have no zeros at their front; a text stands in quotes"),
    ROW("a = 1_", "1:5: `1_` is no number; an underscore stands between two digits"),
    ROW("a = 1__2", "1:5: `1__2` is no number; an underscore stands between two digits"),
    ROW("a = 1._5", "1:5: `1._5` is no number; an underscore stands between two digits"),
    ROW("a = .5", "1:5: `.5` is no value; write `0.5`"),
    ROW("a = 5.", "1:5: `5.` is no number; a digit stands on each side of the point"),
    ROW("a = 1e", "1:5: `1e` is no number; if it is meant as a text, put it in quotes: \"1e\""),
    ROW("a = 1.e5", "1:5: `1.e5` is no number; a digit stands on each side of the point"),
    ROW("a = 0x", "1:5: `0x` is no number"),
    ROW("a = 0xg", "1:5: `0xg` is no number"),
    ROW("a = -0x1", "1:5: `-0x1` is no number; if it is meant as a text, put it in quotes: \"-0x1\""),
    ROW("a = 0b2", "1:5: `0b2` is no number"),
    ROW("a = 0o8", "1:5: `0o8` is no number"),
    ROW("a = 0x_1", "1:5: `0x_1` is no number"),
    ROW("a = 9223372036854775808", "1:5: the integer 9223372036854775808 does not fit 64 bits"),
    ROW("a = -9223372036854775809", "1:5: the integer -9223372036854775809 does not fit 64 bits"),
    ROW("a = 1e999", "1:5: the number 1e999 is too large"),
    ROW("a = 1.2.3", "1:5: `1.2.3` is no number; if it is meant as a text, put it in quotes: \"1.2.3\""),
    ROW("a = 50ms", "1:5: `50ms` is no number; if it is meant as a text, put it in quotes: \"50ms\""),
    ROW("a = 2025-13-01", "1:5: `2025-13-01` is no date or time; such as 2025-01-31, 07:30:00 or 2025-01-31T07:30:00Z"),
    ROW("a = 2025-02-29", "1:5: `2025-02-29` is no date or time; such as 2025-01-31, 07:30:00 or 2025-01-31T07:30:00Z"),
    ROW("a = 2025-1-1", "1:5: `2025-1-1` is no date or time; such as 2025-01-31, 07:30:00 or 2025-01-31T07:30:00Z"),
    ROW("a = 2025-01-01T", "1:5: `2025-01-01T` is no date or time; such as 2025-01-31, 07:30:00 or 2025-01-31T07:30:00Z"),
    ROW("a = 2025-01-01T25:00:00",
        "1:5: `2025-01-01T25:00:00` is no date or time; such as 2025-01-31, 07:30:00 or 2025-01-31T07:30:00Z"),
    ROW("a = 2025-01-01 10:00",
        "1:5: `2025-01-01 10:00` is no date or time; such as 2025-01-31, 07:30:00 or 2025-01-31T07:30:00Z"),
    ROW("a = 25:00:00", "1:5: `25:00:00` is no date or time; such as 2025-01-31, 07:30:00 or 2025-01-31T07:30:00Z"),
    ROW("a = 10:00", "1:5: `10:00` is no date or time; such as 2025-01-31, 07:30:00 or 2025-01-31T07:30:00Z"),
    ROW("a = 2025-01-01T10:00:00+1",
        "1:5: `2025-01-01T10:00:00+1` is no date or time; such as 2025-01-31, 07:30:00 or 2025-01-31T07:30:00Z"),
    ROW("a = +", "1:5: `+` is no value; a text stands in quotes: \"+\""),
    ROW("a = -x", "1:5: `-x` is no value; a text stands in quotes: \"-x\""),
    ROW("a = [1 2]", "1:8: `,` or `]` is expected in the array, not `2`; the array begins in line 1, column 5"),
    ROW("a = [1,,2]", "1:8: a value is missing before `,`"),
    ROW("a = [,]", "1:6: a value is missing before `,`"),
    ROW("a = [1", "1:7: `,` or `]` is expected in the array, not the end; the array begins in line 1, column 5"),
    ROW("a = [1,", "1:8: `,` or `]` is expected in the array, not the end; the array begins in line 1, column 5"),
    ROW("a = [1\nb = 2", "2:1: `,` or `]` is expected in the array, not `b`; the array begins in line 1, column 5"),
    ROW("a = {b = 1", "1:11: `,` or `}` is expected in the table, not the end; the table begins in line 1, column 5"),
    ROW("a = {b = 1,}", "1:12: a table in braces has no comma behind its last key"),
    ROW("a = {b = 1\n}",
        "1:11: `,` or `}` is expected in the table, not the end of the line; the table begins in line 1, column 5"),
    ROW("a = {\nb = 1}",
        "1:6: a table in braces stands on one line; for more lines write it as [table] with a key on each line"),
    ROW("a = {b}", "1:7: `=` is expected behind the key `b`, not `}`"),
    ROW("a = {b = 1, b = 2}", "1:13: key `b` is given twice; it is in line 1 already"),
    ROW("a = {b = 1 c = 2}", "1:12: `,` or `}` is expected in the table, not `c`; the table begins in line 1, column 5"),
    ROW("a = {1}", "1:7: `=` is expected behind the key `1`, not `}`"),
    ROW("a = {,}", "1:6: a key is expected here, not `,`"),
    ROW("a = [{b = 1]", "1:12: `,` or `}` is expected in the table, not `]`; the table begins in line 1, column 6"),
    ROW("a = 1 ]", "1:7: the end of the line is expected behind the value, not `]`; each key has a line of its own; a comment begins with #"),
    ROW("a = }", "1:5: a value is missing before `}`"),
    ROW("a = \"\303\251\" \303\251",
        "1:9: the end of the line is expected behind the value, not `\303\251`; each key has a line of its own; a comment begins with #"),
    ROW("\377", "1:1: the byte 0xFF is no UTF-8; save the file as UTF-8"),
    ROW("a = \"\303\"", "1:6: the byte 0xC3 is no UTF-8; save the file as UTF-8"),
    ROW("a = ]", "1:5: a value is missing before `]`"),
    ROW("]", "1:1: a key is expected here, not `]`"),
    ROW("a\000 = 1", "1:2: `=` is expected behind the key `a`, not the control character U+0000"),
    ROW("a = \000", "1:5: a value is missing before the control character U+0000"),
};

RF_TEST(what_is_wrong_is_said_at_its_place) { rf_check_rows(wrong); }

RF_TEST(places_and_members) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    rf_source source = { "x.toml", RF_SLICE("a = 1\n[t]\n b.c = [ 'x', 2 ]\n") };
    rf_toml *root;
    rf_check(!rf_toml_read(&arena, &source, &root, NULL));
    const rf_toml *table = rf_toml_member(root, "t");
    rf_check(table && table->kind == RF_TOML_TABLE && table->offset == 6 && table->key_offset == 7);
    const rf_toml *b = rf_toml_member(table, "b");
    rf_check(b && b->key_offset == 11);
    const rf_toml *c = rf_toml_member(b, "c");
    rf_check(c && c->key_offset == 13 && c->offset == 17);
    rf_check(c->first->offset == 19 && c->first->next->offset == 24 && c->first->next->key_offset == 24);
    rf_check(!rf_toml_member(root, "b") && !rf_toml_member(c == NULL ? root : table, "t"));
}

/* `text` as a value or a bare text. */
static void value_of(const char *text, rf_buffer *out) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    rf_buffer_printf(&line, "// @key: %s\nmore", text);
    if (line.failed)
        return;
    rf_source source = { "x.js", rf_buffer_view(&line) };
    rf_toml *value = NULL;
    rf_error error = { 0 };
    if (rf_toml_read_value(&arena, &source, 8, strlen(text) + 1, &value, &error))
        rf_buffer_printf(out, "%u:%u: %s", error.place.line, error.place.column, error.message);
    else
        dump(out, value);
}

RF_TEST(single_values_may_be_bare) {
    static const char *const rows[][2] = {
        { "word", "\"word\"" }, { "two words, even ", "\"two words, even\"" }, { "\"quoted\"", "\"quoted\"" }, { "5", "5" }, { "5 apples", "\"5 apples\"" },
        { "1.0", "f:1" }, { "1.0.0", "\"1.0.0\"" }, { "true", "true" }, { "['a', 2]\r", "[\"a\" 2]" }, { "", "\"\"" }, { "  ", "\"\"" },
        { "'tis a plugin", "\"'tis a plugin\"" }, { "'lit'", "\"lit\"" }, { "a # b", "\"a # b\"" }, { "50ms", "\"50ms\"" }, { "2025-01-01", "t:2025-01-01" },
        { "[\"a\", 1", "1:17: `,` or `]` is expected in the array, not the end" },
        { "\"a\" b", "1:14: more text behind the value" }, { "\"a", "1:10: the text is not closed: \" is missing" }, { "{a=1}", "{a=1}" },
        { "\xFF", "1:10: the byte 0xFF is no UTF-8" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        value_of(rows[i][0], &out);
        rf_check_text(rf_buffer_view(&out), rf_slice_of(rows[i][1]));
    }
}

/* `count` times `text`, read. */
static void read_repeated(const char *first, const char *text, unsigned count, const char *last, rf_buffer *out) {
    RF_CLEANUP(rf_buffer_done) rf_buffer document = { 0 };
    rf_buffer_text(&document, first);
    for (unsigned i = 0; i < count; i++)
        rf_buffer_text(&document, text);
    rf_buffer_text(&document, last);
    if (!document.failed)
        read_text(rf_buffer_view(&document), out);
}

RF_TEST(nesting_is_bounded) {
    static const struct { const char *first, *text, *last; } rows[] = {
        { "a = ", "[", "" }, { "a = ", "{a=", "" }, { "", "a.", "a = 1" }, { "[", "a.", "a]" }, { "[[", "a.", "a]]" }, { "a = [[{", "a.", "a = 1}]]" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        read_repeated(rows[i].first, rows[i].text, 5000, rows[i].last, &out);
        rf_check(!out.failed && out.data && strstr(rf_buffer_cstr(&out) ? out.data : "", "nested more than 64 deep"));
    }
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    read_repeated("a = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "]", 32, "", &out);
    rf_check(out.len > 4 && rf_slice_starts(rf_buffer_view(&out), RF_SLICE("{a=[[")));
}

RF_TEST(large_tables_are_read_quickly) {
    enum { KEYS = 20000 };
    if (rf_test_torture())
        return;
    RF_CLEANUP(rf_buffer_done) rf_buffer document = { 0 };
    for (unsigned i = 0; i < KEYS; i++)
        rf_buffer_printf(&document, "key%u = %u\n", i, i);
    rf_buffer_text(&document, "key7 = 1\n");
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    read_text(rf_buffer_view(&document), &out);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("20001:1: key `key7` is given twice; it is in line 8 already"));
}
