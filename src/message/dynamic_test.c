/* dynamic_test.c: texts and conditions that ask each message. */
#include "message/dynamic.h"

#include "harness.h"

#include "base/slice.h"

#include <stdlib.h>

typedef struct fixture {
    rf_keys *keys;
    rf_batch *batch;
    rf_dynamic *dynamic;
    rf_query *query;
    rf_error error;
    rf_buffer out;
} fixture;

static void fixture_done(fixture *f) {
    rf_dynamic_free(f->dynamic);
    rf_query_free(f->query);
    rf_buffer_done(&f->out);
    rf_batch_free(f->batch);
    rf_keys_free(f->keys);
}

/* A batch of one message with that payload; false: out of memory. */
static bool fixture_open(fixture *f, const char *payload) {
    f->keys = rf_keys_new();
    f->batch = f->keys ? rf_batch_new(f->keys) : NULL;
    rf_message *message = f->batch ? rf_batch_add(f->batch) : NULL;
    if (!message)
        return false;
    rf_member *members = rf_arena_zero(&f->batch->arena, 1, sizeof *members);
    if (!members)
        return false;
    message->payload = rf_text(RF_RAW, rf_slice_of(payload));
    members[0] = (rf_member){ RF_SLICE("q"), rf_int(1) };
    rf_value object = { .kind = RF_MAP, .size = 1, .members = members };
    return rf_batch_set_meta(f->batch, message, RF_SLICE("k"), rf_string(RF_SLICE("mv"))) &&
           rf_batch_set_meta(f->batch, message, RF_SLICE("num"), rf_int(5)) &&
           rf_batch_set_meta(f->batch, message, RF_SLICE("obj"), object);
}

#define WITH(payload)                              \
    RF_CLEANUP(fixture_done) fixture f = { 0 };    \
    rf_check(fixture_open(&f, payload))

#define PAYLOAD "{\"a\":{\"b\":\"v\",\"n\":5,\"l\":[1,2],\"z\":null,\"t\":true,\"f\":1.50,\"big\":12345678901234567890},\"s\":\"x y\"}"

/* The text, or "COLUMN: message" of a compile, or "!message" of a run. */
static rf_slice text(fixture *f, const char *from) {
    rf_dynamic_free(f->dynamic);
    f->dynamic = NULL;
    f->error = (rf_error){ 0 };
    rf_buffer_clear(&f->out);
    rf_slice made;
    if (rf_dynamic_compile(rf_slice_of(from), NULL, NULL, &f->dynamic, &f->error))
        rf_buffer_printf(&f->out, "%u: %s", f->error.place.column, f->error.message);
    else if (rf_dynamic_text(f->dynamic, f->batch, 0, &made, &f->error))
        rf_buffer_printf(&f->out, "!%s", f->error.message);
    else
        return made;
    return rf_buffer_view(&f->out);
}

#define gives(from, expected) rf_check_text(text(&f, (from)), rf_slice_of(expected))

RF_TEST(a_text_without_queries_is_fixed) {
    WITH(PAYLOAD);
    gives("", "");
    gives("k-fix", "k-fix");
    rf_check(rf_dynamic_is_fixed(f.dynamic));
    rf_check_text(rf_dynamic_fixed(f.dynamic), RF_SLICE("k-fix"));
    gives("$ {x} ${x} $${", "$ {x} ${x} $${");
    gives("a ${{!json(\"a\")}} b", "a ${!json(\"a\")} b");
    rf_check(rf_dynamic_is_fixed(f.dynamic));
    gives("${! content() }", PAYLOAD);
    rf_check(!rf_dynamic_is_fixed(f.dynamic));
    rf_check(rf_dynamic_is_fixed(NULL));
}

RF_TEST(metadata_is_looked_up) {
    WITH(PAYLOAD);
    gives("${! meta(\"k\") }", "mv");
    gives("${!metadata(\"k\")}", "mv");
    gives("${! @k }/${! @\"num\" }", "mv/5");
    gives("x${! metadata(\"nope\") }x", "xnullx");
    gives("x${! meta(\"nope\") }x", "xnullx");
    gives("${! metadata(\"num\") + 1 }", "6");
    gives("${! metadata(\"obj\") }", "{\"q\":1}");
    gives("${! metadata() }", "{\"k\":\"mv\",\"num\":5,\"obj\":{\"q\":1}}");
    gives("${! @ }", "{\"k\":\"mv\",\"num\":5,\"obj\":{\"q\":1}}");
    gives("${! metadata(\"n\" + \"um\") }", "5");
    gives("${! metadata(\"nope\").or(\"m\") }", "m");
}

RF_TEST(a_metadata_value_alone_is_a_view_of_it) {
    WITH(PAYLOAD);
    rf_slice made = text(&f, "${! meta(\"k\") }");
    const rf_value *value = rf_meta_find(&f.batch->messages[0].meta, RF_SLICE("k"));
    rf_check(value && made.data == value->text);
    const char *next = f.batch->arena.next;
    rf_code code = rf_dynamic_text(f.dynamic, f.batch, 0, &made, NULL);
    rf_check(f.batch->arena.next == next); /* nothing is made for it */
    rf_check(code == RF_OK);
}

RF_TEST(the_payload_is_read) {
    WITH(PAYLOAD);
    gives("${! json(\"a.l\") }", "[1,2]");
    gives("${! json(\"a.l.1\") }", "2");
    gives("${! this.a.l.1 }", "2");
    gives("${! this.a.\"b\" }", "v");
    gives("${! a.b }", "v");
    gives("x${! json(\"q.r\") }", "xnull");
    gives("${! json(\"q.r\").or(\"d\") }", "d");
    gives("${! json(\"q.r\").catch(\"d\") }", "null");
    gives("${! this.a.z }", "null");
    gives("c${! content().length() }", "c95");
    gives("${! json(\"a.b\") }_${! json(\"a.n\") }", "v_5");
    gives("${! json(\"a.n\") + 1 }", "6");
    gives("${! json(\"a.f\") } ${! json(\"a\") }",
          "1.5 {\"b\":\"v\",\"big\":12345678901234567890,\"f\":1.50,\"l\":[1,2],\"n\":5,\"t\":true,\"z\":null}");
    gives("${! json(\"a.big\") }", "12345678901234567890");
    gives("${! json(\"a.b\").uppercase() }", "V");
    gives("${! if this.a.n > 3 { \"big\" } else { \"small\" } }!", "big!");
    gives("x${! deleted() }", "xnull");
    gives("${! batch_size() }-${! batch_index() }", "1-0");
    gives("${! ksuid().length() } ${! nanoid().length() } ${! uuid_v4().length() }", "27 21 36");
    gives("${! count(\"c1\") }${! count(\"c1\") } ${! error() } ${! errored() }", "12 null false");
    gives("${! throw(\"x\").catch(\"d\") }${!\n  \"multi\" +\n \"line\" }", "dmultiline");
}

RF_TEST(failures_say_what_was_found_where) {
    WITH(PAYLOAD);
    gives("x${! throw(\"oops\") }", "!oops");
    gives("x${! json(\"a.b\") + 1 }", "!cannot add types string (from json path `a.b`) and number (from number literal)");
    gives("d-${! json(\"id\").uppercase() }.txt", "!expected string value, got null from json path `id`");
    gives("${! this.a.n.uppercase() }", "!expected string value, got number from field `this.a.n` (5)");
}

RF_TEST(what_is_no_json_is_an_error) {
    WITH("not json");
    gives("x${! this.a }", "!context was undefined, unable to reference `a`");
    gives("x${! json(\"a\") }", "!invalid character 'o' in literal null (expecting 'u')");
    gives("${! json(\"a\").or(\"d\") } ${! content() }", "d not json");
}

RF_TEST(mistakes_are_found_at_their_column) {
    WITH(PAYLOAD);
    gives("${!}", "1: an empty `${! }`: expected a query, such as `${! json(\"id\") }`");
    gives("ab${! json(\"a\")", "3: a `${!` without its closing `}`");
    gives("${!json_field:a.b}", "14: expected the end of the query, `}`");
    gives("a-${! nosuch() }", "7: unrecognised function 'nosuch'");
    gives("a-${! this.a.upercase() }", "14: unrecognised method 'upercase'");
    rf_check(strcmp(f.error.hint, "did you mean `uppercase`?") == 0);
    gives("a-${! json(\"a\" }", "16: expected `,`");
}

RF_TEST(queries_are_true_or_false) {
    static const struct { const char *query, *expected; } rows[] = {
        { "this.a.n == 5", "true" }, { "this.a.n < 5", "false" }, { "true", "true" }, { "errored()", "false" },
        { "content() == \"e\"", "false" }, { "@k == \"mv\" && this.a.t", "true" }, { "root = this.a.n > 1", "true" },
        { "this.s > 1", "!failed assignment (line 1): cannot compare types string (from field `this.s`) and number (from number literal)" },
        { "this.s", "!expected a check that is true or false, got string" },
        { "this.a.n ==", "?" },
    };
    WITH(PAYLOAD);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool truth = false;
        f.error = (rf_error){ 0 };
        rf_query_free(f.query);
        f.query = NULL;
        rf_buffer_clear(&f.out);
        if (rf_query_compile(rf_slice_of(rows[i].query), NULL, NULL, &f.query, &f.error))
            rf_buffer_text(&f.out, "?");
        else if (rf_query_test(f.query, f.batch, 0, &truth, &f.error))
            rf_buffer_printf(&f.out, "!%s", f.error.message);
        else
            rf_buffer_text(&f.out, truth ? "true" : "false");
        rf_check_text(rf_buffer_view(&f.out), rf_slice_of(rows[i].expected));
    }
}
